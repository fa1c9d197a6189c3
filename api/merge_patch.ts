/** JSON merge patches (RFC 7396) of resources: spec, labels, annotations, and finalizers as an object. */
import { specEquals } from "../runtime/core/resource_equality.ts";
import { metadataEquals, newMetadata } from "../runtime/core/metadata.ts";
import type { Resource } from "../runtime/core/resource.ts";
import { isJsonObject, type JsonObject } from "./http_body.ts";
import { badResource } from "./problem.ts";
import { readEntries, refuseUnknown, type ResourceJson } from "./resource_json.ts";

/** A patch that was understood. */
export interface ResourcePatch {
  /** Whether it changes finalizers and nothing else: that is allowed on owned resources and in any phase. */
  readonly finalizersOnly: boolean;
  /** The resource after it; the same object, when nothing changes. @throws {Problem} 400. @throws {StateError} */
  apply(current: Resource): Resource;
}

/** Reads a patch. @throws {Problem} 400. */
export function resourcePatch(body: JsonObject, json: ResourceJson): ResourcePatch {
  refuseUnknown(body, { known: ["metadata", "spec"], at: "the patch" });
  const { metadata = {} } = body;
  if (!isJsonObject(metadata)) throw badResource("metadata may be an object");
  refuseUnknown(metadata, { known: ["labels", "annotations", "finalizers"], at: "metadata" });
  const { labels, annotations } = metadata;
  const finalizers = finalizerChanges(metadata["finalizers"]);
  const { spec } = body;
  return {
    finalizersOnly: finalizers.size > 0 &&
      [labels, annotations, spec].every((part) => part === undefined),
    apply(current) {
      const before = current.metadata;
      const next = newMetadata({
        ...before,
        labels: patchEntries(before.labels, labels, "metadata.labels"),
        annotations: patchEntries(before.annotations, annotations, "metadata.annotations"),
        finalizers: patchFinalizers(before.finalizers, finalizers),
      });
      const content = spec === undefined
        ? current.spec
        : json.readSpec(mergePatch(json.writeSpec(current), spec), before.type);
      const same = metadataEquals(next, before) && specEquals(content, current.spec);
      return same ? current : json.bounded(Object.freeze({ metadata: next, spec: content }));
    },
  };
}

/**
 * Merges as RFC 7396 says: objects by key, null removes, all else replaces.
 *
 * @param patch Nested no deeper than readJsonObject lets through.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const merged: Record<string, unknown> = Object.create(null);
  if (isJsonObject(target)) {
    for (const [key, value] of Object.entries(target)) merged[key] = value;
  }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

function patchEntries(
  current: Readonly<Record<string, string>>,
  patch: unknown,
  at: string,
): Readonly<Record<string, string>> {
  if (patch === undefined) return current;
  return readEntries(patch === null ? {} : mergePatch(current, objectOf(patch, at)), at);
}

function objectOf(value: unknown, at: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw badResource(`${at} may be an object or null`);
}

/** Names to add (true) and to remove (false). An array would overwrite what others added meanwhile. */
function finalizerChanges(value: unknown): ReadonlyMap<string, boolean> {
  const may =
    'metadata.finalizers may be an object like {"NAME": true} to add, {"NAME": null} to remove';
  if (value === undefined) return new Map();
  if (!isJsonObject(value)) throw badResource(may);
  return new Map(
    Object.entries(value).map(([name, wanted]) => {
      if (wanted !== true && wanted !== null) throw badResource(may);
      return [name, wanted === true];
    }),
  );
}

function patchFinalizers(
  current: readonly string[],
  changes: ReadonlyMap<string, boolean>,
): readonly string[] {
  const names = new Set(current);
  for (const [name, wanted] of changes) {
    if (wanted) names.add(name);
    else names.delete(name);
  }
  return [...names];
}
