/**
 * The life of one queue controller: a queue of items, workers that do one job at a time each, and the hooks around
 * them. Whatever a job does, no other job notices.
 */
import type { Metadata, Pointer } from "../core/resource.ts";
import type { State } from "../core/state.ts";
import { linkedAbort } from "../core/linked_abort.ts";
import { isDestroyReady, sameKind } from "./access.ts";
import { reader } from "./controller_reads.ts";
import { countedState, newCounters } from "./controller_counters.ts";
import type { ControllerPhase, ControllerStatus } from "./controller_status.ts";
import { writer } from "./controller_writes.ts";
import { ItemBackoffs } from "./item_backoffs.ts";
import { JobLedger } from "./job_ledger.ts";
import type { KindWatches } from "./kind_watches.ts";
import { pointerKey } from "./pointer_key.ts";
import type { QueueItem } from "./priority_queue.ts";
import { runHook } from "./queue_hook.ts";
import {
  type QueueContext,
  type QueueController,
  type QueueSettings,
  reducedMetadata,
} from "./queue_controller.ts";
import { type RateLimiter, rateLimiter } from "./rate_limit.ts";
import { DONE, type Outcome, outcomeOf } from "./requeue.ts";
import type { Runner, RunnerOptions } from "./runner.ts";
import { causeOf, type Dependent, type Sighting } from "./sighting.ts";
import { WorkQueue } from "./work_queue.ts";

/** What is to be done with a resource; the two are different items. */
type Job =
  | { readonly job: "reconcile"; readonly pointer: Pointer; readonly sighting?: Sighting }
  | { readonly job: "map"; readonly metadata: Metadata; readonly sighting?: Sighting };

export class QueueRunner implements Runner {
  readonly counters = newCounters();
  readonly #controller: QueueController;
  readonly #settings: QueueSettings;
  readonly #options: RunnerOptions;
  readonly #state: State;
  readonly #limiter: RateLimiter | undefined;
  readonly #queue: WorkQueue<Job>;
  readonly #backoffs: ItemBackoffs;
  readonly #ledger: JobLedger;
  /** One for all: making an error takes longer than many a job. */
  readonly #jobEnded = new DOMException("the job has ended", "AbortError");
  #phase: ControllerPhase = "registered";

  /** @throws {RangeError} An impossible rate limit. */
  constructor(controller: QueueController, settings: QueueSettings, options: RunnerOptions) {
    const { clock, random, rateLimit } = options;
    this.#controller = controller;
    this.#settings = settings;
    this.#options = { ...options, log: options.log.named(controller.name) };
    this.#state = countedState(options.state, this.counters);
    this.#limiter = rateLimit === undefined ? undefined : rateLimiter(rateLimit, clock);
    this.#queue = new WorkQueue(clock);
    this.#backoffs = new ItemBackoffs(random);
    this.#ledger = new JobLedger(this.counters, { clock, log: this.#options.log });
  }

  get name(): string {
    return this.#controller.name;
  }

  get status(): ControllerStatus {
    const { inputs, outputs } = this.#options.dependencies.declared(this.name);
    return {
      name: this.name,
      flavour: "queue",
      phase: this.#phase,
      inputs,
      outputs,
      ...this.#ledger.status,
      queueLength: this.#queue.length,
    };
  }

  notify(...[input, sighting]: Parameters<Dependent["notify"]>): void {
    const { metadata } = sighting;
    if (input.kind === "q-primary") this.#reconcile(metadata, sighting);
    else if (input.kind === "q-mapped" || isDestroyReady(metadata)) this.#map(metadata, sighting);
  }

  relisted(...[input, { present, vanished }]: Parameters<Dependent["relisted"]>): void {
    const concerns = ({ id }: Metadata): boolean => input.id === undefined || input.id === id;
    const there = [...present?.values() ?? []].filter(concerns);
    const gone = vanished.filter(concerns);
    if (input.kind === "q-primary") {
      for (const metadata of [...there, ...gone]) this.#reconcile(metadata);
      return;
    }
    const ready = input.kind === "q-mapped" ? there : there.filter(isDestroyReady);
    // Those that are gone may have been ready before they went.
    for (const metadata of [...ready, ...gone]) this.#map(metadata);
  }

