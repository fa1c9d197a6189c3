/**
 * A watch that outlives its connection: after a loss it is asked for again from the position of the last event.
 *
 * An event without a position, or none before the first one, leaves nothing to go on from: then the watch ends with an
 * `errored` event, as it does when the server refuses the position, or for longer than {@linkcode WATCH_RETRY_SPAN_MS}
 * cannot be reached. Every event begins that span, and the waits between attempts, anew.
 */
import type { Clock, Random } from "../../runtime/core/ports.ts";
import { StateError, stateErrorOf } from "../../runtime/core/errors.ts";
import { type LinkedAbort, linkedAbort } from "../../runtime/core/linked_abort.ts";
import type { WatchEvent } from "../../runtime/core/state.ts";
import {
  WATCH_RETRY_FACTOR,
  WATCH_RETRY_JITTER,
  WATCH_RETRY_MS_MAX,
  WATCH_RETRY_MS_MIN,
  WATCH_RETRY_SPAN_MS,
  WATCH_STEADY_MS,
} from "../limits.ts";
import type { WatchOpener, WatchPlan } from "./watch_stream.ts";

/** What a lasting watch stands on. */
export interface LastingWatchParts {
  readonly opener: WatchOpener;
  readonly clock: Clock;
  readonly random: Random;
}

type Batches = AsyncIterable<readonly WatchEvent[]>;

/** Opens a watch. @throws {StateError} It cannot start. */
export async function lastingWatch(parts: LastingWatchParts, plan: WatchPlan): Promise<Batches> {
  const { signal } = plan.options;
  signal?.throwIfAborted();
  const end = linkedAbort(...(signal === undefined ? [] : [signal]));
  let first: Batches;
  try {
    first = await parts.opener.open(plan, end.signal);
  } catch (error) {
    end[Symbol.dispose]();
    if (signal?.aborted) throw signal.reason;
    throw error;
  }
  const events = new LastingWatch(parts, plan, end).events(first);
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => events.next(),
      return() {
        // Who waits for the next event is woken by it.
        end.abort();
        return events.return(undefined);
      },
    }),
  };
}

class LastingWatch {
  readonly #parts: LastingWatchParts;
  readonly #plan: WatchPlan;
  readonly #end: LinkedAbort;
  #bookmark: Uint8Array | undefined;
  #failures = 0;
  /** When it was lost, of losses that no event came between. */
  #lostMs: number | undefined;

  constructor(parts: LastingWatchParts, plan: WatchPlan, end: LinkedAbort) {
    this.#parts = parts;
    this.#plan = plan;
    this.#end = end;
    this.#bookmark = plan.options.startFromBookmark;
  }

  async *events(first: Batches): AsyncGenerator<readonly WatchEvent[], undefined> {
    const { signal } = this.#end;
    let batches: Batches | undefined = first;
    try {
      while (batches !== undefined) {
        const openedMs = this.#parts.clock.monotonicMs();
        let failure: unknown = ended();
        try {
          for await (const batch of batches) {
            this.#note(batch);
            yield batch;
            if (signal.aborted || batch.at(-1)?.event === "errored") return;
          }
        } catch (error) {
          failure = error;
        }
        if (signal.aborted) return;
        if (this.#parts.clock.monotonicMs() - openedMs >= WATCH_STEADY_MS) this.#works();
        const next = await this.#again(failure);
        if (signal.aborted) return;
        if (next instanceof StateError) {
          yield [{ event: "errored", error: next }];
          return;
        }
        batches = next;
      }
    } finally {
      this.#end.abort();
    }
  }

  #note(batch: readonly WatchEvent[]): void {
    this.#bookmark = batch.at(-1)?.bookmark;
    this.#works();
  }

  #works(): void {
    this.#failures = 0;
    this.#lostMs = undefined;
  }

  /** Asks again until the watch stands. @returns Why it is over where it does not, or is over by us. */
  async #again(loss: unknown): Promise<Batches | StateError> {
    const { clock, opener } = this.#parts;
    const { signal } = this.#end;
    let failure = loss;
    for (;;) {
      const startFromBookmark = this.#bookmark;
      if (startFromBookmark === undefined || !mayPass(failure)) return this.#lost(failure);
      const nowMs = clock.monotonicMs();
      this.#lostMs ??= nowMs;
      const waitMs = this.#waitMs();
      if (nowMs + waitMs - this.#lostMs > WATCH_RETRY_SPAN_MS) return this.#lost(failure);
      try {
        await clock.sleep(waitMs, { signal });
        const { query } = this.#plan.options;
        const options = { startFromBookmark, ...(query === undefined ? {} : { query }) };
        return await opener.open({ ...this.#plan, options }, signal);
      } catch (error) {
        if (signal.aborted) return ended();
        failure = error;
      }
    }
  }

  #waitMs(): number {
    const grown = WATCH_RETRY_MS_MIN * WATCH_RETRY_FACTOR ** this.#failures++;
    const chance = this.#parts.random.uint32() / 2 ** 31 - 1;
    return Math.min(grown, WATCH_RETRY_MS_MAX) * (1 + WATCH_RETRY_JITTER * chance);
  }

  #lost(cause: unknown): StateError {
    const refused = stateErrorOf(cause);
    // What the server refuses is said as it is.
    if (refused !== undefined && !mayPass(refused)) return refused;
    const { namespace, type } = this.#plan.target;
    const words = cause instanceof Error ? cause.message : String(cause);
    const detail = `the watch of ${type} in ${namespace} is lost: ${words}`;
    return new StateError({ refusal: "closed", detail }, { cause });
  }
}

/** Whether another attempt may go better: not where the server has understood, and refused. */
function mayPass(failure: unknown): boolean {
  const refused = stateErrorOf(failure)?.failure.refusal;
  return refused === undefined || refused === "closed" || refused === "overrun";
}

function ended(): StateError {
  return new StateError({ refusal: "closed", detail: "the server ended the watch" });
}
