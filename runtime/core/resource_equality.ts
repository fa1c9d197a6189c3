/** Whether two resources, or two specs, say the same. */
import type { Resource } from "./resource.ts";
import { OpaqueSpec } from "./opaque.ts";
import { metadataEquals } from "./metadata.ts";

/** Whether metadata (but for the two times) and content are the same. */
export function resourceEquals(a: Resource, b: Resource): boolean {
  return a === b || metadataEquals(a.metadata, b.metadata) && specEquals(a.spec, b.spec);
}

/** Whether contents are the same: opaque ones by their bytes and text, others by structure; NaN equals NaN. */
export function specEquals(a: unknown, b: unknown): boolean {
  if (Object.is(a, b) || a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof OpaqueSpec || b instanceof OpaqueSpec) {
    return a instanceof OpaqueSpec && b instanceof OpaqueSpec && a.equals(b);
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length &&
      a.every((item, index) => specEquals(item, b[index]));
  }
  return recordsEqual(a as Record<string, unknown>, b as Record<string, unknown>);
}

function recordsEqual(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  for (const key of keys) {
    if (!Object.hasOwn(b, key) || !specEquals(a[key], b[key])) return false;
  }
  return true;
}
