/**
 * What controllers would do: the real engine, on a fork of a state, in a time and an order of its own.
 *
 * Whoever waits for the state or the clock is resumed in an order drawn from a seed, one at a time. The same seed gives
 * the same run, step by step, provided that the controllers reach the world through the ports they are given here and
 * through nothing else: not the event loop either, since nobody waits for what comes from there.
 */
import { utf8Compare } from "../core/text_order.ts";
import type { Timestamp } from "../core/resource.ts";
import type { CoreState, State } from "../core/state.ts";
import type { Clock, Log, Random } from "../core/ports.ts";
import { errorText } from "../engine/error_text.ts";
import { withHelpers } from "../core/state_helpers.ts";
import type { Controller } from "../engine/controller.ts";
import { createEngine, type Engine, type EngineOptions } from "../engine/engine.ts";
import type { QueueController } from "../engine/queue_controller.ts";
import type { HistoryOptions } from "../state/event_ring.ts";
import type { MemoryState } from "../state/memory.ts";
import { ChangeLedger, type SimulatedChange } from "./change_ledger.ts";
import { interleavedState } from "./interleaved_state.ts";
import { Interleaver } from "./interleaver.ts";
import { writeJudge } from "./invariants.ts";
import { type ObservedWrite, observedWrites } from "./observed_writes.ts";
import { seededRandom } from "./seeded_random.ts";
import { SimulatedClock } from "./simulated_clock.ts";
import { SimulationError } from "./simulation_error.ts";
import { silentLog } from "./silent_log.ts";
import { Trace } from "./trace.ts";

/** Steps of a simulation that is not told otherwise: about half a second. */
export const STEPS_MAX = 100_000;
/** Simulated time of a simulation that is not told otherwise: ten of the longest back-offs. */
export const DURATION_MS = 600_000;
/** Every so many steps, on average, time goes on while somebody could still be resumed: answers may take long. */
const HURRY = 32;
/** So that chance in the engine and chance in the schedule do not move together. */
const ENGINE_SALT = 0x5eed;

/** The world as simulated controllers may see it. */
export interface SimulatedPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /**
   * Resolves when it is drawn: for other ports that are simulated, to wait before they act and before they answer.
   *
   * @param what Names the wait in the trace.
   */
  readonly wait: (what: string) => Promise<void>;
}

/** Those who are run. */
export interface SimulatedControllers {
  readonly controllers?: readonly Controller[];
  readonly queueControllers?: readonly QueueController[];
}

/** Somebody outside, who acts meanwhile. */
export interface SimulatedCaller extends SimulatedPorts {
  /** The fork, as far away as it is for controllers. */
  readonly state: State;
  readonly engine: Engine;
  /** Aborts when the simulation ends. */
  readonly signal: AbortSignal;
}

export interface SimulationOptions {
  /** Is forked, and stays as it is. */
  readonly state: Pick<MemoryState, "fork">;
  /** Made anew for each simulation, of ports that are simulated. */
  readonly controllers: (ports: SimulatedPorts) => SimulatedControllers;
  /** Of which the lowest 32 bits count. */
  readonly seed: number;
  /** Resolves when every promise that is settled has run its reactions. */
  readonly settle: () => Promise<void>;
  /** Begins when the engine does. */
  readonly act?: (caller: SimulatedCaller) => Promise<void>;
  readonly engine?: Pick<EngineOptions, "cachedKinds" | "rateLimit">;
  /** Where the clock begins; the epoch unless given. */
  readonly start?: Timestamp;
  readonly log?: Log;
  /** Sizes of the fork's histories. */
  readonly history?: HistoryOptions;
  /** Stands between the engine and the fork. */
  readonly wrap?: (state: CoreState) => CoreState;
  /** Told of each write; what it throws ends the simulation. */
  readonly onWrite?: (write: ObservedWrite) => void;
  /** {@linkcode STEPS_MAX} unless given. */
  readonly stepsMax?: number;
  /** Simulated milliseconds; {@linkcode DURATION_MS} unless given. */
  readonly durationMs?: number;
}

