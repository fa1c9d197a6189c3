/** One signal for several reasons to stop. */

/** Aborts when the first of its sources does, and can be let go of. */
export interface LinkedAbort extends Disposable {
  readonly signal: AbortSignal;
  /** Aborts by itself. */
  abort(reason?: unknown): void;
}

/**
 * Links signals. Disposing of the result lets go of them without aborting.
 *
 * Not `AbortSignal.any()`: in Deno 2.7.14 its result may be collected while somebody listens to it, and then it never
 * aborts.
 */
export function linkedAbort(...sources: readonly AbortSignal[]): LinkedAbort {
  const controller = new AbortController();
  const unlink = (): void => {
    for (const source of sources) source.removeEventListener("abort", onAbort);
  };
  function onAbort(event: Event): void {
    abort((event.target as AbortSignal).reason);
  }
  function abort(reason?: unknown): void {
    unlink();
    controller.abort(reason);
  }
  const aborted = sources.find((source) => source.aborted);
  if (aborted !== undefined) controller.abort(aborted.reason);
  else for (const source of sources) source.addEventListener("abort", onAbort, { once: true });
  return { signal: controller.signal, abort, [Symbol.dispose]: unlink };
}
