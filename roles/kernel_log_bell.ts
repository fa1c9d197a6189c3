/** One wait for the kernel's log on behalf of all who follow it: a wait holds a thread, and threads are few. */
import type { Kernel } from "../fs/kernel/kernel.ts";

/** Rings for everybody when the kernel says something. */
export class KernelLogBell {
  readonly #kernel: Pick<Kernel, "openKernelLog">;
  #members = 0;
  #stop: AbortController | undefined;
  #ring = Promise.withResolvers<void>();

  constructor(kernel: Pick<Kernel, "openKernelLog">) {
    this.#kernel = kernel;
  }

  /** Has the bell ring until the result is disposed of; the last one ends the wait. @throws {SyscallError} */
  join(): Disposable {
    if (this.#stop === undefined) this.#begin();
    this.#members++;
    const once = new DisposableStack();
    once.defer(() => {
      this.#members--;
      if (this.#members > 0) return;
      this.#stop?.abort(new Error("nobody follows the kernel's log"));
      this.#stop = undefined;
    });
    return once;
  }

  /** Resolves when the bell rings next. @throws The signal's reason; what the wait ended with. */
  async next(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const gone = Promise.withResolvers<void>();
    const onAbort = (): void => gone.resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    await Promise.race([this.#ring.promise, gone.promise]);
    signal.removeEventListener("abort", onAbort);
    signal.throwIfAborted();
  }

  #begin(): void {
    const stop = new AbortController();
    this.#stop = stop;
    const log = this.#kernel.openKernelLog("newest");
    void (async () => {
      using _ = log;
      try {
        for (;;) {
          await log.more({ signal: stop.signal });
          while (log.next() !== undefined); // Only whether there is more is of interest.
          this.#renew().resolve();
        }
      } catch (error) {
        if (stop.signal.aborted) return;
        // Who joins now begins anew.
        this.#stop = undefined;
        const { promise, reject } = this.#renew();
        promise.catch(() => {}); // Those who wait for it are told; maybe nobody does.
        reject(error);
      }
    })();
  }

  /** Has who comes from now on wait for the ring after this one. @returns This one. */
  #renew(): PromiseWithResolvers<void> {
    const ring = this.#ring;
    this.#ring = Promise.withResolvers<void>();
    return ring;
  }
}
