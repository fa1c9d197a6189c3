/** A machine for services, as their supervisor sees it: processes, cgroups, conditions and probes that a test drives. */
import type { ProcessRequest, RunningProcess } from "../../fs/kernel/process_calls.ts";
import type { SpecInit } from "../../runtime/core/spec_init.ts";
import type { ServiceSpec } from "../../proto/gen/strata/runtime/v1/service_pb.ts";
import type { ServiceView } from "../../runtime/controllers/services/service_view.ts";
import { Supervisor } from "../../runtime/controllers/services/supervisor.ts";
import type {
  CgroupLimits,
  CgroupUsage,
  HealthQuestion,
  ServiceCgroups,
  ServiceConditions,
  ServiceProcesses,
  ServiceWorld,
  WantedConditions,
} from "../../runtime/controllers/services/service_world.ts";
import { serviceSpec, ServiceState } from "../../runtime/resources/service.ts";
import { FakeClock } from "./clock.ts";
import { FakeLog } from "./log.ts";
import { FakeRandom } from "./random.ts";
import { FakeProcess } from "./service_process.ts";

/** A cgroup, and what a test says of it. */
export interface FakeGroup {
  limits: CgroupLimits;
  /** Processes in it besides the first. */
  others: number;
  /** Whether SIGKILL does nothing to what is in it. */
  isStuck: boolean;
  usage: CgroupUsage;
}

/** The ports, and what happened on them. */
export class FakeServiceWorld implements ServiceWorld {
  readonly clock = new FakeClock();
  readonly random = new FakeRandom();
  readonly log = new FakeLog();
  /** Every process that was started, in order. */
  readonly started: FakeProcess[] = [];
  readonly groups = new Map<string, FakeGroup>();
  /** Names of cgroups in the order they were killed. */
  readonly kills: string[] = [];
  /** What is there of files and mounts, and `network`. */
  readonly present = new Set<string>();
  /** Called for each process that is begun. */
  onStart: (running: FakeProcess, name: string) => void = () => {};
  /** Answers health checks. */
  onAsk: (question: HealthQuestion, signal: AbortSignal) => Promise<string> = () =>
    Promise.resolve("well");
  /** Thrown at the next start, or the next look at conditions. */
  refusal: { start?: Error; conditions?: Error; limit?: Error } = {};
  #pids = 100;

  readonly processes: ServiceProcesses = {
    start: (request) => this.#start(request),
    signal: (pid, signal) => this.started.find((each) => each.pid === pid)?.receive(signal),
  };

  readonly cgroups: ServiceCgroups = {
    path: (name) => `/cgroups/${name}`,
    make: (name, limits) => {
      this.groups.set(name, { limits, others: 0, isStuck: false, usage: IDLE });
    },
    limit: (name, limits) => {
      this.#take("limit");
      this.group(name).limits = limits;
    },
    kill: (name) => {
      this.kills.push(name);
      const group = this.groups.get(name);
      if (group === undefined || group.isStuck) return;
      group.others = 0;
      const [first] = this.processesOf(name).slice(-1);
      first?.receive(9);
      first?.closeOutputs();
    },
    isPopulated: (name) => {
      const others = this.groups.get(name)?.others ?? 0;
      return others > 0 || this.processesOf(name).some(({ isRunning }) => isRunning);
    },
    remove: (name) => {
      if (this.cgroups.isPopulated(name)) throw new Error("EBUSY");
      this.groups.delete(name);
    },
    usage: (name) => this.groups.get(name)?.usage,
  };

  readonly conditions: ServiceConditions = {
    missing: ({ files, mounts, network }: WantedConditions) => {
      this.#take("conditions");
      const wanted = [
        ...files.map((path) => `file ${path}`),
        ...mounts.map((path) => `mount ${path}`),
        ...network ? ["network"] : [],
      ];
      return wanted.filter((each) => !this.present.has(each));
    },
  };

