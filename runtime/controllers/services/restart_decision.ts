/** What comes after a service ended by itself: another start after a pause, or rest. */
import type { Random } from "../../core/ports.ts";
import { type Backoff, exponentialBackoff } from "../../engine/backoff.ts";
import { ServiceState } from "../../resources/service.ts";
import type { RestartRule } from "./service_plan.ts";
import { secondsText } from "./service_texts.ts";

/** Milliseconds of running after which the next pause is the first again. */
export const SETTLED_MS = 60_000;

/** Why a service does not run and is not to. */
export interface Rest {
  readonly state: ServiceState.FINISHED | ServiceState.FAILED;
  readonly message: string;
}

/** An end that nobody asked for. */
export interface OwnEnd {
  readonly failed: boolean;
  /** In words. */
  readonly how: string;
  /** Milliseconds it ran. */
  readonly ranMs: number;
}

/** Pauses of 0.5 s × 1.5 each time, ± 50 %, at most a minute. Times are those of the monotonic clock. */
export class RestartDecision {
  readonly #backoff: Backoff;
  #rest: Rest | undefined;
  #startAtMs = 0;
  #message = "";

  constructor(random: Random) {
    this.#backoff = exponentialBackoff(random);
  }

  /** Set when it ended and is not started again. */
  get rest(): Rest | undefined {
    return this.#rest;
  }

  /** What it waits for during a pause. */
  get message(): string {
    return this.#message;
  }

  /** Milliseconds until it may start; 0 or less when it may. */
  pauseMs(nowMs: number): number {
    return this.#startAtMs - nowMs;
  }

  /** Another wish: what was decided does not count any more. */
  renew(): void {
    this.#rest = undefined;
    this.#startAtMs = 0;
    this.#backoff.reset();
  }

  decide(rule: RestartRule, { failed, how, ranMs }: OwnEnd, nowMs: number): void {
    if (ranMs >= SETTLED_MS) this.#backoff.reset();
    if (rule === "never" || (rule === "on failure" && !failed)) {
      this.#rest = { state: failed ? ServiceState.FAILED : ServiceState.FINISHED, message: how };
      return;
    }
    const waitMs = this.#backoff.nextMs();
    this.#startAtMs = nowMs + waitMs;
    this.#message = `${how}; starts again in ${secondsText(waitMs)}`;
  }
}
