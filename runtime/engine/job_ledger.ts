/** What became of the jobs of a queue controller: in numbers, in words, and in the log. */
import type { Pointer, Timestamp } from "../core/resource.ts";
import type { Clock, Log } from "../core/ports.ts";
import type { ControllerCounters } from "./controller_counters.ts";
import type { ControllerStatus } from "./controller_status.ts";
import { errorText } from "./error_text.ts";
import type { Outcome } from "./requeue.ts";
import type { Sighting } from "./sighting.ts";

/** The part of a status that follows from jobs. */
type JobStatus = Pick<
  ControllerStatus,
  "runs" | "crashes" | "wakeups" | "lastRun" | "lastError" | "lastErrorTime" | "wokenBy"
>;

/** How a job ended. */
export interface JobEnd {
  /** What {@linkcode JobLedger.begin} gave. */
  readonly beganMs: number;
  readonly outcome: Outcome;
  readonly requeueMs: number | undefined;
  readonly about: Pointer;
}

export class JobLedger {
  readonly #counters: ControllerCounters;
  readonly #clock: Clock;
  readonly #log: Log;
  #jobs = 0;
  #lastRun: Timestamp | undefined;
  #lastError: string | undefined;
  #lastErrorTime: Timestamp | undefined;
  #wokenBy: Sighting | undefined;

  constructor(
    counters: ControllerCounters,
    { clock, log }: { readonly clock: Clock; readonly log: Log },
  ) {
    this.#counters = counters;
    this.#clock = clock;
    this.#log = log;
  }

  get status(): JobStatus {
    return {
      runs: this.#jobs,
      wakeups: this.#jobs,
      crashes: this.#counters.jobCrashes,
      lastRun: this.#lastRun,
      lastError: this.#lastError,
      lastErrorTime: this.#lastErrorTime,
      wokenBy: this.#wokenBy,
    };
  }

  /** Notes that a job begins. @returns When, on the monotonic clock. */
  begin(job: "reconcile" | "map", sighting: Sighting | undefined): number {
    this.#jobs++;
    this.#lastRun = this.#clock.now();
    if (sighting !== undefined) this.#wokenBy = sighting;
    if (job === "map") this.#counters.mappedIn++;
    else this.#counters.processed++;
    return this.#clock.monotonicMs();
  }

  /** Notes that a job ended. */
  end(job: "reconcile" | "map", { beganMs, outcome, requeueMs, about }: JobEnd): void {
    const counters = this.#counters;
    const busyMs = this.#clock.monotonicMs() - beganMs;
    if (job === "map") counters.mapBusyMs += busyMs;
    else counters.reconcileBusyMs += busyMs;
    if (outcome.result === "skipped") counters.skips++;
    else if (outcome.result === "failed") {
      counters.jobCrashes++;
      this.failed(job, { error: outcome.error, retryMs: requeueMs, about });
    } else if (requeueMs !== undefined) counters.requeues++;
  }

  /** Notes what went wrong, and when it is tried again. */
  failed(
    what: string,
    facts: {
      readonly error: unknown;
      readonly retryMs?: number | undefined;
      readonly about?: Pointer;
    },
  ): void {
    const { error, retryMs, about } = facts;
    this.#lastError = errorText(error);
    this.#lastErrorTime = this.#clock.now();
    this.#log.write("error", `${what} failed`, {
      ...(about === undefined
        ? {}
        : { namespace: about.namespace, type: about.type, id: about.id }),
      error,
      ...(retryMs === undefined ? {} : { retryMs: Math.round(retryMs) }),
    });
  }
}