  readonly probe = {
    ask: (question: HealthQuestion, signal: AbortSignal): Promise<string> =>
      this.onAsk(question, signal),
  };

  group(name: string): FakeGroup {
    const group = this.groups.get(name);
    if (group === undefined) throw new Error(`there is no cgroup "${name}"`);
    return group;
  }

  /** All of a service, in the order they were started. */
  processesOf(name: string): readonly FakeProcess[] {
    return this.started.filter(({ request }) => request.cgroup === `/cgroups/${name}`);
  }

  /** The newest of a service. */
  processOf(name: string): FakeProcess {
    const found = this.processesOf(name).at(-1);
    if (found === undefined) throw new Error(`there is no process of "${name}"`);
    return found;
  }

  /** Names of services that have a running process, in the order they were started. */
  get running(): readonly string[] {
    const alive = this.started.filter(({ isRunning }) => isRunning);
    return alive.map(({ request }) => request.cgroup.slice("/cgroups/".length));
  }

  #start(request: ProcessRequest): RunningProcess {
    this.#take("start");
    const running = new FakeProcess({ pid: ++this.#pids, request, onEnd: () => {} });
    this.started.push(running);
    this.onStart(running, request.cgroup.slice("/cgroups/".length));
    return running;
  }

  #take(call: keyof typeof this.refusal): void {
    const error = this.refusal[call];
    delete this.refusal[call];
    if (error !== undefined) throw error;
  }
}

const IDLE: CgroupUsage = { memory: 4096n, cpuUs: 7n, processes: 1, oomKills: 0n };

/** A supervisor on a machine, and its services by their specs. */
export class ServiceBench {
  readonly world = new FakeServiceWorld();
  readonly supervisor = new Supervisor(this.world);
  readonly #specs = new Map<string, ServiceSpec>();

  /** Wishes for services, besides those wished before; undefined takes a wish back. */
  wish(wishes: Readonly<Record<string, SpecInit<typeof serviceSpec> | undefined>>): void {
    for (const [id, init] of Object.entries(wishes)) {
      if (init === undefined) this.#specs.delete(id);
      else this.#specs.set(id, specOf(init));
    }
    this.apply();
  }

  /** As the controller does at each of its turns. */
  apply(): void {
    this.supervisor.apply(this.#specs);
  }

  view(id: string): ServiceView {
    const view = this.supervisor.runner(id)?.view;
    if (view === undefined) throw new Error(`there is no service "${id}"`);
    return view;
  }

  /** Resolves when the service is as wanted. */
  async becomes(id: string, wanted: (view: ServiceView) => boolean): Promise<ServiceView> {
    while (!wanted(this.view(id))) await this.#touched();
    return this.view(id);
  }

  /** Resolves when all that follows from what was done has happened, but for what takes time. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < 4; turns++) await this.world.clock.advance(0);
  }

  async pass(milliseconds: number): Promise<void> {
    await this.settle();
    await this.world.clock.advance(milliseconds);
    await this.settle();
  }

  #touched(): Promise<void> {
    return new Promise((resolve) => {
      const following = this.supervisor.onTouch(() => {
        following[Symbol.dispose]();
        resolve();
      });
    });
  }
}

/** A spec; its command is there unless given. */
export function specOf(init: SpecInit<typeof serviceSpec>): ServiceSpec {
  return serviceSpec.newResource("any", { command: ["/bin/service"], ...init }).spec;
}

/** Whether a service is in that state. */
export function is(state: ServiceState): (view: ServiceView) => boolean {
  return (view) => view.state === state;
}

/** A bench on which one service, `a`, runs. */
export async function running(
  init: Parameters<ServiceBench["wish"]>[0][string] = {},
): Promise<ServiceBench> {
  const bench = new ServiceBench();
  bench.wish({ a: init });
  await bench.becomes("a", is(ServiceState.RUNNING));
  return bench;
}
