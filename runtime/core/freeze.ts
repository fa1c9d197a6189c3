/**
 * Immutability by freezing: what may be part of a spec, and how it is made so.
 *
 * A spec is made of null, booleans, numbers, bigints, strings, undefined, arrays, plain objects, protobuf messages and
 * {@linkcode OpaqueSpec}. Bytes, dates, maps, functions and other instances are refused: freezing does not reach
 * what they hold.
 */
import { OpaqueSpec } from "./opaque.ts";
import { StateError } from "./errors.ts";

/** Levels of nesting: deeper than any message of ours (protobuf parsers stop at 100), and what ends a cycle. */
export const SPEC_DEPTH_MAX = 128;

/**
 * Freezes `value` and all it holds, in place.
 *
 * @returns `value` itself.
 * @throws {StateError} `invalid-resource`, naming the part that cannot be made immutable.
 */
export function freezeDeep<T>(value: T): T {
  freezeAt(value, "spec", 0);
  return value;
}

/**
 * A frozen copy of `value`; nothing of the copy is shared with a mutable part of the original.
 *
 * @throws {StateError} `invalid-resource`, naming the part that cannot be made immutable.
 */
export function frozenCopy<T>(value: T): T {
  // The copy has the same shape, which the type system cannot see through reflection.
  return copyAt(value, "spec", 0) as T;
}

function freezeAt(value: unknown, path: string, depth: number): void {
  if (!isContainer(value, path, depth)) return;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item = value[index];
      if (isReference(item)) freezeAt(item, `${path}[${index}]`, depth + 1);
    }
  } else {
    for (const key of Object.keys(value)) {
      const item = value[key];
      if (isReference(item)) freezeAt(item, `${path}.${key}`, depth + 1);
    }
  }
  Object.freeze(value);
}

function copyAt(value: unknown, path: string, depth: number): unknown {
  if (!isContainer(value, path, depth)) return value;
  if (Array.isArray(value)) {
    const items = value.map((item, index) => copyAt(item, `${path}[${index}]`, depth + 1));
    return Object.freeze(items);
  }
  const copy: Record<string, unknown> = Object.create(Object.getPrototypeOf(value));
  for (const key of Object.keys(value)) {
    const item = copyAt(value[key], `${path}.${key}`, depth + 1);
    // Not an assignment: "__proto__" is a key like any other.
    if (key === "__proto__") Object.defineProperty(copy, key, { value: item, enumerable: true });
    else copy[key] = item;
  }
  return Object.freeze(copy);
}

function isReference(value: unknown): boolean {
  return typeof value === "object" ? value !== null : isForeignPrimitive(value);
}

function isForeignPrimitive(value: unknown): boolean {
  return typeof value === "function" || typeof value === "symbol";
}

/** Whether `value` holds others. False for what is immutable by itself. */
function isContainer(
  value: unknown,
  path: string,
  depth: number,
): value is Record<string, unknown> {
  if (isForeignPrimitive(value)) throw unfit(path, `a ${typeof value}`);
  if (typeof value !== "object" || value === null || value instanceof OpaqueSpec) return false;
  if (depth > SPEC_DEPTH_MAX) throw unfit(path.slice(0, 80), `nested over ${SPEC_DEPTH_MAX} deep`);
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return true;
  // Messages of proto2 inherit their defaults.
  if (Object.hasOwn(value, "$typeName")) return true;
  throw unfit(path, ArrayBuffer.isView(value) ? "bytes" : `a ${value.constructor?.name}`);
}

function unfit(path: string, what: string): StateError {
  const detail = `Cannot make ${path} immutable: it is ${what}, ` +
    "and may be plain objects, arrays, strings, numbers, bigints, booleans and null";
  return new StateError({ refusal: "invalid-resource", detail });
}
