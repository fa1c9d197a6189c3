/** What the log says of handshakes that were refused: who cannot come in asks why, and strangers must not fill it. */
import type { Clock, Log } from "../runtime/core/ports.ts";
import { TLS_REFUSALS_LOG_MS } from "./limits.ts";

/** Characters of a reason. */
const REASON_LENGTH_MAX = 200;

/** One line at most in {@linkcode TLS_REFUSALS_LOG_MS}, with the number of those that had none. */
export class RefusedHandshakes {
  readonly #clock: Clock;
  readonly #log: Log;
  #quietUntil = -Infinity;
  #untold = 0;

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#clock = clock;
    this.#log = log;
  }

  tell(reason: string): void {
    const now = this.#clock.monotonicMs();
    if (now < this.#quietUntil) {
      this.#untold++;
      return;
    }
    const more = this.#untold === 0 ? {} : { more: this.#untold };
    this.#log.write("info", "a handshake is refused", {
      reason: reason.slice(0, REASON_LENGTH_MAX),
      ...more,
    });
    this.#quietUntil = now + TLS_REFUSALS_LOG_MS;
    this.#untold = 0;
  }
}
