/**
 * The life of one queue controller: a queue of items, workers that do one job at a time each, and the hooks around
 * them. Whatever a job does, no other job notices.
 */
import type { Metadata, Pointer } from "../core/resource.ts";
import type { State } from "../core/state.ts";
import { takenPointer } from "../core/taken.ts";
import { isDestroyReady, sameKind } from "./access.ts";
import { countedState, newCounters } from "./controller_counters.ts";
import type { ControllerPhase, ControllerStatus } from "./controller_status.ts";
import { callHost } from "./controller_writes.ts";
import { ItemBackoffs } from "./item_backoffs.ts";
import { type JobHost, JobLife } from "./job_context.ts";
import { JobKeys } from "./job_keys.ts";
import { JobLedger } from "./job_ledger.ts";
import type { KindWatches } from "./kind_watches.ts";
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
import type { Dependent, Sighting } from "./sighting.ts";
import { WorkQueue } from "./work_queue.ts";

/** What is to be done with a resource; the two are different items. */
type Job = ReconcileJob | MapJob;

interface ReconcileJob {
  readonly job: "reconcile";
  readonly pointer: Pointer;
  readonly sighting: Sighting | undefined;
}

interface MapJob {
  readonly job: "map";
  readonly metadata: Metadata;
  readonly sighting: Sighting | undefined;
}

export class QueueRunner implements Runner {
  readonly counters = newCounters();
  readonly #controller: QueueController;
  readonly #settings: QueueSettings;
  readonly #options: RunnerOptions;
  readonly #state: State;
  readonly #limiter: RateLimiter | undefined;
  readonly #queue: WorkQueue<Job>;
  readonly #keys: JobKeys;
  readonly #backoffs: ItemBackoffs;
  readonly #ledger: JobLedger;
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
    this.#keys = new JobKeys(settings.inputs);
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
    const host = this.#jobHost(signal);
    await Promise.all([
      ...Array.from({ length: concurrency }, () => this.#worker(host)),
      run === undefined ? undefined : runHook(() => runOnce(run, host), {
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

  async #worker(host: JobHost): Promise<void> {
    for (;;) {
      const item = this.#queue.takeNow() ?? await this.#queue.take();
      if (item === undefined) return;
      const loop = this.#options.fairTurns.take();
      if (loop !== undefined) await loop;
      const { payload } = item;
      const beganMs = this.#ledger.begin(payload.job, payload.sighting);
      const life = new JobLife(host, payload.sighting);
      let outcome: Outcome = DONE;
      try {
        await this.#do(life.context(), payload);
      } catch (error) {
        // Only the engine's own end excuses a job: any other cancelled wait is a failure like all.
        if (!host.signal.aborted) outcome = outcomeOf(error);
      } finally {
        life.end();
      }
      this.#conclude(item, { beganMs, outcome });
    }
  }

  #conclude(
    item: QueueItem<Job>,
    { beganMs, outcome }: { readonly beganMs: number; readonly outcome: Outcome },
  ): void {
    const { key, payload } = item;
    const requeueMs = this.#backoffs.after(key, outcome);
    const about = payload.job === "map" ? payload.metadata : payload.pointer;
    this.#ledger.end(payload.job, { beganMs, outcome, requeueMs, about });
    this.#queue.release(item, requeueMs);
  }

  #do(context: QueueContext, job: Job): Promise<void> {
    return job.job === "map"
      ? this.#mapInput(context, job)
      : this.#controller.reconcile(context, takenPointer(job.pointer));
  }

  async #mapInput(context: QueueContext, { metadata, sighting }: MapJob): Promise<void> {
    const primaries = await this.#controller.mapInput(context, reducedMetadata(metadata));
    for (const primary of primaries) this.#requirePrimary(primary);
    this.counters.mappedOut += primaries.length;
    for (const primary of primaries) this.#reconcile(takenPointer(primary), sighting);
  }

  #requirePrimary(pointer: Pointer): void {
    const known = this.#settings.inputs.some((input) =>
      input.kind === "q-primary" && sameKind(input, pointer)
    );
    if (known) return;
    const { namespace, type } = pointer;
    throw new Error(`unexpected primary input in the mapped output: ${namespace}/${type}`);
  }

  #jobHost(signal: AbortSignal): JobHost {
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
    return { calls, signal, ended: new DOMException("the job has ended", "AbortError") };
  }

  /** @param pointer Nobody can change it. */
  #reconcile(pointer: Pointer, sighting?: Sighting): void {
    this.#queue.put(this.#keys.reconcile(pointer), { job: "reconcile", pointer, sighting });
  }

  #map(metadata: Metadata, sighting?: Sighting): void {
    this.#queue.put(this.#keys.map(metadata), { job: "map", metadata, sighting });
  }

  async #shutDown(): Promise<void> {
    try {
      await this.#settings.shutdown?.();
    } catch (error) {
      this.#ledger.failed("shutdown hook", { error });
    }
  }
}

/** Gives the hook a context that ends with it. */
async function runOnce(
  run: NonNullable<QueueSettings["run"]>,
  host: JobHost,
): Promise<void> {
  const life = new JobLife(host, undefined);
  try {
    await run(life.context());
  } finally {
    life.end();
  }
}
