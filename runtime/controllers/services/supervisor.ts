/** All services: who is wished, who waits for whom, and their end. */
import type { ServiceSpec } from "../../../proto/gen/strata/runtime/v1/service_pb.ts";
import { utf8Compare } from "../../core/text_order.ts";
import { ServiceState } from "../../resources/service.ts";
import { dependencyCycles } from "./dependency_cycles.ts";
import { ServiceLog } from "./service_log.ts";
import { type Planned, servicePlan } from "./service_plan.ts";
import type { RunnerHost } from "./runner_host.ts";
import { ServiceRunner } from "./service_runner.ts";
import { errorMessage } from "./service_texts.ts";
import { type ServiceChange, type ServiceView, stateName } from "./service_view.ts";
import type { ServiceWorld } from "./service_world.ts";
import { WakeUp } from "./wake_up.ts";

/** Services, and so logs of 1 MiB at most: a machine has some ten. */
export const SERVICES_MAX = 64;
/** Changes of a service that are kept. */
export const CHANGES_MAX = 16;
/** Milliseconds before the end of all that services are not waited for any more, and killed. */
const FORCED_MS = 2_000;

interface Kept {
  readonly runner: ServiceRunner;
  spec: ServiceSpec | undefined;
  planned: Planned;
  readonly changes: ServiceChange[];
}

/** Runs services. One for a machine: it outlives the runs of its controller. */
export class Supervisor {
  readonly #world: ServiceWorld;
  readonly #services = new Map<string, Kept>();
  readonly #listeners = new Set<(change: ServiceChange) => void>();
  readonly #touched = new Set<() => void>();
  readonly #ends: WakeUp;
  #isEnding = false;
  #stopping: Promise<readonly string[]> | undefined;

  constructor(world: ServiceWorld) {
    this.#world = world;
    this.#ends = new WakeUp(world.clock);
  }

