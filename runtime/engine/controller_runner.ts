/**
 * The life of one controller: it waits for its watches, runs, and runs again after a back-off whenever it throws.
 * Returning ends it for good; whatever it does, nobody else notices.
 */
import type { Metadata } from "../core/resource.ts";
import type { State } from "../core/state.ts";
import type { Clock, Log, Random } from "../core/ports.ts";
import type { Controller, Input, Output } from "./controller.ts";
import { wakes } from "./access.ts";
import { type Backoff, exponentialBackoff } from "./backoff.ts";
import { controllerContext } from "./controller_context.ts";
import type { KindWatches } from "./kind_watches.ts";
import { OutputTracker } from "./output_tracker.ts";
import { requireDistinct } from "./registry.ts";
import { Trigger } from "./trigger.ts";

/**
 * Turns after which a controller lets the event loop turn once. One that wakes itself, or two that wake each other,
 * would otherwise go on from promise to promise and never let a timer or a socket have its turn.
 */
const TURNS_IN_A_ROW_MAX = 64;

/** Where a controller is in its life. */
export type ControllerPhase = "registered" | "running" | "backing-off" | "ended";

/** What is known of a controller. */
export interface ControllerStatus {
  readonly name: string;
  readonly phase: ControllerPhase;
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
  /** How often it was started. */
  readonly runs: number;
  /** How often it threw. */
  readonly crashes: number;
  /** How many turns it was given. */
  readonly wakeups: number;
  /** What it threw last, in words. */
  readonly lastError: string | undefined;
}

/** What a runner needs of the engine. */
export interface RunnerOptions {
  readonly state: State;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export class ControllerRunner {
  readonly #controller: Controller;
  readonly #options: RunnerOptions;
  readonly #backoff: Backoff;
  readonly #trigger = new Trigger();
  readonly #tracker = new OutputTracker();
  #inputs: readonly Input[];
  #phase: ControllerPhase = "registered";
  #runs = 0;
  #crashes = 0;
  #wakeups = 0;
  #lastError: string | undefined;

  constructor(controller: Controller, options: RunnerOptions) {
    this.#controller = controller;
    this.#options = { ...options, log: options.log.named(controller.name) };
    this.#backoff = exponentialBackoff(options.random);
    this.#inputs = [...controller.inputs];
    this.#trigger.fire();
  }

  get status(): ControllerStatus {
    return {
      name: this.#controller.name,
      phase: this.#phase,
      inputs: this.#inputs,
      outputs: this.#controller.outputs,
      runs: this.#runs,
      crashes: this.#crashes,
      wakeups: this.#wakeups,
      lastError: this.#lastError,
    };
  }

  get inputs(): readonly Input[] {
    return this.#inputs;
  }

  /** Wakes the controller if the change is any of its business. */
  notify(metadata: Metadata): void {
    if (this.#inputs.some((input) => wakes(input, metadata))) this.#trigger.fire();
  }

  /** Wakes the controller. */
  wake(): void {
    this.#trigger.fire();
  }

  /** Resolves when the controller ended, by itself or by the signal. Never rejects. */
  async run(watches: KindWatches, signal: AbortSignal): Promise<void> {
    try {
      await watches.open(this.#inputs);
      while (!signal.aborted && await this.#runOnce(watches, signal) === "again") {
        this.#trigger.fire();
      }
    } catch (error) {
      if (!signal.aborted) this.#options.log.write("error", "controller cannot go on", { error });
    }
    this.#phase = "ended";
  }

  async #runOnce(watches: KindWatches, signal: AbortSignal): Promise<"again" | "ended"> {
    const { log, clock } = this.#options;
    this.#phase = "running";
    this.#runs++;
    try {
      await this.#controller.run(this.#context(watches, signal));
      if (!signal.aborted) log.write("info", "controller finished");
      return "ended";
    } catch (error) {
      // Only the engine's own end ends a controller: any other cancelled wait is a failure like all.
      if (signal.aborted) return "ended";
      this.#crashes++;
      this.#lastError = error instanceof Error ? error.message : String(error);
      const waitMs = this.#backoff.nextMs();
      log.write("error", "controller failed", { error, retryMs: Math.round(waitMs) });
      this.#phase = "backing-off";
      await clock.sleep(waitMs, { signal });
      return "again";
    } finally {
      this.#tracker.stop();
    }
  }

  #context(watches: KindWatches, signal: AbortSignal) {
    const { name, outputs } = this.#controller;
    return controllerContext({
      state: this.#options.state,
      signal,
      log: this.#options.log,
      declared: () => ({ name, outputs, inputs: this.#inputs }),
      tracker: this.#tracker,
      nextTurn: () => this.#nextTurn(signal),
      queueReconcile: () => this.#trigger.fire(),
      updateInputs: async (inputs) => {
        requireDistinct(name, inputs);
        await watches.open(inputs);
        this.#inputs = [...inputs];
      },
      resetRestartBackoff: () => this.#backoff.reset(),
    });
  }

  async #nextTurn(signal: AbortSignal): Promise<boolean> {
    if (this.#wakeups % TURNS_IN_A_ROW_MAX === TURNS_IN_A_ROW_MAX - 1 && !signal.aborted) {
      await this.#options.clock.sleep(0);
    }
    if (!await this.#trigger.wait(signal)) return false;
    this.#wakeups++;
    return true;
  }
}
