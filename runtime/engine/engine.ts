/** Runs controllers over a state: each wakes when an input changes, and none can harm another. */
import type { State } from "../core/state.ts";
import type { Clock, Log, Random } from "../core/ports.ts";
import type { Controller } from "./controller.ts";
import { sameKind } from "./access.ts";
import { ControllerRunner, type ControllerStatus } from "./controller_runner.ts";
import { KindWatches } from "./kind_watches.ts";
import { Registry } from "./registry.ts";

/** What {@linkcode createEngine} needs. */
export interface EngineOptions {
  readonly state: State;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Runs controllers. */
export interface Engine {
  /**
   * Takes a controller in, before or while the engine runs; then it starts at once.
   *
   * @throws {Error} The name is taken, an output is exclusively somebody's, an input stands twice, or the engine ended.
   * Nothing of the controller stays behind.
   */
  register(controller: Controller): void;
  /**
   * Runs until `signal` aborts, and then until every controller has ended, however long that takes.
   *
   * @throws {Error} It ran before.
   */
  run(signal: AbortSignal): Promise<void>;
  /** What is known of each controller, in the order they came. */
  controllers(): readonly ControllerStatus[];
}

/** An engine without controllers, not running yet. */
export function createEngine(options: EngineOptions): Engine {
  const registry = new Registry();
  const runners: ControllerRunner[] = [];
  const tasks = new Set<Promise<void>>();
  let running: { readonly watches: KindWatches; readonly signal: AbortSignal } | undefined;

  function start(runner: ControllerRunner): void {
    if (running === undefined) return;
    const task = runner.run(running.watches, running.signal).finally(() => tasks.delete(task));
    tasks.add(task);
  }

  return {
    register(controller) {
      if (running?.signal.aborted) {
        throw new Error(`Cannot register controller "${controller.name}": the engine has ended`);
      }
      registry.add(controller);
      const runner = new ControllerRunner(controller, options);
      runners.push(runner);
      start(runner);
    },

    async run(signal) {
      if (running !== undefined) throw new Error("runtime has already been started");
      const watches = new KindWatches({
        ...options,
        signal,
        onChange: (metadata) => runners.forEach((runner) => runner.notify(metadata)),
        onLoss: (kind) => {
          for (const runner of runners) {
            if (runner.inputs.some((input) => sameKind(input, kind))) runner.wake();
          }
        },
      });
      running = { watches, signal };
      runners.forEach(start);
      await aborted(signal);
      while (tasks.size > 0) await Promise.all(tasks);
      await watches.ended();
    },

    controllers: () => runners.map((runner) => runner.status),
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
