/** Making, changing, comparing and reading metadata; and the resources that have nothing else. */
import type { Metadata, Phase, Pointer, Resource, Timestamp, Version } from "./resource.ts";
import { bareRecord } from "./bare_record.ts";
import { frozenAs, isMarkedAs } from "./immutable_mark.ts";
import { OpaqueSpec } from "./opaque.ts";
import { EPOCH, formatTimestamp, parseTimestamp } from "./timestamp.ts";
import { StateError, versionText } from "./errors.ts";
import { utf8Compare } from "./text_order.ts";

export { EPOCH, formatTimestamp, parseTimestamp, utf8Compare, versionText };

/** {@linkcode Metadata} as one writes it: only the name is needed. */
export interface MetadataInit extends Pointer {
  readonly version?: Version;
  /** `running` unless given. */
  readonly phase?: Phase;
  readonly owner?: string;
  /** Duplicates are dropped, the first one stays. */
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** The epoch unless given: nothing here reads a clock. */
  readonly created?: Timestamp;
  readonly updated?: Timestamp;
}

const VERSION_MAX = 2n ** 63n - 1n;
const STORED_VERSION_MAX = 2n ** 64n - 1n;
const NO_FINALIZERS: readonly string[] = frozenAs("finalizers", []);
const NO_ENTRIES: Readonly<Record<string, string>> = frozenAs("entries", bareRecord());
/** Nothing can be asked of the spec of a tombstone. */
const NO_SPEC = new OpaqueSpec(undefined, "");

/**
 * Frozen metadata; nothing of it is shared with a mutable part of `init`.
 *
 * @throws {StateError} `invalid-resource`, naming the part that is not what its type says: for callers that no
 * compiler checked.
 */
export function newMetadata(init: MetadataInit): Metadata {
  return frozenAs("metadata", {
    namespace: requireName("namespace", init.namespace),
    type: requireName("type", init.type),
    id: requireName("id", init.id),
    version: requireVersion(init.version),
    phase: parsePhase(init.phase ?? "running"),
    owner: requireText("owner", init.owner ?? ""),
    finalizers: finalizerSet(init.finalizers),
    labels: entries(init.labels),
    annotations: entries(init.annotations),
    created: instant(init.created),
    updated: instant(init.updated),
  });
}

/** What a write changes of metadata by itself. */
export interface Stamp {
  readonly version: Version;
  readonly owner: string;
  readonly created: Timestamp;
  readonly updated: Timestamp;
}

/** `metadata` with another stamp. @throws {StateError} As {@linkcode newMetadata}. */
export function stamped(metadata: Metadata, stamp: Stamp): Metadata {
  const valid = isMarkedAs("metadata", metadata) ? metadata : newMetadata(metadata);
  const { version, owner, created, updated } = stamp;
  // Nothing checked twice: that takes as long as all the rest of a write.
  const checked = {
    version: requireVersion(version),
    owner,
    created: instant(created),
    updated: instant(updated),
  };
  return changed(valid, checked, valid.finalizers);
}

/** The same content under metadata that differs as said. */
export function withMetadata<Spec>(
  resource: Resource<Spec>,
  change: Partial<MetadataInit>,
): Resource<Spec> {
  const metadata = newMetadata({ ...resource.metadata, ...change });
  return Object.freeze({ metadata, spec: resource.spec });
}

/** As {@linkcode withMetadata}, of the finalizers alone: of metadata that is valid nothing else is checked again. */
export function withFinalizers<Spec>(
  resource: Resource<Spec>,
  finalizers: readonly string[],
): Resource<Spec> {
  const { metadata, spec } = resource;
  if (!isMarkedAs("metadata", metadata)) return withMetadata(resource, { finalizers });
  return Object.freeze({ metadata: changed(metadata, metadata, finalizerSet(finalizers)), spec });
}

/** As {@linkcode withMetadata}, of the owner alone, as {@linkcode withFinalizers}. */
export function withOwner<Spec>(resource: Resource<Spec>, owner: string): Resource<Spec> {
  const { metadata, spec } = resource;
  if (!isMarkedAs("metadata", metadata)) return withMetadata(resource, { owner });
  const { version, created, updated, finalizers } = metadata;
  const stamp = { version, owner: requireText("owner", owner), created, updated };
  return Object.freeze({ metadata: changed(metadata, stamp, finalizers), spec });
}

/** Valid metadata with a stamp and finalizers that are valid too: name by name, and nothing is checked. */
function changed(valid: Metadata, stamp: Stamp, finalizers: readonly string[]): Metadata {
  return frozenAs("metadata", {
    namespace: valid.namespace,
    type: valid.type,
    id: valid.id,
    version: stamp.version,
    phase: valid.phase,
    owner: stamp.owner,
    finalizers,
    labels: valid.labels,
    annotations: valid.annotations,
    created: stamp.created,
    updated: stamp.updated,
  });
}

/** A resource that is only a name: what stands for a missing one. Reported as running. */
export function tombstone(
  pointer: Pointer & { readonly version?: Version },
  time: Timestamp = EPOCH,
): Resource<OpaqueSpec> {
  const { namespace, type, id, version } = pointer;
  const metadata = newMetadata({ namespace, type, id, version, created: time, updated: time });
  return Object.freeze({ metadata, spec: NO_SPEC });
}

