/** What the API asks of a machine's services, events, kernel log and usage, in memory. */
import type { EventPort, EventsRequest, MachineEvent } from "../../api/event_port.ts";
import type { KernelLogPort, KernelLogRequest } from "../../api/kernel_log_port.ts";
import { MachineError } from "../../api/machine_port.ts";
import type {
  LogRequest,
  ServiceFacts,
  ServicePort,
  ServiceUsage,
} from "../../api/service_port.ts";
import type {
  CounterFacts,
  CpuTimes,
  LoadFacts,
  ProcessFacts,
  SystemFacts,
  UsagePort,
} from "../../api/usage_port.ts";

/** Two services: `apid`, which may be operated, and `udevd`, which may not. */
export class FakeServices implements ServicePort {
  /** What was asked, as `VERB ID`. */
  readonly asked: string[] = [];
  readonly logRequests: LogRequest[] = [];
  lines: readonly string[] = ["one\n", "two\n", "three\n"];
  facts: ServiceFacts[] = [
    {
      id: "apid",
      state: "Running",
      events: [{ message: "started", state: "Starting", time: 1_767_323_045_000_000_001n }],
      health: { known: true, healthy: true, message: "", changed: 1_767_323_046_000_000_000n },
    },
    {
      id: "udevd",
      state: "Waiting",
      events: [],
      health: { known: false, healthy: true, message: "", changed: 0n },
    },
  ];

  list(): readonly ServiceFacts[] {
    return this.facts;
  }

  start(id: string): string {
    return this.#operate("start", id);
  }

  stop(id: string): string {
    return this.#operate("stop", id);
  }

  restart(id: string): string {
    return this.#operate("restart", id);
  }

  usage(): readonly ServiceUsage[] {
    return [{ id: "apid", pid: 7, memory: 3n << 20n, cpu: 5_000_000_000n }];
  }

  logs(): readonly string[] {
    return this.facts.map(({ id }) => id);
  }

  async *readLog(id: string, request: LogRequest): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    this.#find(id);
    this.logRequests.push(request);
    const { tailLines } = request;
    const lines = tailLines === undefined || tailLines >= this.lines.length
      ? this.lines
      : this.lines.slice(this.lines.length - tailLines);
    for (const line of lines) yield await Promise.resolve(new TextEncoder().encode(line));
  }

  #operate(verb: string, id: string): string {
    this.#find(id);
    if (id === "udevd") {
      const detail = `service "${id}" doesn't support ${verb} operation via API`;
      throw new MachineError("unsupported", detail);
    }
    this.asked.push(`${verb} ${id}`);
    return `Service "${id}" ${verb} begun`;
  }

  #find(id: string): void {
    if (this.facts.some((each) => each.id === id)) return;
    throw new MachineError("not-found", `there is no service "${id}"`);
  }
}

/** Events that a test told before. */
export class FakeMachineEvents implements EventPort {
  readonly requests: EventsRequest[] = [];
  told: readonly MachineEvent[] = [];
  refusal: MachineError | undefined;

  follow(request: EventsRequest): AsyncIterable<MachineEvent> {
    this.requests.push(request);
    return this.#events();
  }

  async *#events(): AsyncGenerator<MachineEvent> {
    yield* await Promise.resolve(this.told);
    if (this.refusal !== undefined) throw this.refusal;
  }
}

/** Lines that a test wrote before. */
export class FakeKernelLines implements KernelLogPort {
  readonly requests: KernelLogRequest[] = [];
  lines: readonly string[] = ["kern:    info: [2026-01-02T03:04:05Z]: hello\n"];

  async *read(request: KernelLogRequest): AsyncGenerator<string> {
    this.requests.push(request);
    yield* await Promise.resolve(this.lines);
  }
}

const TIMES: CpuTimes = {
  user: 1.5,
  nice: 0,
  system: 2,
  idle: 3,
  iowait: 4,
  irq: 5,
  softIrq: 6,
  steal: 7,
  guest: 8,
  guestNice: 9,
};

/** Fixed figures. */
export class FakeUsage implements UsagePort {
  table: ProcessFacts[] = [{
    pid: 1,
    ppid: 0,
    state: "S",
    threads: 12,
    cpuTime: 1.25,
    virtualMemory: 1n << 40n,
    residentMemory: 98n << 20n,
    command: "strata",
    executable: "/usr/bin/strata",
    args: "/usr/bin/strata --all",
    label: "",
  }];

  hostname(): string {
    return "box";
  }

  memory(): ReadonlyMap<string, bigint> {
    return new Map([["memtotal", 1_000n], ["memavailable", 600n], ["unheardof", 7n]]);
  }

  load(): LoadFacts {
    return { load1: 0.5, load5: 0.25, load15: 0.125 };
  }

  system(): SystemFacts {
    return {
      bootTime: 1_767_323_045n,
      cpuTotal: TIMES,
      cpu: [TIMES],
      irqTotal: 3n,
      irq: [1n, 2n],
      contextSwitches: 2n ** 64n - 1n,
      processCreated: 4n,
      processRunning: 5n,
      processBlocked: 6n,
      softIrqTotal: 55n,
      softIrq: [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 10n],
    };
  }

  processes(): Promise<readonly ProcessFacts[]> {
    return Promise.resolve(this.table);
  }

  processors(): readonly ReadonlyMap<string, string>[] {
    return [
      new Map([["processor", "0"], ["model name", "A"], ["cpu MHz", "2400.5"], ["flags", "a b"]]),
    ];
  }

  disks(): readonly CounterFacts[] {
    const counters = Array.from({ length: 17 }, (_, at) => BigInt(at + 1));
    return [{ name: "vda", counters }, { name: "vdb", counters }];
  }

  networkDevices(): readonly CounterFacts[] {
    return [{ name: "lo", counters: Array.from({ length: 16 }, (_, at) => BigInt(at + 1)) }];
  }
}
