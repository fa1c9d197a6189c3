/** Writing over HTTP: create, update, patch. Callers over HTTP own nothing. */
import type { Pointer, Resource, Version } from "../runtime/core/resource.ts";
import type { Cause, LocalState } from "../runtime/core/state.ts";
import { isVersionConflict, StateError } from "../runtime/core/errors.ts";
import { withMetadata } from "../runtime/core/metadata.ts";
import type { Caller } from "./caller.ts";
import { etagOf, ifMatchOf } from "./etag.ts";
import { readJsonObject } from "./http_body.ts";
import type { HttpHandler, HttpParts } from "./http_parts.ts";
import { resourceResponse } from "./http_read.ts";
import { pathOf } from "./http_target.ts";
import { PATCH_ATTEMPTS_MAX } from "./limits.ts";
import { type ResourcePatch, resourcePatch } from "./merge_patch.ts";
import { badResource, Problem } from "./problem.ts";

/** `POST …/TYPE`: 201 with `Location`. */
export function createResource(parts: HttpParts): HttpHandler {
  return async ({ request, url, caller }) => {
    const kind = parts.targets.kindOf(url);
    const body = await readJsonObject(request, "application/json");
    const resource = parts.json.read(body, kind);
    const stored = await parts.state.create(resource, { cause: causeOf(caller) });
    const headers = { location: pathOf(stored.metadata) };
    return resourceResponse(parts, stored, { status: 201, headers });
  };
}

/** `PUT …/TYPE/ID`: replaces what `If-Match` names. */
export function updateResource(parts: HttpParts): HttpHandler {
  return async ({ request, url, caller }) => {
    const pointer = parts.targets.pointerOf(url);
    const ifMatch = ifMatchOf(request.headers);
    if (ifMatch === undefined) {
      const detail = "If-Match is missing, and may be the ETag of a GET";
      throw new Problem({ status: 428, code: "precondition-required", detail });
    }
    const body = await readJsonObject(request, "application/json");
    const current = owned(parts.state, pointer, "");
    const wanted = parts.json.read(body, pointer);
    if (wanted.metadata.id !== pointer.id) {
      throw badResource(
        `metadata.id is "${wanted.metadata.id}", and the path says "${pointer.id}"`,
      );
    }
    demand(current, ifMatch);
    // No await between the comparison above and the start of the commit: both halves of the tag are judged at once.
    const stored = await parts.state.update(
      withMetadata(wanted, { version: current.metadata.version }),
      { cause: causeOf(caller), expectedPhase: "running" },
    );
    return resourceResponse(parts, stored);
  };
}

/** `PATCH …/TYPE/ID`: tried again while others write first, unless `If-Match` is given. */
export function patchResource(parts: HttpParts): HttpHandler {
  return async ({ request, url, caller }) => {
    const pointer = parts.targets.pointerOf(url);
    const ifMatch = ifMatchOf(request.headers);
    const body = await readJsonObject(request, "application/merge-patch+json");
    const patch = resourcePatch(body, parts.json);
    for (let attempt = 1;; attempt++) {
      try {
        const stored = await patchOnce(parts, { pointer, patch, ifMatch, cause: causeOf(caller) });
        return resourceResponse(parts, stored);
      } catch (error) {
        const again = isVersionConflict(error) && ifMatch === undefined &&
          attempt < PATCH_ATTEMPTS_MAX && !request.signal.aborted;
        if (!again) throw error;
      }
    }
  };
}

async function patchOnce(
  { state }: HttpParts,
  { pointer, patch, ifMatch, cause }: {
    readonly pointer: Pointer;
    readonly patch: ResourcePatch;
    readonly ifMatch: string | undefined;
    readonly cause: Cause;
  },
): Promise<Resource> {
  const current = existing(state, pointer);
  const { owner, phase } = current.metadata;
  if (!patch.finalizersOnly) owned(state, pointer, "");
  if (ifMatch !== undefined) demand(current, ifMatch);
  if (!patch.finalizersOnly && phase !== "running") {
    throw new StateError({ refusal: "phase-conflict", pointer, expected: "running" });
  }
  const next = patch.apply(current);
  if (next === current) return current;
  return await state.update(next, {
    cause,
    owner: patch.finalizersOnly ? owner : "",
    expectedPhase: patch.finalizersOnly ? "any" : "running",
  });
}

/** The cause of what a caller writes. */
export function causeOf({ identity, request }: Caller): Cause {
  return { actor: identity.actor, request };
}

/** @throws {StateError} `not-found`. */
export function existing(state: LocalState, pointer: Pointer): Resource {
  const current = state.getNow(pointer);
  if (current !== undefined) return current;
  throw new StateError({ refusal: "not-found", pointer });
}

/** The resource, where `owner` is its owner. @throws {StateError} `not-found`, `owner-conflict`. */
export function owned(state: LocalState, pointer: Pointer, owner: string): Resource {
  const current = existing(state, pointer);
  const actual = current.metadata.owner;
  if (actual === owner) return current;
  throw new StateError({ refusal: "owner-conflict", pointer, owner: actual });
}

/** Compares both halves of a tag. @throws {StateError} `version-conflict`. */
export function demand(current: Resource, tag: string): void {
  if (tag === "*" || tag === etagOf(current.metadata)) return;
  const { version } = current.metadata;
  throw new StateError({
    refusal: "version-conflict",
    pointer: current.metadata,
    expected: versionOfTag(tag),
    actual: version,
  });
}

/** The version a tag speaks of, as far as it can be read. */
function versionOfTag(tag: string): Version {
  const digits = /^"(\d{1,20})-/.exec(tag)?.[1];
  return digits === undefined ? undefined : BigInt(digits);
}