/** What became of a controller. */
export interface SimulatedController {
  readonly name: string;
  /** Turns, or jobs, it was given. */
  readonly wakeups: number;
  readonly crashes: number;
  /** Writes that changed something. */
  readonly writes: number;
  readonly lastError: string | undefined;
}

/** What happened. */
export interface Simulation {
  readonly seed: number;
  /** The same for the same seed, controllers and state. */
  readonly traceHash: string;
  readonly steps: number;
  readonly elapsedMs: number;
  /** Nobody had anything left to do before the time was over. */
  readonly isQuiet: boolean;
  /** The caller outside came to its end. */
  readonly isActOver: boolean;
  /** In order of their names. */
  readonly controllers: readonly SimulatedController[];
  /** What is otherwise than it was, in order of the names, when everybody was quiet or the time was over. */
  readonly changes: readonly SimulatedChange[];
  /** What is there in the end of a resource's kind, in order of id. */
  readonly listNow: MemoryState["listNow"];
  /** The last steps, oldest first. */
  readonly trace: readonly string[];
}

/**
 * Runs controllers on a fork of a state until they are quiet, then ends them.
 *
 * A controller that fails for ever does not get quiet: it ends with `durationMs`.
 *
 * @throws {SimulationError} More than `stepsMax` steps; a write that breaks an invariant; a controller that does not end
 * with the engine; what `act` or `onWrite` threw.
 * @throws {Error} A controller cannot be registered.
 */
export async function simulate(options: SimulationOptions): Promise<Simulation> {
  return await new SimulatedRun(options).run();
}

class SimulatedRun {
  readonly #options: SimulationOptions;
  readonly #trace = new Trace();
  readonly #interleaver: Interleaver;
  readonly #clock: SimulatedClock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #ledger = new ChangeLedger();
  readonly #stop = new AbortController();
  #judge: (write: ObservedWrite) => string | undefined = () => undefined;
  #failure: { readonly reason: string; readonly cause: unknown } | undefined;
  #stepsLeft: number;

  constructor(options: SimulationOptions) {
    const { seed, start = { seconds: 0n, nanos: 0 }, log = silentLog() } = options;
    this.#options = options;
    this.#interleaver = new Interleaver({ random: seededRandom(seed), trace: this.#trace });
    this.#clock = new SimulatedClock(this.#interleaver, { start });
    this.#random = seededRandom(seed ^ ENGINE_SALT);
    this.#log = log;
    this.#stepsLeft = options.stepsMax ?? STEPS_MAX;
  }

