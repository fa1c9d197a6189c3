/** A machine for tests of commands: fixed resources and files, behind the services a real one has. */
import { resolveResource, type ResourceInit, wireResource } from "./cli_resources.ts";
import {
  type GraphResponse,
  GraphService,
  type WhyRequest,
  type WhyResponse,
} from "../../proto/gen/strata/runtime/v1/graph_pb.ts";
import { type ResourceTypes, resourceTypes } from "../../runtime/core/resource_types.ts";
import { mountStatus } from "../../runtime/resources/fs.ts";
import { type FileInfo, MachineService } from "../../proto/gen/machine/machine_pb.ts";
import { type Event, type EventType, State } from "../../proto/gen/cosi/resource/state_pb.ts";
import type { WatchRequest } from "../../proto/gen/cosi/resource/state_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter, type ServiceImpl } from "@connectrpc/connect";
import type {
  EventSchema as MachineEventSchema,
  FileInfoSchema,
  ProcessInfoSchema,
  ServiceInfoSchema,
} from "../../proto/gen/machine/machine_pb.ts";

/** What the fake has. */
export interface FakeMachine {
  readonly resources?: readonly ResourceInit[];
  readonly files?: Readonly<Record<string, Uint8Array>>;
  readonly entries?: readonly MessageInitShape<typeof FileInfoSchema>[];
  readonly graph?: GraphResponse;
  /** Answers why; undefined is not found. */
  readonly why?: (request: WhyRequest) => WhyResponse | undefined;
  readonly services?: readonly MessageInitShape<typeof ServiceInfoSchema>[];
  /** Lines of each service's log, and of the kernel's as `kernel`. */
  readonly logs?: Readonly<Record<string, readonly string[]>>;
  readonly machineEvents?: readonly MessageInitShape<typeof MachineEventSchema>[];
  readonly processes?: readonly MessageInitShape<typeof ProcessInfoSchema>[];
  /** Answers watches. */
  readonly watch?: (
    request: WatchRequest,
    signal: AbortSignal,
  ) => AsyncIterable<{ event: MessageInitEvent[] }>;
  /** Thrown by every call. */
  readonly refusal?: ConnectError;
  /** Told of every call. */
  readonly seen?: (call: string, request: unknown) => void;
}

/** An event of a watch as tests write it. */
export type MessageInitEvent =
  & Partial<Omit<Event, "$typeName" | "$unknown" | "resource" | "old">>
  & {
    readonly resource?: ReturnType<typeof wireResource>;
    readonly old?: ReturnType<typeof wireResource>;
  };

/** The types this process knows: mounts, and nothing else. */
export const FAKE_KNOWN_TYPES: ResourceTypes = resourceTypes([mountStatus]);

/** The routes of such a machine. */
export function fakeMachine(machine: FakeMachine): (router: ConnectRouter) => void {
  const enter = (call: string, request: unknown): void => {
    machine.seen?.(call, request);
    if (machine.refusal !== undefined) throw machine.refusal;
  };
  return (router) => {
    stateRoutes(router, { machine, enter });
    machineRoutes(router, { machine, enter });
    graphRoutes(router, { machine, enter });
  };
}

interface Served {
  readonly machine: FakeMachine;
  readonly enter: (call: string, request: unknown) => void;
}

function stateRoutes(router: ConnectRouter, { machine, enter }: Served): void {
  const resources = machine.resources ?? [];
  router.service(State, {
    get(request) {
      enter("get", request);
      const found = resources.map(resolveResource).find((each) =>
        each.type === request.type && each.namespace === request.namespace && each.id === request.id
      );
      if (found === undefined) throw new ConnectError("resource doesn't exist", Code.NotFound);
      return { resource: wireResource(found) };
    },
    async *list(request) {
      enter("list", request);
      for (const each of resources.map(resolveResource)) {
        if (each.type === request.type && each.namespace === request.namespace) {
          yield await Promise.resolve({ resource: wireResource(each) });
        }
      }
    },
    async *watch(request, { signal }) {
      enter("watch", request);
      yield { event: [] };
      if (machine.watch !== undefined) yield* machine.watch(request, signal);
    },
  });
}

