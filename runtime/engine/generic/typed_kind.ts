/** Kinds whose content a generic controller understands. */
import type { Kind, Resource } from "../../core/resource.ts";
import { reference } from "../../core/errors.ts";

/** A kind, and how to know its content. A resource definition is one; a bare kind has content of any sort. */
export interface TypedKind<Spec> extends Kind {
  is?(resource: Resource): resource is Resource<Spec>;
}

/** The same resource, its content known. @throws {Error} It is of another type, or its content was not understood. */
export function understood<Spec>(kind: TypedKind<Spec>, resource: Resource): Resource<Spec> {
  if (resource.metadata.type === kind.type && kind.is?.(resource) !== false) {
    return resource as Resource<Spec>; // By the kind's own word.
  }
  throw new Error(`type mismatch: expected ${kind.type}, got ${reference(resource.metadata)}`);
}

/** As an input or a list names it: nothing else of a definition is of interest. */
export function bareKind({ namespace, type }: Kind): Kind {
  return { namespace, type };
}
