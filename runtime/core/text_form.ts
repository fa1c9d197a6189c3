/** Resources in a word, for people: there is no way back. */
import type { Resource } from "./resource.ts";
import { reference } from "./errors.ts";
import { isTombstone } from "./metadata.ts";
import { OpaqueSpec } from "./opaque.ts";

/**
 * `TYPE(NAMESPACE/ID)`; `TYPE("ID")` where the content was never read; `Tombstone(TYPE(NAMESPACE/ID@VERSION))` where
 * there is none.
 */
export function resourceText(resource: Resource): string {
  const { metadata, spec } = resource;
  if (isTombstone(resource)) return `Tombstone(${reference(metadata)})`;
  const { type, namespace, id } = metadata;
  return spec instanceof OpaqueSpec
    ? `${type}(${JSON.stringify(id)})`
    : `${type}(${namespace}/${id})`;
}