function machineRoutes(router: ConnectRouter, { machine, enter }: Served): void {
  router.service(MachineService, {
    version(request) {
      enter("version", request);
      const version = { tag: "v9.9.9", goVersion: "deno 2", os: "linux", arch: "amd64" };
      return { messages: [{ version, platform: { name: "qemu", mode: "metal" } }] };
    },
    mounts(request) {
      enter("mounts", request);
      const stats = [
        { filesystem: "/dev/loop0", size: 1024n, available: 0n, mountedOn: "/" },
        { filesystem: "/dev/vda1", size: 3n << 30n, available: 2n << 30n, mountedOn: "/var" },
        { filesystem: "proc", size: 0n, available: 0n, mountedOn: "/proc" },
      ];
      return { messages: [{ stats }] };
    },
    async *read(request) {
      enter("read", request);
      const bytes = machine.files?.[request.path];
      if (bytes === undefined) {
        throw new ConnectError(`"${request.path}" does not exist`, Code.NotFound);
      }
      // In pieces of three bytes, so that characters lie across them.
      for (let at = 0; at < bytes.length; at += 3) {
        yield await Promise.resolve({ bytes: bytes.subarray(at, at + 3) });
      }
    },
    async *list(request): AsyncGenerator<MessageInitShape<typeof FileInfoSchema>> {
      enter("list files", request);
      for (const entry of machine.entries ?? []) yield await Promise.resolve(entry);
    },
    ...usageRoutes({ machine, enter }),
    reboot(request) {
      enter("reboot", request);
      return { messages: [{ actorId: "end-1" }] };
    },
    shutdown(request) {
      enter("shutdown", request);
      return { messages: [{ actorId: "end-2" }] };
    },
  });
}

/** What runs, and what it says. */
function usageRoutes({ machine, enter }: Served): Partial<ServiceImpl<typeof MachineService>> {
  const operated = (verb: string) => (request: { readonly id: string }) => {
    enter(verb, request);
    return { messages: [{ resp: `${verb} of ${request.id} begun` }] };
  };
  return {
    serviceList(request) {
      enter("services", request);
      return { messages: [{ services: [...machine.services ?? []] }] };
    },
    serviceStart: operated("start"),
    serviceStop: operated("stop"),
    serviceRestart: operated("restart"),
    logsContainers(request) {
      enter("log names", request);
      return { messages: [{ ids: Object.keys(machine.logs ?? {}) }] };
    },
    async *logs(request) {
      enter("logs", request);
      const lines = machine.logs?.[request.id];
      if (lines === undefined) throw new ConnectError("no such log", Code.NotFound);
      for (const line of lines) yield await Promise.resolve(dataOf(line));
    },
    async *dmesg(request) {
      enter("dmesg", request);
      for (const line of machine.logs?.["kernel"] ?? []) yield await Promise.resolve(dataOf(line));
    },
    async *events(request) {
      enter("events", request);
      yield {};
      for (const event of machine.machineEvents ?? []) yield await Promise.resolve(event);
    },
    processes(request) {
      enter("processes", request);
      return { messages: [{ processes: [...machine.processes ?? []] }] };
    },
    stats(request) {
      enter("stats", request);
      const usage = { memoryUsage: 3n << 20n, cpuUsage: 61_250_000_000n };
      return { messages: [{ stats: [{ namespace: "system", id: "apid", ...usage }] }] };
    },
    memory(request) {
      enter("memory", request);
      const meminfo = {
        ...{ memtotal: 4_194_304n, memfree: 1_048_576n, memavailable: 3_145_728n },
        ...{ cached: 524_288n, buffers: 1024n, shmem: 512n, hugepagestotal: 3n },
      };
      return { messages: [{ meminfo }] };
    },
  };
}

function dataOf(line: string): { readonly bytes: Uint8Array } {
  return { bytes: new TextEncoder().encode(line) };
}

function graphRoutes(router: ConnectRouter, { machine, enter }: Served): void {
  router.service(GraphService, {
    graph(request) {
      enter("graph", request);
      return machine.graph ?? {};
    },
    why(request) {
      enter("why", request);
      const walk = machine.why?.(request);
      if (walk === undefined) throw new ConnectError("nothing is known of it", Code.NotFound);
      return walk;
    },
  });
}

/** An event that carries a resource. */
export function eventOf(
  eventType: EventType,
  resource: ResourceInit,
  old?: ResourceInit,
): MessageInitEvent {
  return {
    eventType,
    resource: wireResource(resolveResource(resource)),
    ...(old === undefined ? {} : { old: wireResource(resolveResource(old)) }),
  };
}

/** An entry of a listing. */
export type { FileInfo };
