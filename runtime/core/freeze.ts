/**
 * Immutability by freezing: what may be part of a spec, and how it is made so.
 *
 * A spec is made of null, booleans, numbers, bigints, strings, undefined, arrays, plain objects, protobuf messages and
 * {@linkcode OpaqueSpec}. Bytes, dates, maps, functions and other instances are refused: freezing does not reach
 * what they hold. So are getters and, in place, proxies, which may answer differently every time, and keys that a walk
 * does not see.
 */
import { isProxy } from "node:util/types";
import { isMarked, mark } from "./immutable_mark.ts";
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
  if (!isContainer(value, path, depth) || isMarked(value)) return;
  if (isProxy(value)) throw unfit(path, "a proxy");
  const isArray = Array.isArray(value);
  // Two questions take less than half of the time of `Reflect.ownKeys`.
  const symbol = Object.getOwnPropertySymbols(value)[0];
  if (symbol !== undefined) throw unfit(partName(path, symbol, isArray), "hidden");
  const keys = Object.getOwnPropertyNames(value);
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string; // Below the length of a list of names.
    if (isArray && key === "length") continue;
    const property = Object.getOwnPropertyDescriptor(value, key);
    if (property?.enumerable !== true) {
      throw unfit(partName(path, key, isArray), "hidden");
    }
    if (property.get !== undefined || property.set !== undefined) {
      throw unfit(partName(path, key, isArray), "an accessor");
    }
    const part: unknown = property.value;
    if (isReference(part)) freezeAt(part, partName(path, key, isArray), depth + 1);
  }
  const prototype: object | null = Object.getPrototypeOf(value);
  const fixed = fixedPrototype(prototype, path);
  if (fixed !== prototype && !Reflect.setPrototypeOf(value, fixed)) {
    throw unfit(path, "frozen, and its defaults can change");
  }
  mark(value);
  Object.freeze(value);
}

function partName(path: string, key: string | symbol, isArray: boolean): string {
  return isArray ? `${path}[${String(key)}]` : `${path}.${String(key)}`;
}

/** Messages of proto2 inherit their defaults from an object that every message of the type shares: a frozen copy. */
function fixedPrototype(prototype: object | null, path: string): object | null {
  if (prototype === null || prototype === Object.prototype) return prototype;
  if (prototype === Array.prototype || isMarked(prototype)) return prototype;
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(prototype)) {
    if (isReference(value)) throw unfit(`${path}.${key}`, "a default that can change");
    copy[key] = value;
  }
  mark(copy);
  return Object.freeze(copy);
}

function copyAt(value: unknown, path: string, depth: number): unknown {
  if (!isContainer(value, path, depth)) return value;
  if (Array.isArray(value)) {
    // Not `value.map`, which a value may bring along.
    const items = Array.from(
      value,
      (item, index) => copyAt(item, `${path}[${index}]`, depth + 1),
    );
    mark(items);
    return Object.freeze(items);
  }
  const prototype = fixedPrototype(Object.getPrototypeOf(value), path);
  const plain = prototype === Object.prototype || prototype === null;
  const copy: Record<string, unknown> = Object.create(prototype);
  for (const key of Object.keys(value)) {
    const item = copyAt(value[key], `${path}.${key}`, depth + 1);
    // Not an assignment where defaults are inherited: those are frozen. "__proto__" is a key like any other in Deno.
    if (plain) copy[key] = item;
    else Object.defineProperty(copy, key, { value: item, enumerable: true });
  }
  mark(copy);
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
  if (typeof value !== "object" || value === null || OpaqueSpec.isOne(value)) return false;
  if (depth > SPEC_DEPTH_MAX) throw unfit(path.slice(0, 80), `nested over ${SPEC_DEPTH_MAX} deep`);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (Array.isArray(value)) {
    if (prototype === Array.prototype) return true;
    throw unfit(path, "an array with methods of its own");
  }
  if (prototype === null || prototype === Object.prototype) return true;
  // Messages of proto2 inherit their defaults, from an object that is plain itself.
  if (Object.hasOwn(value, "$typeName") && isPlain(prototype)) return true;
  throw unfit(path, ArrayBuffer.isView(value) ? "bytes" : `a ${value.constructor?.name}`);
}

function isPlain(value: unknown): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function unfit(path: string, what: string): StateError {
  const detail = `Cannot make ${path} immutable: it is ${what}, ` +
    "and may be plain objects, arrays, strings, numbers, bigints, booleans and null";
  return new StateError({ refusal: "invalid-resource", detail });
}
