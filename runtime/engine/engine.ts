/** Runs controllers over a state: each wakes when an input changes, and none can harm another. */
import type { Kind } from "../core/resource.ts";
import type { State } from "../core/state.ts";
import type { Clock, Log, Random } from "../core/ports.ts";
import type { Declared } from "./access.ts";
import type { Controller } from "./controller.ts";
import { ControllerRunner } from "./controller_runner.ts";
import type { ControllerStatus } from "./controller_status.ts";
import { DependencyDatabase, type Flavour } from "./dependency_database.ts";
import { type DependencyEdge, dependencyEdges } from "./dependency_graph.ts";
import { errorText } from "./error_text.ts";
import { compareInputs } from "./input_rules.ts";
import { FairTurns } from "./fair_turns.ts";
import { cachedState, KindCaches } from "./kind_caches.ts";
import type { KindWatchOptions } from "./kind_watch.ts";
import { KindWatches } from "./kind_watches.ts";
import { metricFamilies, type MetricFamily } from "./metrics.ts";
import { OverrunLedger, type WatchOverrun } from "./overrun_ledger.ts";
import type { QueueController } from "./queue_controller.ts";
import { QueueRunner } from "./queue_runner.ts";
import { takenSettings } from "./queue_settings.ts";
import { type RateLimit, rateLimiter } from "./rate_limit.ts";
import type { Runner, RunnerOptions } from "./runner.ts";

/** What {@linkcode createEngine} needs. */
export interface EngineOptions {
  readonly state: State;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Kinds that controllers read from memory. None unless given. */
  readonly cachedKinds?: readonly Kind[];
  /** How often each controller may write. Without limit unless given. */
  readonly rateLimit?: RateLimit;
  /** `warn`: every read of a kind that is not cached is a line of the log. */
  readonly uncachedReads?: "silent" | "warn";
  /** False: {@linkcode Engine.metrics} is empty. What a status tells is counted all the same. */
  readonly metrics?: boolean;
}

/** Runs controllers. */
export interface Engine {
  /**
   * Takes a controller in, before or while the engine runs; then it starts at once. What was declared is read once.
   *
   * @throws {Error} The name is taken, an output is somebody's already, an input is not for controllers or stands twice,
   * the engine runs and a new kind cannot be watched, or the engine ended. Nothing of the controller stays behind.
   */
  register(controller: Controller): Promise<void>;
  /** As {@linkcode Engine.register}. @throws {Error} Also an impossible concurrency. */
  registerQueue(controller: QueueController): Promise<void>;
  /**
   * Runs until `signal` aborts, and then until every controller has ended, however long that takes. A watch that is
   * overtaken or fails is opened anew, and the kind looked through again.
   *
   * @throws {Error} It ran before.
   */
  run(signal: AbortSignal): Promise<void>;
  /** What is known of each controller, in the order they came. */
  controllers(): readonly ControllerStatus[];
  /** Who reads and writes what. */
  dependencies(): readonly DependencyEdge[];
  /** What is counted, in a fixed order; nothing where it was switched off. */
  metrics(): readonly MetricFamily[];
  /** Kinds whose watch was overtaken and opened anew, in the order it first happened. */
  overruns(): readonly WatchOverrun[];
  /** Calls `changed`, which must not throw, after each overrun until `signal` aborts. */
  followOverruns(changed: () => void, signal: AbortSignal): void;
  /**
   * The state, read from the engine's caches where it has them: as controllers see it. Such a read waits until the
   * engine runs, and may be older than what the reader wrote.
   */
  cachedState(): State;
}

/**
 * An engine without controllers, not running yet.
 *
 * @throws {RangeError} An impossible rate limit.
 */
export function createEngine(options: EngineOptions): Engine {
  return new ControllerEngine(options);
}

class ControllerEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #dependencies = new DependencyDatabase();
  readonly #caches: KindCaches;
  readonly #runners: Runner[] = [];
  readonly #tasks = new Set<Promise<void>>();
  readonly #overruns: OverrunLedger;
  readonly #fairTurns: FairTurns;
  #running: { readonly watches: KindWatches; readonly signal: AbortSignal } | undefined;

  constructor(options: EngineOptions) {
    if (options.rateLimit !== undefined) rateLimiter(options.rateLimit, options.clock);
    this.#options = options;
    this.#overruns = new OverrunLedger(options.clock);
    this.#fairTurns = new FairTurns(options.clock);
    this.#caches = new KindCaches(options.cachedKinds ?? []);
  }

  async register(controller: Controller): Promise<void> {
    const { name } = controller;
    await this.#add(name, "controller", () => {
      const inputs = controller.inputs.map((input) => Object.freeze({ ...input }))
        .sort(compareInputs);
      const outputs = controller.outputs.map((output) => Object.freeze({ ...output }));
      const runner = new ControllerRunner(controller, this.#runnerOptions());
      return { declared: { name, inputs, outputs }, runner };
    });
  }

  async registerQueue(controller: QueueController): Promise<void> {
    const { name } = controller;
    await this.#add(name, "queue", () => {
      const settings = takenSettings(controller);
      const { inputs, outputs } = settings;
      const runner = new QueueRunner(controller, settings, this.#runnerOptions());
      return { declared: { name, inputs, outputs }, runner };
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    if (this.#running !== undefined) throw new Error("runtime has already been started");
    const watches = new KindWatches(this.#watchOptions(signal), this.#caches);
    this.#running = { watches, signal };
    for (const runner of this.#runners) this.#start(runner);
    await aborted(signal);
    this.#caches.close();
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
    await watches.ended();
    await this.#fairTurns.ended();
  }

  controllers(): readonly ControllerStatus[] {
    return this.#runners.map((runner) => runner.status);
  }

  dependencies(): readonly DependencyEdge[] {
    return dependencyEdges(this.#dependencies.all());
  }

  overruns(): readonly WatchOverrun[] {
    return this.#overruns.all();
  }

  followOverruns(changed: () => void, signal: AbortSignal): void {
    this.#overruns.follow(changed, signal);
  }

  metrics(): readonly MetricFamily[] {
    if (this.#options.metrics === false) return [];
    return metricFamilies({
      controllers: this.#runners.map(({ counters, status }) => ({ counters, ...status })),
      cached: this.#caches.sizes(),
      overruns: this.#overruns.byType(),
    });
  }

  cachedState(): State {
    return cachedState(this.#options.state, this.#caches);
  }

  async #add(
    name: string,
    flavour: Flavour,
    make: () => { readonly declared: Declared; readonly runner: Runner },
  ): Promise<void> {
    this.#requireAlive(name);
    try {
      this.#dependencies.requireNewName(name);
      const { declared, runner } = make();
      this.#dependencies.add(declared, { flavour, dependent: runner });
      if (this.#running !== undefined) await this.#watch(this.#running.watches, declared);
      this.#runners.push(runner);
      this.#start(runner);
    } catch (error) {
      throw new Error(`error initializing controller "${name}" adapter: ${errorText(error)}`, {
        cause: error,
      });
    }
  }

  /** While the engine runs, a controller is only taken in when its inputs can be watched. */
  async #watch(watches: KindWatches, { name, inputs }: Declared): Promise<void> {
    try {
      await watches.openNew(
        inputs,
        (kind) =>
          this.#dependencies.dependenciesOn(kind).some(({ dependent }) => dependent.name !== name),
      );
      this.#requireAlive(name);
    } catch (error) {
      this.#dependencies.remove(name);
      throw error;
    }
  }

  #requireAlive(name: string): void {
    if (!this.#running?.signal.aborted) return;
    throw new Error(`Cannot register controller "${name}": the engine has ended`);
  }

  #start(runner: Runner): void {
    if (this.#running === undefined) return;
    const { watches, signal } = this.#running;
    const task = runner.run(watches, signal).finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }

  #runnerOptions(): RunnerOptions {
    const { state, clock, random, log, rateLimit, uncachedReads } = this.#options;
    return {
      state,
      clock,
      random,
      log,
      rateLimit,
      fairTurns: this.#fairTurns,
      caches: this.#caches,
      dependencies: this.#dependencies,
      warnsOfUncachedReads: uncachedReads === "warn",
    };
  }

  #watchOptions(signal: AbortSignal): KindWatchOptions {
    return {
      ...this.#options,
      signal,
      onChange: (sighting) => this.#dependencies.tell(sighting),
      onLoss: (kind, relisted) => {
        for (const { input, dependent } of this.#dependencies.dependenciesOn(kind)) {
          dependent.relisted(input, relisted);
        }
      },
      onOverrun: (kind) => this.#overruns.note(kind),
    };
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
