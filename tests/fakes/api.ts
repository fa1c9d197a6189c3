/** An API over a state in memory, and everything it stands on, for tests that ask it by Request and Response. */
import { type Api, createApi } from "../../api/api.ts";
import type { Health } from "../../api/health.ts";
import type {
  FileEntry,
  ListFilesRequest,
  MachinePort,
  MountFacts,
  VersionFacts,
} from "../../api/machine_port.ts";
import { MachineError } from "../../api/machine_port.ts";
import type { Resource } from "../../runtime/core/resource.ts";
import { OpaqueSpec } from "../../runtime/core/opaque.ts";
import { newMetadata } from "../../runtime/core/metadata.ts";
import type { ResourceTypes } from "../../runtime/core/resource_types.ts";
import { machineTypes } from "../../runtime/resources/machine_types.ts";
import { type MemoryState, memoryState } from "../../runtime/state/memory.ts";
import { FakeClock } from "./clock.ts";
import { FakeGraph } from "./graph.ts";
import { FakeLog } from "./log.ts";
import { FakeRandom } from "./random.ts";
import { FakeKernelLines, FakeMachineEvents, FakeServices, FakeUsage } from "./machine_ports.ts";

/** The token of the fixture. */
export const TOKEN = "correct-horse";

/** A machine that remembers what it was asked. */
export class FakeMachine implements MachinePort {
  readonly services = new FakeServices();
  readonly events = new FakeMachineEvents();
  readonly kernelLog = new FakeKernelLines();
  readonly usage = new FakeUsage();
  readonly endings: string[] = [];
  readonly lists: ListFilesRequest[] = [];
  readonly files = new Map<string, string>([["/etc/hosts", "127.0.0.1 localhost\n"]]);
  entries: FileEntry[] = [];
  /** Of files; absent where it refuses nothing but what it has not. */
  refusal?: MachineError;

  version(): VersionFacts {
    return {
      tag: "v0.1.0",
      sha: "abc",
      built: "2026-01-02T03:04:05Z",
      runtime: "deno 2.7.14",
      os: "linux",
      arch: "amd64",
      platform: "qemu",
      mode: "metal",
    };
  }

  mounts(): readonly MountFacts[] {
    return [{ filesystem: "tmpfs", size: 2n ** 40n, available: 7n, mountedOn: "/tmp" }];
  }

  async *read(path: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const text = this.files.get(path);
    if (this.refusal !== undefined) throw this.refusal;
    if (text === undefined) throw new MachineError("not-found", `${path} does not exist`);
    const bytes = new TextEncoder().encode(text);
    yield await Promise.resolve(bytes.slice(0, 5));
    yield bytes.slice(5);
  }

  async *list(request: ListFilesRequest): AsyncGenerator<FileEntry> {
    this.lists.push(request);
    if (this.refusal !== undefined) throw this.refusal;
    yield* await Promise.resolve(this.entries);
  }

  end(ending: "restart" | "power-off"): string {
    this.endings.push(ending);
    return `end-${this.endings.length}`;
  }
}

/** An API and what it stands on. */
export interface ApiFixture {
  readonly api: Api;
  /** Asks over a unix socket, as the machine's own tools do. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  readonly clock: FakeClock;
  readonly random: FakeRandom;
  readonly log: FakeLog;
  /** Ends the agent. */
  readonly stop: AbortController;
  readonly state: MemoryState;
  readonly machine: FakeMachine;
  readonly graph: FakeGraph;
  readonly health: { now: Health };
}

/** Makes the parts anew. @param options `token`: null is none; `types`: the machine's unless given. */
export function apiFixture(
  options: { readonly token?: string | null; readonly types?: ResourceTypes } = {},
): ApiFixture {
  const clock = new FakeClock();
  const random = new FakeRandom();
  const log = new FakeLog();
  const stop = new AbortController();
  const state = memoryState({ clock, random });
  const machine = new FakeMachine();
  const graph = new FakeGraph();
  const health: { now: Health } = { now: { ready: true, unmet: [] } };
  const token = options.token === undefined ? TOKEN : options.token;
  const api = createApi({
    state,
    types: options.types ?? machineTypes(),
    machine,
    graph,
    health: () => health.now,
    reservedOwner: (name) => name === "meta" || name === "fs.EtcFileController",
    log,
    clock,
    random,
    signal: stop.signal,
    ...(token === null ? {} : { token }),
  });
  const ask = (path: string, init?: RequestInit): Promise<Response> =>
    api.handle(new Request(`http://localhost${path}`, init), { transport: "unix" });
  return { api, ask, clock, random, log, stop, state, machine, graph, health };
}

/** A resource of a type that nobody declared. */
export function opaqueResource(
  id: string,
  options: {
    readonly owner?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly proto?: Uint8Array;
    readonly yaml?: string;
  } = {},
): Resource {
  const { owner = "", labels = {}, finalizers = [], proto, yaml = "" } = options;
  const name = { namespace: "default", type: "os/test", id };
  return {
    metadata: newMetadata({ ...name, owner, labels, finalizers }),
    spec: new OpaqueSpec(proto, yaml),
  };
}
