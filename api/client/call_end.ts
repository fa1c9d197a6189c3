/** What ends a call of gRPC before its answer. */
import { Code, ConnectError } from "@connectrpc/connect";
import { DEADLINE_MS_MAX } from "../limits.ts";

/** A call's caller, and its deadline; letting go of it ends neither. */
export class CallEnd implements Disposable {
  readonly #abort = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #timer: number | undefined;
  /** Undefined is without a limit. */
  readonly timeoutMs: number | undefined;

  constructor(caller: AbortSignal | undefined, timeoutMs = 0) {
    this.#caller = caller;
    if (caller?.aborted) this.#onAbort();
    else caller?.addEventListener("abort", this.#onAbort, { once: true });
    if (timeoutMs <= 0) return;
    this.timeoutMs = Math.min(Math.ceil(timeoutMs), DEADLINE_MS_MAX);
    this.#timer = setTimeout(() => {
      const reason = new ConnectError("the operation timed out", Code.DeadlineExceeded);
      this.#abort.abort(reason);
    }, this.timeoutMs);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  readonly #onAbort = (): void => {
    const reason: unknown = this.#caller?.reason;
    this.#abort.abort(ConnectError.from(reason, Code.Canceled));
  };

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener("abort", this.#onAbort);
  }
}
