/** The engine's cases in simulated worlds: whoever waits for the state or the clock goes on in an order drawn from a seed. */
import { withHelpers } from "../../runtime/core/state_helpers.ts";
import type { State } from "../../runtime/core/state.ts";
import { interleavedState } from "../../runtime/sim/interleaved_state.ts";
import { Interleaver } from "../../runtime/sim/interleaver.ts";
import { seededRandom } from "../../runtime/sim/seeded_random.ts";
import { SimulatedClock } from "../../runtime/sim/simulated_clock.ts";
import { Trace } from "../../runtime/sim/trace.ts";
import { eventLoopTurn } from "../../runtime/system/turn.ts";
import { ALL_KINDS, type EngineSubject, type WorldDriver } from "./engine_fixtures.ts";

/** 2026-01-02T03:04:05Z. */
const START = { seconds: 1_767_323_045n, nanos: 0 };

/** Steps after which what a case waits for does not come any more: a turn of the event loop is dozens of them. */
const STEPS_MAX = 50_000;

/** A clock of which the world is driven. */
class DrivenClock extends SimulatedClock {
  readonly #driver: SimulationDriver;

  constructor(driver: SimulationDriver, interleaver: Interleaver) {
    super(interleaver, { start: START });
    this.#driver = driver;
  }

  async advance(milliseconds: number): Promise<void> {
    await this.#driver.advance(this.monotonicMs() + milliseconds);
  }

  async sleeping(): Promise<void> {
    for (let turns = 0; this.nextMs === undefined; turns++) {
      if (turns > STEPS_MAX) throw new Error("Cannot wait any longer: nobody sleeps");
      await eventLoopTurn();
    }
  }
}

class SimulationDriver implements WorldDriver, AsyncDisposable {
  readonly clock: DrivenClock;
  readonly turnsMax = STEPS_MAX;
  readonly trace = new Trace();
  readonly #interleaver: Interleaver;
  readonly #pump: Promise<void>;
  #ended = false;

  constructor(seed: number) {
    this.#interleaver = new Interleaver({ random: seededRandom(seed), trace: this.trace });
    this.clock = new DrivenClock(this, this.#interleaver);
    this.#pump = this.#resumeAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    await this.#pump;
  }

  far(state: State): State {
    return withHelpers(interleavedState(state, this.#interleaver));
  }

  async turn(): Promise<void> {
    await eventLoopTurn();
    if (this.#interleaver.waiting > 0) return;
    const { nextMs } = this.clock;
    if (nextMs !== undefined) this.clock.moveTo(nextMs);
  }

  async quiet(): Promise<void> {
    await this.advance(this.clock.monotonicMs());
  }

  /** Moves time on, where nobody is left who could go on without. */
  async advance(toMs: number): Promise<void> {
    for (let turns = 0; turns <= STEPS_MAX; turns++) {
      await eventLoopTurn();
      if (this.#interleaver.waiting > 0) continue;
      const { nextMs = Infinity } = this.clock;
      if (nextMs > toMs) return this.clock.moveTo(toMs);
      this.clock.moveTo(nextMs);
    }
    throw new Error("Cannot get quiet: there is no end of steps");
  }

  /** One a turn of the event loop, whatever the case itself waits for. */
  async #resumeAll(): Promise<void> {
    while (!this.#ended) {
      await eventLoopTurn();
      if (this.#interleaver.waiting > 0) this.#interleaver.resumeOne();
    }
  }
}

/** Each case in so many worlds: odd seeds read from the state, even ones from caches. @throws {RangeError} None of them. */
export function simulatedSubject(
  { seeds, first = 1 }: { readonly seeds: number; readonly first?: number },
): EngineSubject {
  if (!(Number.isSafeInteger(seeds) && seeds >= 1 && Number.isSafeInteger(first))) {
    throw new RangeError(`Cannot try ${seeds} seeds from ${first} on: may be whole, from 1`);
  }
  return {
    name: `createEngine(simulated, ${seeds} seeds)`,
    options: {},
    async run(act) {
      for (let seed = first; seed < first + seeds; seed++) {
        await using driver = new SimulationDriver(seed);
        const options = seed % 2 === 0 ? { cachedKinds: ALL_KINDS } : {};
        try {
          await act(driver, options);
        } catch (cause) {
          const story = driver.trace.lines.join("\n");
          const error = cause instanceof Error ? cause.message : String(cause);
          throw new Error(`seed ${seed}: ${error}\n${story}`, { cause });
        }
      }
    },
  };
}
