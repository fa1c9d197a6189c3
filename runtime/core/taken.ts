/**
 * What callers hand to a state, read once: whatever their objects answer the second time, every layer below sees the
 * same.
 */
import type { Kind, Pointer, Resource } from "./resource.ts";
import { isMarkedAs } from "./immutable_mark.ts";
import { newMetadata } from "./metadata.ts";

/** The spec is not copied: whoever stores it freezes it. @throws {StateError} `invalid-resource`. */
export function takenResource({ metadata, spec }: Resource): Resource {
  return { metadata: isMarkedAs("metadata", metadata) ? metadata : newMetadata(metadata), spec };
}

export function takenKind({ namespace, type }: Kind): Kind {
  return { namespace, type };
}

export function takenPointer({ namespace, type, id }: Pointer): Pointer {
  return { namespace, type, id };
}
