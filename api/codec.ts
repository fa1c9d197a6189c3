/** Resources as they travel: wire form ↔ resource, by the rules of contracts/cosi.md §4.1. */
import { create, toBinary } from "@bufbuild/protobuf";
import {
  type Metadata as WireMetadata,
  type Resource as WireResource,
  ResourceSchema,
} from "../proto/gen/cosi/resource/resource_pb.ts";
import { StateError } from "../runtime/core/errors.ts";
import {
  EPOCH,
  formatTimestamp,
  isTombstone,
  newMetadata,
  parsePhase,
  parseVersion,
  versionText,
} from "../runtime/core/metadata.ts";
import { OpaqueSpec } from "../runtime/core/opaque.ts";
import type { Metadata, Resource, Timestamp } from "../runtime/core/resource.ts";
import type { ResourceTypes } from "../runtime/core/resource_types.ts";
import { RESOURCE_BYTES_MAX, YAML_SPEC_LENGTH_MAX } from "./limits.ts";

/** The content of a resource as it travels. */
export interface EncodedSpec {
  readonly protoSpec?: Uint8Array;
  readonly yamlSpec: string;
}

/** Turns resources into messages and back. */
export interface ResourceCodec {
  /** Loads what {@linkcode ResourceCodec.encode} needs; the first call reads a module, later ones are free. */
  prepare(): Promise<void>;
  /** Whether {@linkcode ResourceCodec.prepare} was awaited: then nothing needs to wait for it. */
  readonly isReady: boolean;
  /**
   * The two forms of the spec, made anew. Absent bytes stay absent.
   *
   * @throws {Error} Without an awaited {@linkcode ResourceCodec.prepare}.
   */
  encodeSpec(resource: Resource): EncodedSpec;
  /**
   * The wire form; the same object for the same resource, treat it as read-only.
   *
   * @throws {Error} Without an awaited {@linkcode ResourceCodec.prepare}.
   */
  encode(resource: Resource): WireResource;
  /** @throws {StateError} `invalid-resource`, naming what is missing or wrong. */
  decode(wire: WireResource | undefined): Resource;
}

/** Seconds of 0001-01-01 and 9999-12-31: what both protobuf and RFC 3339 can say. */
const SECONDS_MIN = -62_135_596_800n;
const SECONDS_MAX = 253_402_300_799n;

/**
 * Makes a codec. Types that `types` has are decoded and encoded again; others pass through untouched.
 *
 * @param options Without YAML `yaml_spec` is empty: for peers that know the types, since its writer takes a tenth of a second
 * of the boot to read.
 */
export function resourceCodec(
  types: ResourceTypes,
  { yaml = true }: { readonly yaml?: boolean } = {},
): ResourceCodec {
  const texts = yaml ? yamlTexts() : NO_TEXTS;
  // Resources are immutable, so a form once made stays right; the map does not keep them alive.
  const made = new WeakMap<Resource, WireResource>();

  function encodeSpec(resource: Resource): EncodedSpec {
    const { spec, metadata } = resource;
    if (spec instanceof OpaqueSpec) {
      const proto = isTombstone(resource) ? undefined : spec.proto();
      return { yamlSpec: spec.yaml, ...(proto === undefined ? {} : { protoSpec: proto }) };
    }
    const definition = types.byType(metadata.type);
    if (definition === undefined) {
      throw new Error(`Cannot encode ${metadata.type}: its definition is not known`);
    }
    if (texts.of === undefined) throw new Error("Cannot encode: prepare() was not awaited");
    const bytes = definition.toProto(spec);
    const text = texts.of(() => definition.toJson(spec));
    return {
      yamlSpec: text.length > YAML_SPEC_LENGTH_MAX ? "" : text,
      // Official peers do not write the field for an empty message either.
      ...(bytes.length === 0 ? {} : { protoSpec: bytes }),
    };
  }

  return {
    prepare: () => texts.prepare(),
    get isReady() {
      return texts.of !== undefined;
    },
    encodeSpec,
    encode(resource) {
      const known = made.get(resource);
      if (known !== undefined) return known;
      const wire = create(ResourceSchema, {
        metadata: encodeMetadata(resource.metadata),
        spec: encodeSpec(resource),
      });
      made.set(resource, wire);
      return wire;
    },
    decode(wire) {
      if (wire?.metadata === undefined) throw invalid("metadata is missing");
      if (wire.spec === undefined) throw invalid("spec is missing");
      refuseOversize(wire);
      const metadata = decodeMetadata(wire.metadata);
      const definition = types.byType(metadata.type);
      const spec = definition === undefined
        ? new OpaqueSpec(wire.spec.protoSpec, wire.spec.yamlSpec)
        : definition.fromProto(wire.spec.protoSpec ?? new Uint8Array(0));
      return Object.freeze({ metadata, spec });
    },
  };
}

