/** The context of one job of a queue controller, which ends with the job. */
import type { Cause } from "../core/state.ts";
import { type LinkedAbort, linkedAbort } from "../core/linked_abort.ts";
import { type CallHost, type CallLife, ControllerCalls } from "./controller_writes.ts";
import { causeOf, type Sighting } from "./sighting.ts";

/** What all jobs of a controller share. */
export interface JobHost {
  readonly calls: CallHost;
  /** The engine's. */
  readonly signal: AbortSignal;
  /** One for all: making an error takes longer than many a job. */
  readonly ended: DOMException;
}

/** A job from its beginning to its end. Most never ask for a signal or a cause, which then are not made. */
export class JobLife implements CallLife {
  readonly #host: JobHost;
  readonly #sighting: Sighting | undefined;
  #cause: Cause | undefined;
  #link: LinkedAbort | undefined;
  #hasEnded = false;

  /** @param sighting The event that led to the job. */
  constructor(host: JobHost, sighting: Sighting | undefined) {
    this.#host = host;
    this.#sighting = sighting;
  }

  get signal(): AbortSignal {
    if (this.#link === undefined) {
      this.#link = linkedAbort(this.#host.signal);
      if (this.#hasEnded) this.#link.abort(this.#host.ended);
    }
    return this.#link.signal;
  }

  get cause(): Cause {
    return this.#cause ??= causeOf(this.#host.calls.name, this.#sighting);
  }

  /** Nobody cleans up after a queue controller. */
  noteWrite(): void {}

  /** Aborts the signal, and lets go of the engine's. */
  end(): void {
    this.#hasEnded = true;
    this.#link?.abort(this.#host.ended);
  }

  context(): ControllerCalls {
    return new ControllerCalls(this.#host.calls, this);
  }
}
