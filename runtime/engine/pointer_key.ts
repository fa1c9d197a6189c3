/** Names as keys of a map. */
import type { Kind, Pointer } from "../core/resource.ts";

/** Lengths first: a name may hold any character, so none can separate. */
export function kindKey({ namespace, type }: Kind): string {
  return `${namespace.length}.${namespace}${type}`;
}

export function pointerKey({ namespace, type, id }: Pointer): string {
  return `${namespace.length}.${type.length}.${namespace}${type}${id}`;
}