/** Whether `resource` came from {@linkcode tombstone}. */
export function isTombstone(resource: Resource): boolean {
  return resource.spec === NO_SPEC;
}

/** Whether everything but the two times is the same; finalizers in any order. */
export function metadataEquals(a: Metadata, b: Metadata): boolean {
  return a === b ||
    a.id === b.id && a.type === b.type && a.namespace === b.namespace && a.phase === b.phase &&
      a.owner === b.owner && a.version === b.version && entriesEqual(a.labels, b.labels) &&
      entriesEqual(a.annotations, b.annotations) && finalizersEqual(a.finalizers, b.finalizers);
}

/**
 * Reads `undefined` or a decimal.
 *
 * @throws {StateError} `invalid-resource`: empty, negative, above 2 ** 63 - 1 or no number.
 */
export function parseVersion(text: string): Version {
  if (text === "undefined") return undefined;
  const value = /^\+?\d{1,64}$/.test(text) ? BigInt(text) : -1n;
  if (value >= 0n && value <= VERSION_MAX) return value;
  const shown = JSON.stringify(text.slice(0, 64));
  const detail =
    `error parsing version: it is ${shown}, and may be undefined or 0 … ${VERSION_MAX}`;
  throw new StateError({ refusal: "invalid-resource", detail });
}

/** Reads a phase. @throws {StateError} `invalid-resource`. */
export function parsePhase(text: string): Phase {
  if (text === "running" || text === "tearingDown") return text;
  const detail = `unknown phase: ${String(text).slice(0, 64)}, may be running or tearingDown`;
  throw new StateError({ refusal: "invalid-resource", detail });
}

/** Most resources of a machine are held by the same few controllers: those need one list for all of them. */
class FinalizerLists {
  #last = NO_FINALIZERS;

  /** The list made last, where it says the same. @param names Nobody else has them; they are frozen. */
  of(names: string[]): readonly string[] {
    const last = this.#last;
    if (names.length === last.length && names.every((name, at) => name === last[at])) return last;
    return this.#last = frozenAs("finalizers", names);
  }
}
const finalizerLists = new FinalizerLists();

function finalizerSet(finalizers: readonly string[] = NO_FINALIZERS): readonly string[] {
  if (!Array.isArray(finalizers)) throw unfit("finalizers", finalizers, "a list of texts");
  if (isMarkedAs("finalizers", finalizers)) return finalizers;
  const unique: string[] = finalizers.length < 2 ? [...finalizers] : [...new Set(finalizers)];
  if (unique.length === 0) return NO_FINALIZERS;
  const wrong = unique.findIndex((name) => typeof name !== "string");
  if (wrong >= 0) throw unfit(`finalizers[${wrong}]`, unique[wrong], "a text");
  return finalizerLists.of(unique);
}

function entries(
  source: Readonly<Record<string, string>> = NO_ENTRIES,
): Readonly<Record<string, string>> {
  if (!isObject(source)) {
    throw unfit("list of labels or annotations", source, "texts by their keys");
  }
  if (isMarkedAs("entries", source)) return source;
  const keys = Object.keys(source);
  if (keys.length === 0) return NO_ENTRIES;
  const copy = bareRecord();
  for (const key of keys) {
    const value = source[key];
    if (typeof value !== "string") throw unfit(`label or annotation "${key}"`, value, "a text");
    copy[key] = value;
  }
  return frozenAs("entries", copy);
}

function instant(time: Timestamp = EPOCH): Timestamp {
  const may = "whole seconds as a bigint and 0 … 999999999 nanoseconds";
  if (!isObject(time)) throw unfit("time", time, may);
  if (time === EPOCH || isMarkedAs("time", time)) return time;
  const { seconds, nanos } = time;
  if (typeof seconds !== "bigint" || !Number.isInteger(nanos) || nanos < 0 || nanos >= 1e9) {
    throw unfit("time", `${String(seconds)} s ${String(nanos)} ns`, may);
  }
  return frozenAs("time", { seconds, nanos });
}

/** Other text has no UTF-8 form, and two names could become one on the wire. */
function requireName(part: string, value: unknown): string {
  const text = requireText(part, value);
  if (!text.isWellFormed()) throw unfit(part, JSON.stringify(text), "well-formed Unicode");
  return text;
}

function requireText(part: string, value: unknown): string {
  if (typeof value !== "string") throw unfit(part, value, "a text");
  return value;
}

function requireVersion(version: Version): Version {
  if (version === undefined) return version;
  if (typeof version === "bigint" && version >= 0n && version <= STORED_VERSION_MAX) return version;
  throw unfit("version", version, `undefined or a bigint from 0 to ${STORED_VERSION_MAX}`);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function unfit(part: string, value: unknown, may: string): StateError {
  const shown = isObject(value) ? "an object" : String(value);
  const detail = `the ${part} is ${shown.slice(0, 64)}, and may be ${may}`;
  return new StateError({ refusal: "invalid-resource", detail });
}

function entriesEqual(
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
): boolean {
  if (a === b) return true;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key]);
}

function finalizersEqual(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  const wanted = [...a].sort();
  return [...b].sort().every((name, index) => name === wanted[index]);
}
