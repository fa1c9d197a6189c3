/** What is used of `@std/assert`; the npm package that serves it ships no types. */
// deno-lint-ignore no-explicit-any -- the constructor of any error
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;
export declare class AssertionError extends Error {}
export declare function assert(condition: unknown, message?: string): asserts condition;
export declare function assertFalse(condition: unknown, message?: string): void;
export declare function assertEquals<T>(actual: T, expected: T, message?: string): void;
export declare function assertNotEquals<T>(actual: T, expected: T, message?: string): void;
export declare function assertStrictEquals<T>(actual: unknown, expected: T, message?: string): void;
export declare function assertNotStrictEquals<T>(
  actual: T,
  expected: T,
  message?: string,
): void;
export declare function assertExists<T>(
  actual: T,
  message?: string,
): asserts actual is NonNullable<T>;
export declare function assertMatch(actual: string, expected: RegExp, message?: string): void;
export declare function assertStringIncludes(
  actual: string,
  expected: string,
  message?: string,
): void;
export declare function assertArrayIncludes<T>(
  actual: readonly T[],
  expected: readonly T[],
  message?: string,
): void;
export declare function assertGreater<T>(actual: T, expected: T, message?: string): void;
export declare function assertInstanceOf<T extends Error>(
  actual: unknown,
  expected: ErrorClass<T>,
  message?: string,
): asserts actual is T;
export declare function assertThrows<E extends Error = Error>(
  act: () => unknown,
  type?: ErrorClass<E>,
  messageIncludes?: string,
): E;
export declare function assertRejects<E extends Error = Error>(
  act: () => PromiseLike<unknown>,
  type?: ErrorClass<E>,
  messageIncludes?: string,
): Promise<E>;
export declare function fail(message?: string): never;