  async run(): Promise<Simulation> {
    const { history, wrap = (state) => state, state } = this.#options;
    const wait = (what: string): Promise<void> => this.#interleaver.park(what);
    const ports = { clock: this.#clock, random: this.#random, log: this.#log, wait };
    const fork = state.fork({ ...ports, ...(history === undefined ? {} : { history }) });
    const near = observedWrites(fork, (write) => this.#onWrite(write));
    const far = interleavedState(near, this.#interleaver);
    const engine = createEngine({
      ...ports,
      ...this.#options.engine,
      state: withHelpers(wrap(far)),
    });
    await this.#register(engine, this.#options.controllers(ports));
    const caller = { ...ports, state: withHelpers(far), engine, signal: this.#stop.signal };
    return await this.#live(caller, fork);
  }

  /** Registers in any order: none may hang on it. */
  async #register(
    engine: Engine,
    { controllers = [], queueControllers = [] }: SimulatedControllers,
  ): Promise<void> {
    const all = [
      ...controllers.map((controller) => () => engine.register(controller)),
      ...queueControllers.map((controller) => () => engine.registerQueue(controller)),
    ];
    while (all.length > 0) {
      const [register] = all.splice(this.#interleaver.draw(all.length), 1);
      await register?.();
    }
    const queues = queueControllers.map(({ name, settings: { outputs } }) => ({ name, outputs }));
    this.#judge = writeJudge([...controllers, ...queues]);
  }

  async #live(caller: SimulatedCaller, fork: MemoryState): Promise<Simulation> {
    const { engine } = caller;
    let hasEnded = false;
    let isActOver = false;
    const running = engine.run(this.#stop.signal).finally(() => hasEnded = true);
    this.#act(caller).finally(() => isActOver = true);
    const { durationMs = DURATION_MS } = this.#options;
    try {
      await this.#drive({ untilMs: durationMs, isOver: () => false });
      const simulation = this.#report(caller, fork);
      const result = { ...simulation, isActOver };
      this.#stop.abort();
      await this.#drive({ untilMs: durationMs, isOver: () => hasEnded });
      if (!hasEnded) throw this.#error(`the engine does not end: ${unended(engine)}`);
      await running;
      return { ...result, traceHash: this.#trace.hash, steps: this.#trace.steps };
    } finally {
      this.#stop.abort();
    }
  }

  async #act(caller: SimulatedCaller): Promise<void> {
    try {
      await this.#options.act?.(caller);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#fail(`the caller failed: ${errorText(error)}`, error);
    }
  }

  /** Resumes one after the other until it is over, or nobody is left who could be resumed before the time is over. */
  async #drive(
    { untilMs, isOver }: { readonly untilMs: number; readonly isOver: () => boolean },
  ): Promise<void> {
    const { settle } = this.#options;
    for (;;) {
      await settle();
      if (this.#failure !== undefined) {
        throw this.#error(this.#failure.reason, this.#failure.cause);
      }
      if (isOver()) return;
      if (this.#stepsLeft-- <= 0) throw this.#error("there is no end of steps");
      const { waiting } = this.#interleaver;
      const { nextMs } = this.#clock;
      const mayPass = nextMs !== undefined && nextMs <= untilMs;
      if (mayPass && (waiting === 0 || this.#interleaver.draw(HURRY) === 0)) {
        this.#trace.add(`${nextMs} ms`);
        this.#clock.moveTo(nextMs);
      } else if (waiting === 0) return;
      else this.#interleaver.resumeOne();
    }
  }

  #onWrite(write: ObservedWrite): void {
    this.#ledger.add(write);
    const { namespace, type, id } = write.pointer;
    const { version, phase, finalizers } = write.after?.metadata ?? {};
    const about = `${namespace}/${type}/${id}`;
    this.#trace.add(`${about} is ${version} ${phase} ${finalizers} by ${write.actor}`);
    const wrong = this.#judge(write);
    if (wrong !== undefined) this.#fail(`${about}: ${wrong}`);
    try {
      this.#options.onWrite?.(write);
    } catch (error) {
      this.#fail(`${about}: ${errorText(error)}`, error);
    }
  }

  /** The first failure is the one that is told. */
  #fail(reason: string, cause?: unknown): void {
    this.#failure ??= { reason, cause };
  }

  #error(reason: string, cause?: unknown): SimulationError {
    const facts = { seed: this.#options.seed, reason, trace: this.#trace.lines };
    return new SimulationError(facts, cause === undefined ? {} : { cause });
  }

  #report({ engine }: SimulatedCaller, fork: MemoryState): Omit<Simulation, "isActOver"> {
    const { waiting } = this.#interleaver;
    const controllers = engine.controllers().map(({ name, wakeups, crashes, lastError }) => ({
      name,
      wakeups,
      crashes,
      writes: this.#ledger.writesOf(name),
      lastError,
    })).sort((a, b) => utf8Compare(a.name, b.name));
    return {
      seed: this.#options.seed,
      traceHash: this.#trace.hash,
      steps: this.#trace.steps,
      elapsedMs: this.#clock.monotonicMs(),
      isQuiet: waiting === 0 && this.#clock.nextMs === undefined,
      controllers,
      changes: this.#ledger.changes(),
      listNow: (kind, query) => fork.listNow(kind, query),
      trace: this.#trace.lines,
    };
  }
}

/** Whom the engine waits for. */
function unended(engine: Engine): string {
  const names = engine.controllers().filter(({ phase }) => phase !== "ended").map(({ name }) =>
    name
  );
  return `it waits for ${names.join(", ")}`;
}
