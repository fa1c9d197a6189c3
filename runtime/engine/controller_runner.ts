/**
 * The life of one controller: it waits for its watches, runs, and runs again after a back-off whenever it throws.
 * Returning ends it for good; whatever it does, nobody else notices.
 */
import type { Timestamp } from "../core/resource.ts";
import type { Cause, State } from "../core/state.ts";
import { linkedAbort } from "../core/linked_abort.ts";
import { isDestroyReady } from "./access.ts";
import { type Backoff, exponentialBackoff } from "./backoff.ts";
import type { Controller, ControllerContext, Input } from "./controller.ts";
import { controllerContext } from "./controller_context.ts";
import { countedState, newCounters } from "./controller_counters.ts";
import type { ControllerPhase, ControllerStatus } from "./controller_status.ts";
import { callHost } from "./controller_writes.ts";
import { errorText } from "./error_text.ts";
import { compareInputs, requireInputs, sameInput } from "./input_rules.ts";
import type { KindWatches } from "./kind_watches.ts";
import { OutputTracker } from "./output_tracker.ts";
import { type RateLimiter, rateLimiter } from "./rate_limit.ts";
import type { Runner, RunnerOptions } from "./runner.ts";
import { causeOf, type Dependent, type Sighting } from "./sighting.ts";
import { Trigger } from "./trigger.ts";

export class ControllerRunner implements Runner {
  readonly counters = newCounters();
  readonly #controller: Controller;
  readonly #options: RunnerOptions;
  readonly #state: State;
  readonly #limiter: RateLimiter | undefined;
  readonly #backoff: Backoff;
  readonly #trigger = new Trigger();
  readonly #tracker = new OutputTracker();
  #phase: ControllerPhase = "registered";
  #runs = 0;
  #turns = 0;
  #turnBeganMs = 0;
  #lastRun: Timestamp | undefined;
  #lastError: string | undefined;
  #lastErrorTime: Timestamp | undefined;
  #wokenBy: Sighting | undefined;
  #cause: Cause;

  /** @throws {RangeError} An impossible rate limit. */
  constructor(controller: Controller, options: RunnerOptions) {
    const { clock, rateLimit } = options;
    this.#controller = controller;
    this.#options = { ...options, log: options.log.named(controller.name) };
    this.#state = countedState(options.state, this.counters);
    this.#limiter = rateLimit === undefined ? undefined : rateLimiter(rateLimit, clock);
    this.#backoff = exponentialBackoff(options.random);
    this.#cause = causeOf(controller.name, undefined);
    this.#wake();
  }

  get name(): string {
    return this.#controller.name;
  }

  get status(): ControllerStatus {
    const { inputs, outputs } = this.#options.dependencies.declared(this.name);
    return {
      name: this.name,
      flavour: "controller",
      phase: this.#phase,
      inputs,
      outputs,
      runs: this.#runs,
      crashes: this.counters.crashes,
      wakeups: this.#turns,
      lastRun: this.#lastRun,
      lastError: this.#lastError,
      lastErrorTime: this.#lastErrorTime,
      wokenBy: this.#wokenBy,
      queueLength: 0,
    };
  }

  notify(...[input, sighting]: Parameters<Dependent["notify"]>): void {
    if (input.kind === "destroy-ready" && !isDestroyReady(sighting.metadata)) return;
    this.#wake(sighting);
  }

  relisted(): void {
    this.#wake();
  }

  async run(watches: KindWatches, signal: AbortSignal): Promise<void> {
    try {
      await watches.open(this.#options.dependencies.declared(this.name).inputs);
      while (!signal.aborted && await this.#runOnce(watches, signal) === "again") this.#wake();
    } catch (error) {
      if (!signal.aborted) this.#options.log.write("error", "controller cannot go on", { error });
    }
    this.#phase = "ended";
  }

  #wake(sighting?: Sighting): void {
    if (this.#trigger.fire(sighting)) this.counters.wakeups++;
  }

  async #runOnce(watches: KindWatches, signal: AbortSignal): Promise<"again" | "ended"> {
    const { log, clock } = this.#options;
    this.#phase = "running";
    this.#runs++;
    this.#lastRun = clock.now();
    try {
      await this.#runWithin(watches, signal);
      if (!signal.aborted) log.write("info", "controller finished");
      return "ended";
    } catch (error) {
      // Only the engine's own end ends a controller: any other cancelled wait is a failure like all.
      if (signal.aborted) return "ended";
      this.counters.crashes++;
      this.#lastError = errorText(error);
      this.#lastErrorTime = clock.now();
      const waitMs = this.#backoff.nextMs();
      log.write("error", "controller failed", { error, retryMs: Math.round(waitMs) });
      this.#phase = "backing-off";
      await clock.sleep(waitMs, { signal });
      return "again";
    }
  }

  /** What the run left behind, such as a followed resource, ends with it. */
  async #runWithin(watches: KindWatches, signal: AbortSignal): Promise<void> {
    using link = linkedAbort(signal);
    this.#cause = causeOf(this.name, undefined);
    try {
      await this.#controller.run(this.#context(watches, link.signal));
    } finally {
      this.#tracker.stop();
      link.abort(new DOMException("the run has ended", "AbortError"));
    }
  }

  #context(watches: KindWatches, signal: AbortSignal): ControllerContext {
    const { dependencies, log, caches, warnsOfUncachedReads } = this.#options;
    const calls = callHost({
      name: this.name,
      state: this.#state,
      caches,
      warnsOfUncachedReads,
      log,
      limiter: this.#limiter,
      declared: () => dependencies.declared(this.name),
    });
    return controllerContext(calls, {
      signal,
      cause: () => this.#cause,
      tracker: this.#tracker,
      nextTurn: () => this.#nextTurn(signal),
      queueReconcile: () => this.#wake(),
      updateInputs: (inputs) => this.#updateInputs(watches, inputs),
      resetRestartBackoff: () => this.#backoff.reset(),
      noteCycle: (inputItems) => this.#noteCycle(inputItems),
    });
  }

  async #updateInputs(watches: KindWatches, wanted: readonly Input[]): Promise<void> {
    const { dependencies } = this.#options;
    const inputs = wanted.map((input) => Object.freeze({ ...input })).sort(compareInputs);
    const known = dependencies.declared(this.name).inputs;
    // Some say at every turn what they said before.
    if (inputs.length === known.length && inputs.every((it, at) => sameInput(it, known[at]))) {
      return;
    }
    requireInputs(this.name, { flavour: "controller", inputs });
    await watches.openNew(inputs, (kind) => dependencies.dependenciesOn(kind).length > 0);
    dependencies.replaceInputs(this.name, inputs);
  }

  async #nextTurn(signal: AbortSignal): Promise<boolean> {
    const { clock, fairTurns } = this.#options;
    const wake = await this.#trigger.wait(signal);
    if (wake === undefined) return false;
    const loop = fairTurns.take();
    if (loop !== undefined) await loop;
    this.#turns++;
    this.#turnBeganMs = clock.monotonicMs();
    this.#lastRun = clock.now();
    this.#cause = causeOf(this.name, wake.sighting);
    if (wake.sighting !== undefined) this.#wokenBy = wake.sighting;
    return true;
  }

  #noteCycle(inputItems: number): void {
    this.counters.cycles++;
    this.counters.cycleInputItems += inputItems;
    this.counters.cycleBusyMs += this.#options.clock.monotonicMs() - this.#turnBeganMs;
  }
}