  /** What is kept of services, sorted by name: those whose specs are gone until nothing of them is left. */
  get ids(): readonly string[] {
    return [...this.#services.keys()].sort(utf8Compare);
  }

  /** The runner of a service; undefined for one that nobody knows. */
  runner(id: string): ServiceRunner | undefined {
    return this.#services.get(id)?.runner;
  }

  /** Its last changes, oldest first. */
  changes(id: string): readonly ServiceChange[] {
    return this.#services.get(id)?.changes ?? [];
  }

  /** Calls `listener` at each change of a state, its message or its health, until the result is disposed of. */
  onChange(listener: (change: ServiceChange) => void): Disposable {
    return added(this.#listeners, listener);
  }

  /** Calls `listener` whenever a view is another, or a service is over. */
  onTouch(listener: () => void): Disposable {
    return added(this.#touched, listener);
  }

  /**
   * Has exactly these run. Others end; what is left of them is kept until they are over.
   *
   * @param wanted Specs by name.
   */
  apply(wanted: ReadonlyMap<string, ServiceSpec>): void {
    const cycles = dependencyCycles(
      new Map([...wanted].map(([id, { dependencies }]) => [id, dependencies?.services ?? []])),
    );
    for (const [id, { runner }] of this.#services) {
      if (runner.isOver) this.#services.delete(id);
      else if (!wanted.has(id)) runner.leave();
    }
    for (const [id, spec] of [...wanted].sort(([a], [b]) => utf8Compare(a, b))) {
      const kept = this.#services.get(id) ?? this.#take(id);
      if (kept === undefined) continue;
      const isSame = kept.spec === spec;
      kept.planned = isSame ? kept.planned : planOf(id, spec);
      kept.spec = spec;
      const cycle = cycles.get(id);
      kept.runner.apply(
        cycle === undefined
          ? kept.planned
          : { problem: `Cannot start it: it waits for itself: ${cycle.join(" -> ")}` },
      );
    }
  }

  /** Looks what each service takes. */
  measure(): void {
    for (const { runner } of this.#services.values()) {
      try {
        runner.measure();
      } catch (error) {
        this.#world.log.write("debug", "cannot measure", { service: runner.id, error });
      }
    }
  }

  /**
   * Ends all services, each before those it depends on; none starts any more. Two seconds before `deadlineMs` is over,
   * or at half of it, those that are left are killed at once.
   *
   * @returns Those that did not end in time. Asked again it is the same end.
   */
  stopAll(deadlineMs: number): Promise<readonly string[]> {
    return this.#stopping ??= this.#stopAll(deadlineMs);
  }

  async #stopAll(deadlineMs: number): Promise<readonly string[]> {
    const { clock } = this.#world;
    const beganMs = clock.monotonicMs();
    const gentleMs = Math.max(deadlineMs - FORCED_MS, deadlineMs / 2);
    this.#isEnding = true;
    for (const { runner } of this.#services.values()) runner.endForGood();
    for (const limitMs of [gentleMs, deadlineMs]) {
      for (;;) {
        const leftMs = beganMs + limitMs - clock.monotonicMs();
        if (this.#alive().length === 0 || leftMs <= 0) break;
        await this.#ends.wait(leftMs);
      }
      for (const { runner } of this.#services.values()) runner.force();
    }
    return this.#alive();
  }

  #alive(): readonly string[] {
    return this.ids.filter((id) => this.runner(id)?.isAlive);
  }

  #take(id: string): Kept | undefined {
    if (this.#services.size >= SERVICES_MAX) return undefined;
    const runner = new ServiceRunner(id, new ServiceLog(), this.#hostOf());
    const kept = { runner, spec: undefined, planned: { problem: "" }, changes: [] };
    this.#services.set(id, kept);
    if (this.#isEnding) runner.endForGood();
    return kept;
  }

  #hostOf(): RunnerHost {
    return {
      world: this.#world,
      whyNotUp: (id) => this.#whyNotUp(id),
      endingDependants: (id) => {
        const all = [...this.#services.values()].map(({ runner }) => runner);
        const ending = all.filter((each) => each.needs.includes(id) && each.isEnding);
        return ending.map((each) => each.id);
      },
      changed: (runner, before) => this.#changed(runner, before),
    };
  }

  #whyNotUp(id: string): string | undefined {
    const runner = this.runner(id);
    if (runner === undefined) return " (there is none)";
    if (runner.isUp) return undefined;
    const { state } = runner.view;
    if (state === ServiceState.RUNNING) return " (not healthy)";
    const hasEnded = state === ServiceState.FAILED || state === ServiceState.FINISHED;
    return hasEnded ? ` (${stateName(state).toLowerCase()})` : "";
  }

  #changed(runner: ServiceRunner, before: ServiceView): void {
    const { id, view } = runner;
    const isTold = view.state !== before.state || view.health !== before.health ||
      (view.message !== before.message && view.message !== "");
    if (isTold) {
      this.#tell({ id, view, ...changeText(view, before), time: this.#world.clock.now() });
    }
    if (view.state !== before.state || view.health !== before.health) {
      for (const { runner: other } of this.#services.values()) if (other !== runner) other.wake();
    }
    this.#ends.call();
    this.#touch();
  }

  #tell(change: ServiceChange): void {
    const changes = this.#services.get(change.id)?.changes;
    changes?.push(change);
    changes?.splice(0, changes.length - CHANGES_MAX);
    for (const listener of this.#listeners) this.#guarded(() => listener(change));
  }

  #touch(): void {
    for (const listener of this.#touched) this.#guarded(listener);
  }

  /** What a listener throws is its own. */
  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#world.log.write("error", "a listener to services failed", {
        error: errorMessage(error),
      });
    }
  }
}

function planOf(id: string, spec: ServiceSpec): Planned {
  try {
    return servicePlan(id, spec);
  } catch (error) {
    return { problem: `Cannot read its spec: ${errorMessage(error)}` };
  }
}

function changeText(
  view: ServiceView,
  before: ServiceView,
): { readonly state: string; readonly message: string } {
  const state = stateName(view.state);
  if (view.state === ServiceState.RUNNING && view.state !== before.state) {
    return { state, message: `started as process ${view.pid}` };
  }
  if (view.state === before.state && view.health !== before.health) {
    return { state, message: `Health: ${view.healthMessage || "not known"}` };
  }
  return { state, message: view.message };
}

function added<T>(set: Set<T>, member: T): Disposable {
  set.add(member);
  return { [Symbol.dispose]: () => void set.delete(member) };
}
