/** What a write makes of a resource: the checks of each call, in their order, and what is to be stored. */
import type { Metadata, Phase, Pointer, Resource } from "../core/resource.ts";
import type { CreateOptions, DestroyOptions, UpdateOptions } from "../core/state.ts";
import type { Clock } from "../core/ports.ts";
import { StateError } from "../core/errors.ts";
import { freezeDeep } from "../core/freeze.ts";
import { parsePhase, type Stamp, stamped } from "../core/metadata.ts";
import { compareTimestamps, EPOCH } from "../core/timestamp.ts";

/** What happens to a resource when a write is committed. */
export type Change =
  & { readonly resource: Resource }
  & (
    | { readonly event: "created" | "destroyed" }
    | { readonly event: "updated"; readonly old: Resource }
  );

/** A create or update, and the time it is told. */
export interface Write<Options> {
  readonly resource: Resource;
  readonly options: Options;
  readonly clock: Clock;
}

/** @throws {StateError} `invalid-resource`, `already-exists`. */
export function checkCreate(
  current: Resource | undefined,
  { resource, options, clock }: Write<CreateOptions>,
): Change {
  const { metadata } = resource;
  const owner = options.owner ?? "";
  if (metadata.owner !== "" && metadata.owner !== owner) {
    const detail = `owner is already set to "${metadata.owner}"`;
    throw new StateError({ refusal: "invalid-resource", pointer: metadata, detail });
  }
  if (current !== undefined) {
    const { version } = metadata;
    throw new StateError({ refusal: "already-exists", pointer: metadata, version });
  }
  const now = clock.now();
  // The epoch is what an absent time decodes to: nobody said when the resource was made, so it was now.
  const updated = compareTimestamps(metadata.updated, EPOCH) === 0 ? now : metadata.updated;
  const stored = store(resource, { owner, version: 1n, created: now, updated });
  return { event: "created", resource: stored };
}

/** @throws {StateError} `not-found`, `owner-conflict`, `version-conflict`, `phase-conflict`, `invalid-resource`. */
export function checkUpdate(
  found: Resource | undefined,
  { resource, options, clock }: Write<UpdateOptions>,
): Change {
  const { metadata } = resource;
  const current = owned(found, metadata, options.owner);
  const { version, phase, created } = current.metadata;
  if (version === undefined || metadata.version !== version) {
    throw new StateError({
      refusal: "version-conflict",
      pointer: metadata,
      expected: metadata.version,
      actual: version,
    });
  }
  requirePhase(current.metadata, { expected: options.expectedPhase ?? "running", phase });
  const stored = store(resource, {
    version: version + 1n,
    owner: metadata.owner,
    created,
    updated: clock.now(),
  });
  return { event: "updated", resource: stored, old: current };
}

/** @throws {StateError} `not-found`, `owner-conflict`, `pending-finalizers`. */
export function checkDestroy(
  found: Resource | undefined,
  { pointer, options }: { readonly pointer: Pointer; readonly options: DestroyOptions },
): Change {
  const current = owned(found, pointer, options.owner);
  const { finalizers } = current.metadata;
  if (finalizers.length > 0) {
    throw new StateError({ refusal: "pending-finalizers", pointer: current.metadata, finalizers });
  }
  return { event: "destroyed", resource: current };
}

function owned(current: Resource | undefined, pointer: Pointer, owner = ""): Resource {
  if (current === undefined) throw new StateError({ refusal: "not-found", pointer });
  const { metadata } = current;
  if (metadata.owner !== owner) {
    throw new StateError({ refusal: "owner-conflict", pointer: metadata, owner: metadata.owner });
  }
  return current;
}

function store(resource: Resource, stamp: Stamp): Resource {
  const metadata = stamped(resource.metadata, stamp);
  return Object.freeze({ metadata, spec: freezeDeep(resource.spec) });
}

function requirePhase(
  pointer: Metadata,
  { expected, phase }: { readonly expected: Phase | "any"; readonly phase: Phase },
): void {
  if (expected === "any" || expected === phase) return;
  parsePhase(expected);
  throw new StateError({ refusal: "phase-conflict", pointer, expected });
}
