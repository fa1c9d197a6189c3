/** The pause after what refuses a service on its way, and is none of its own ends: what was tried is tried again then. */
import type { Random } from "../../core/ports.ts";
import { type Backoff, exponentialBackoff } from "../../engine/backoff.ts";
import { errorMessage, secondsText } from "./service_texts.ts";

/** What to do after an error. */
export interface AfterError {
  readonly waitMs: number;
  /** What was wrong, and when it is tried again. */
  readonly message: string;
}

/**
 * Pauses of 0.5 s × 1.5 each time, ± 50 %, at most a minute: longer by errors with time between them, and not by those of
 * one that is woken again and again. Times are those of the monotonic clock.
 */
export class ErrorPause {
  readonly #backoff: Backoff;
  #untilMs = 0;

  constructor(random: Random) {
    this.#backoff = exponentialBackoff(random);
  }

  /** Milliseconds that are left of the pause; 0 when it is over. */
  leftMs(nowMs: number): number {
    return Math.max(this.#untilMs - nowMs, 0);
  }

  /** Begins a pause unless one is under way, of which the rest is waited then. */
  after(error: unknown, nowMs: number): AfterError {
    if (this.leftMs(nowMs) === 0) this.#untilMs = nowMs + this.#backoff.nextMs();
    const waitMs = this.leftMs(nowMs);
    return { waitMs, message: `${errorMessage(error)}; tried again in ${secondsText(waitMs)}` };
  }

  /** It went well, or is wished anew: there is no pause, and the next is the first again. */
  reset(): void {
    this.#untilMs = 0;
    this.#backoff.reset();
  }
}
