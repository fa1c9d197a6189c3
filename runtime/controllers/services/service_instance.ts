/** One start of a service: its first process, its cgroup and its outputs. */
import type { ProcessEnd, RunningProcess } from "../../../fs/kernel/process_calls.ts";
import { LineCutter } from "./line_cutter.ts";
import { type OutputPump, pumpOutput } from "./output_pump.ts";
import type { ServiceLog } from "./service_log.ts";
import type { ServicePlan } from "./service_plan.ts";
import type { CgroupUsage, ServiceWorld } from "./service_world.ts";
import { SIGNAL_NUMBERS } from "./signal_numbers.ts";

/** Milliseconds outputs may stay open when nobody of the cgroup is left: who has them then is none of the service's. */
const OUTPUTS_MS = 500;

/** What a start needs besides the world. */
export interface InstanceParts {
  readonly id: string;
  readonly plan: ServicePlan;
  readonly log: ServiceLog;
  /** Called when the first process has ended. */
  readonly ended: () => void;
}

/** A started service. */
export class ServiceInstance {
  /** What it is run by now. Its program and all that cannot change while it runs are those it was started with. */
  plan: ServicePlan;
  /** On the monotonic clock. */
  readonly startedMs: number;
  readonly #world: ServiceWorld;
  readonly #id: string;
  readonly #process: RunningProcess;
  readonly #outputs: readonly OutputPump[];
  readonly #log: ServiceLog;
  readonly #firstLine: number;
  /** Of the limits that its cgroup has; undefined while they are not known. */
  #limitsKey: string | undefined;
  #end: ProcessEnd | undefined;

  /**
   * Starts it.
   *
   * @throws {SyscallError} The cgroup cannot be made, or the process not begun: nothing is left then but an empty cgroup.
   */
  constructor(world: ServiceWorld, { id, plan, log, ended }: InstanceParts) {
    this.#world = world;
    this.#id = id;
    this.#log = log;
    this.#firstLine = log.lineCount;
    this.plan = plan;
    const { clock, cgroups, processes } = world;
    cgroups.make(id, plan.limits);
    this.#limitsKey = plan.limitsKey;
    this.#process = processes.start({ ...plan.request, cgroup: cgroups.path(id) });
    this.startedMs = clock.monotonicMs();
    const { stdout, stderr } = this.#process;
    this.#outputs = [stdout, stderr].map((stream) =>
      pumpOutput(stream, { cutter: new LineCutter(log, clock), clock })
    );
    this.#process.ended.then((end) => {
      this.#end = end;
      ended();
    });
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** How the first process ended; undefined while it runs. */
  get end(): ProcessEnd | undefined {
    return this.#end;
  }

  /** The last line that this start wrote. */
  get lastLine(): string {
    return this.#log.lastLine(this.#firstLine);
  }

  /** Whether its cgroup has the limits of its plan. */
  get hasLimits(): boolean {
    return this.plan.limitsKey === this.#limitsKey;
  }

  /**
   * Takes a plan that differs in nothing that needs a new start.
   *
   * @throws {SyscallError} Its limits are refused: the same plan may be given again.
   */
  follow(plan: ServicePlan): void {
    this.plan = plan;
    if (this.hasLimits) return;
    // Of those that are refused, the first ones may be set.
    this.#limitsKey = undefined;
    this.#world.cgroups.limit(this.#id, plan.limits);
    this.#limitsKey = plan.limitsKey;
  }

  /** Asks the first process to end. */
  ask(): void {
    if (this.#end === undefined) this.#signal(this.plan.stopSignal.number);
  }

  /** Kills all of its processes, wherever in its cgroup; the first one wherever it is. */
  kill(): void {
    try {
      this.#world.cgroups.kill(this.#id);
    } finally {
      if (this.#end === undefined) this.#signal(SIGNAL_NUMBERS.SIGKILL);
    }
  }

  /** Whether none of its processes is left. */
  isGone(): boolean {
    return this.#end !== undefined && !this.#world.cgroups.isPopulated(this.#id);
  }

  /** What its processes take now. */
  usage(): CgroupUsage | undefined {
    return this.#world.cgroups.usage(this.#id);
  }

  /** When none of its processes is left: waits for the rest of the outputs, at most 0.5 s, and removes the cgroup. */
  async close(): Promise<void> {
    const { clock, cgroups } = this.#world;
    const timer = new AbortController();
    const late = clock.sleep(OUTPUTS_MS, { signal: timer.signal }).catch(() => {});
    const read = Promise.all(this.#outputs.map(({ ended }) => ended));
    await Promise.race([read, late]);
    timer.abort();
    for (const output of this.#outputs) output.cancel();
    await read;
    cgroups.remove(this.#id);
  }

  #signal(number: number): void {
    this.#world.processes.signal(this.#process.pid, number);
  }
}
