/** How much is in use. */

/** Bytes of V8's heap that something still refers to. @throws {Error} V8 runs without `--expose-gc`. */
export function heapBytes(): number {
  const { gc } = globalThis as { readonly gc?: () => void };
  if (gc === undefined) throw new Error("Cannot measure the heap: V8 runs without --expose-gc");
  gc();
  gc();
  return Deno.memoryUsage().heapUsed;
}