  async run(watches: KindWatches, signal: AbortSignal): Promise<void> {
    const close = (): void => this.#queue.close();
    signal.addEventListener("abort", close, { once: true });
    if (signal.aborted) close();
    try {
      // Asked for before anything happens, so that what changes from then on is not listed as well.
      const lists = this.#settings.inputs.filter(({ kind }) => kind === "q-primary")
        .map((input) => watches.listed(input));
      const listing = Promise.all(lists.map((list) => this.#queueAll(list)));
      await watches.open(this.#settings.inputs);
      this.#phase = "running";
      await Promise.all([this.#work(signal), listing]);
    } catch (error) {
      if (!signal.aborted) this.#options.log.write("error", "controller cannot go on", { error });
    }
    await this.#shutDown();
    this.#phase = "ended";
  }

  /** Never rejects. */
  async #work(signal: AbortSignal): Promise<void> {
    const { concurrency = 1, run } = this.#settings;
    await Promise.all([
      ...Array.from({ length: concurrency }, () => this.#worker(signal)),
      run === undefined ? undefined : runHook(() => this.#within(signal, undefined, run), {
        ...this.#options,
        signal,
        onFailure: (error, retryMs) => this.#ledger.failed("run hook", { error, retryMs }),
      }),
    ]);
  }

  /** Queues all primaries there are. Never rejects. */
  async #queueAll(list: Promise<readonly Metadata[]>): Promise<void> {
    try {
      for (const metadata of await list) this.#reconcile(metadata);
    } catch {
      // The engine ended before the kind could be listed.
    }
  }

  async #worker(signal: AbortSignal): Promise<void> {
    for (;;) {
      const item = await this.#queue.take();
      if (item === undefined) return;
      const loop = this.#options.fairTurns.take();
      if (loop !== undefined) await loop;
      await this.#process(item, signal);
    }
  }

  async #process(item: QueueItem<Job>, signal: AbortSignal): Promise<void> {
    const { payload } = item;
    const end = this.#ledger.begin(payload.job, payload.sighting);
    let outcome: Outcome = DONE;
    try {
      await this.#within(signal, payload.sighting, (context) => this.#do(context, payload));
    } catch (error) {
      // Only the engine's own end excuses a job: any other cancelled wait is a failure like all.
      if (!signal.aborted) outcome = outcomeOf(error);
    }
    const { key } = item;
    const requeueMs = this.#backoffs.after(key, outcome);
    const about = "pointer" in payload ? payload.pointer : payload.metadata;
    end(outcome, { requeueMs, about });
    this.#queue.release(item, requeueMs);
  }

  async #do(context: QueueContext, job: Job): Promise<void> {
    if (job.job === "reconcile") return await this.#controller.reconcile(context, job.pointer);
    const primaries = await this.#controller.mapInput(context, reducedMetadata(job.metadata));
    for (const primary of primaries) this.#requirePrimary(primary);
    this.counters.mappedOut += primaries.length;
    for (const primary of primaries) this.#reconcile(primary, job.sighting);
  }

  #requirePrimary(pointer: Pointer): void {
    const known = this.#settings.inputs.some((input) =>
      input.kind === "q-primary" && sameKind(input, pointer)
    );
    if (known) return;
    const { namespace, type } = pointer;
    throw new Error(`unexpected primary input in the mapped output: ${namespace}/${type}`);
  }

  /** Gives `act` a context that ends with it. */
  async #within<T>(
    signal: AbortSignal,
    sighting: Sighting | undefined,
    act: (context: QueueContext) => Promise<T>,
  ): Promise<T> {
    using link = linkedAbort(signal);
    try {
      return await act(this.#context(link.signal, sighting));
    } finally {
      link.abort(this.#jobEnded);
    }
  }

  #context(signal: AbortSignal, sighting: Sighting | undefined): QueueContext {
    const { dependencies, log, caches, warnsOfUncachedReads } = this.#options;
    const state = this.#state;
    const declared = () => dependencies.declared(this.name);
    const cause = causeOf(this.name, sighting);
    return {
      signal,
      log,
      ...reader({ state, caches, declared, signal, log, warnsOfUncachedReads }),
      ...writer({
        state,
        declared,
        signal,
        limiter: this.#limiter,
        cause: () => cause,
        onWrite: () => {}, // Nobody cleans up after a queue controller.
      }),
    };
  }

  #reconcile({ namespace, type, id }: Pointer, sighting?: Sighting): void {
    const pointer = { namespace, type, id };
    this.#put("reconcile", { job: "reconcile", pointer, ...(sighting ? { sighting } : {}) });
  }

  #map(metadata: Metadata, sighting?: Sighting): void {
    this.#put("map", { job: "map", metadata, ...(sighting ? { sighting } : {}) });
  }

  #put(kind: Job["job"], job: Job): void {
    const pointer = job.job === "map" ? job.metadata : job.pointer;
    this.#queue.put(`${kind} ${pointerKey(pointer)}`, job);
  }

  async #shutDown(): Promise<void> {
    try {
      await this.#settings.shutdown?.();
    } catch (error) {
      this.#ledger.failed("shutdown hook", { error });
    }
  }
}