/** Texts for people. */
interface SpecTexts {
  /** The text of a spec's JSON form; absent before it is prepared. */
  of?: (json: () => unknown) => string;
  prepare(): Promise<void>;
}

const NO_TEXTS: SpecTexts = { of: () => "", prepare: () => Promise.resolve() };

function yamlTexts(): SpecTexts {
  const texts: SpecTexts = {
    async prepare() {
      if (texts.of !== undefined) return;
      const { stringify } = await import("yaml");
      texts.of = (json) => stringify(json(), { indent: 4, lineWidth: 0 });
    },
  };
  return texts;
}

/** Metadata as a message is made from it. */
export function encodeMetadata(
  metadata: Metadata,
): Omit<WireMetadata, "$typeName" | "$unknown"> {
  return {
    namespace: metadata.namespace,
    type: metadata.type,
    id: metadata.id,
    version: versionText(metadata.version),
    owner: metadata.owner,
    phase: metadata.phase,
    created: { $typeName: "google.protobuf.Timestamp", ...metadata.created },
    updated: { $typeName: "google.protobuf.Timestamp", ...metadata.updated },
    finalizers: [...metadata.finalizers],
    labels: metadata.labels,
    annotations: metadata.annotations,
  };
}

/** Metadata out of a message. @throws {StateError} `invalid-resource`, naming what is wrong. */
export function decodeMetadata(wire: WireMetadata): Metadata {
  return newMetadata({
    namespace: wire.namespace,
    type: wire.type,
    id: wire.id,
    version: parseVersion(wire.version),
    phase: parsePhase(wire.phase),
    owner: wire.owner,
    finalizers: wire.finalizers,
    labels: wire.labels,
    annotations: wire.annotations,
    created: decodeTime(wire.created, "created"),
    updated: decodeTime(wire.updated, "updated"),
  });
}

function decodeTime(time: Timestamp | undefined, field: string): Timestamp {
  if (time === undefined) return EPOCH;
  const { seconds, nanos } = time;
  const inRange = seconds >= SECONDS_MIN && seconds <= SECONDS_MAX && nanos >= 0 &&
    nanos <= 999_999_999;
  if (inRange) return { seconds, nanos };
  const span = `${formatTimestamp({ seconds: SECONDS_MIN, nanos: 0 })} … ` +
    formatTimestamp({ seconds: SECONDS_MAX, nanos: 999_999_999 });
  throw invalid(`${field} is ${seconds} s and ${nanos} ns, and may be within ${span}`);
}

/** @throws {StateError} `invalid-resource` when the encoded resource is over {@linkcode RESOURCE_BYTES_MAX}. */
function refuseOversize(wire: WireResource): void {
  const size = toBinary(ResourceSchema, wire).length;
  if (size > RESOURCE_BYTES_MAX) {
    throw invalid(`it takes ${size} bytes, and may take ${RESOURCE_BYTES_MAX}`);
  }
}

function invalid(detail: string): StateError {
  return new StateError({ refusal: "invalid-resource", detail });
}
