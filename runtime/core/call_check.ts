/** What no compiler let through and arrives all the same: refused in words of its own, before anything is done. */
import type { Kind, Pointer, Resource } from "./resource.ts";
import type { KindWatchOptions, ListOptions, Query } from "./state.ts";
import { StateError } from "./errors.ts";

/** Undefined where it names a resource. */
export function wrongPointer(pointer: Pointer): StateError | undefined {
  return wrongKind(pointer) ??
    (typeof pointer.id === "string" ? undefined : wrongName("id", pointer.id));
}

/** Undefined where it names a kind. */
export function wrongKind(kind: Kind): StateError | undefined {
  if (!isObject(kind)) return wrongName("name", kind, "a namespace and a type");
  if (typeof kind.namespace !== "string") return wrongName("namespace", kind.namespace);
  return typeof kind.type === "string" ? undefined : wrongName("type", kind.type);
}

/** Undefined where it may ask for something; what it asks for is judged by whoever answers. */
export function wrongQuery({ query }: ListOptions | KindWatchOptions): StateError | undefined {
  return query === undefined || isQuery(query) ? undefined : new StateError({
    refusal: "invalid-query",
    detail: `the query is ${shown(query)}, and may have an id and labels`,
  });
}

/** Undefined where it has metadata; what those and the content are is judged where they are taken. */
export function wrongResource(resource: Resource): StateError | undefined {
  if (isObject(resource) && isObject(resource.metadata)) return undefined;
  const what = isObject(resource) ? `${shown(resource.metadata)} for metadata` : shown(resource);
  return unfit(`the resource is ${what}, and may be metadata and a spec`);
}

/** @throws {StateError} `invalid-resource`: it is no list, which a text would pass for. */
export function checkedFinalizers(finalizers: readonly string[]): readonly string[] {
  if (Array.isArray(finalizers) && finalizers.every((name) => typeof name === "string")) {
    return [...finalizers];
  }
  throw unfit(`the finalizers are ${shown(finalizers)}, and may be a list of texts`);
}

function isQuery(query: Query): boolean {
  return isObject(query) && !Array.isArray(query);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function wrongName(part: string, value: unknown, may = "a text"): StateError {
  return unfit(`the ${part} is ${shown(value)}, and may be ${may}`);
}

function unfit(detail: string): StateError {
  return new StateError({ refusal: "invalid-resource", detail });
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return JSON.stringify(value.slice(0, 64));
  return isObject(value) ? "an object" : typeof value === "function" ? "a function" : String(value);
}
