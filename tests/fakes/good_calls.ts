/** Calls that go well, at least one for each method that is served. */
import { RebootRequest_Mode as Mode } from "../../proto/gen/machine/machine_pb.ts";
import { etcFileSpec } from "../../runtime/resources/fs.ts";
import { type ApiFixture, opaqueResource } from "./api.ts";
import type { PathCall } from "./both_paths.ts";

type GoodCall = Omit<PathCall, "method">;

const KIND = { namespace: "default", type: "os/test" };
const A = { ...KIND, id: "a" };
const AS_ME = { options: { owner: "me" } };

async function fill({ state }: ApiFixture): Promise<void> {
  await state.create(opaqueResource("b", { proto: Uint8Array.of(1), labels: { n: "2" } }));
  await state.create(opaqueResource("a", { yaml: "y\n" }));
  await state.create(opaqueResource("c", { proto: new Uint8Array(0), finalizers: ["keeper"] }));
  await state.create(opaqueResource("mine", { owner: "me" }), { owner: "me" });
  await state.create(etcFileSpec.newResource("hosts", { contents: "x\n", mode: 0o644 }));
}

function call(request: Readonly<Record<string, unknown>>, more: Partial<GoodCall> = {}): GoodCall {
  return { requests: [request], setUp: fill, ...more };
}

function wire(id: string, version: string, change: Readonly<Record<string, unknown>> = {}) {
  const names = { ...KIND, id, version, phase: "running" };
  return { metadata: { ...names, ...change }, spec: { yamlSpec: "new\n" } };
}

const KNOWN = { namespace: etcFileSpec.namespace, type: etcFileSpec.type, id: "hosts" };
const BOOTSTRAP = { bootstrapContents: true, bootstrapBookmark: true };

const STATE: Readonly<Record<string, readonly GoodCall[]>> = {
  Get: [call(A), call({ ...A, options: {} }), call(KNOWN), call({ ...KIND, id: "c" })],
  List: [
    call(KIND),
    call({ ...KIND, type: "none" }),
    call({ ...KIND, options: { idQuery: { regexp: "^[bc]$" } } }),
    call({ ...KIND, options: { labelQuery: [{ terms: [{ key: "n", op: 1, value: ["2"] }] }] } }),
    call({ namespace: KNOWN.namespace, type: KNOWN.type }),
  ],
  Create: [
    call({ resource: wire("new", "undefined") }),
    call({ resource: wire("new", "7", { owner: "me", labels: { a: "" } }), ...AS_ME }),
  ],
  Update: [
    call({ newResource: wire("a", "1"), options: {} }),
    call({ newResource: wire("a", "1"), options: { expectedPhase: "running" } }),
    call({ newResource: wire("mine", "1", { owner: "me" }), ...AS_ME }),
  ],
  Destroy: [call(A), call({ ...KIND, id: "mine", ...AS_ME })],
  Teardown: [call(A), call({ ...KIND, id: "c" }), call({ ...KIND, id: "mine", ...AS_ME })],
  TeardownAndDestroy: [call(A), call({ ...KIND, id: "mine", ...AS_ME })],
  Watch: [
    call(KIND, { enough: 1 }),
    call({ ...A, apiVersion: 1 }, { enough: 2 }),
    call({ ...KIND, id: "" }, { enough: 2 }),
    call({ ...KIND, apiVersion: 1, options: BOOTSTRAP }, { enough: 7 }),
    call({ ...KIND, apiVersion: 0, options: BOOTSTRAP }, { enough: 6 }),
    call({ ...KIND, apiVersion: 1, options: { ...BOOTSTRAP, aggregated: true } }, { enough: 2 }),
    call({ ...KIND, apiVersion: 1, options: { tailEvents: 2 } }, { enough: 3 }),
  ],
};

const MACHINE: Readonly<Record<string, readonly GoodCall[]>> = {
  List: [
    call({ root: "/etc" }, {
      setUp: ({ machine }) => {
        const owner = { uid: 0, gid: 0 };
        const attributes = [{ name: "user.a", data: new Uint8Array([0, 255]) }];
        const entry = { size: 1n, mode: 0o644, modified: 1n, link: "", attributes, error: "" };
        machine.entries = [
          { ...entry, ...owner, name: "/etc", relativeName: ".", type: "directory" },
          { ...entry, ...owner, name: "/etc/hosts", relativeName: "hosts", type: "file" },
        ];
      },
    }),
    call({}),
  ],
  CPUInfo: [call({})],
  DiskStats: [call({})],
  Dmesg: [call({}), call({ follow: true, tail: true })],
  Events: [
    call({ tailEvents: -1 }, {
      setUp: ({ machine }) => {
        const health = { known: true, healthy: true, message: "", changed: 1n };
        const unmet = [{ name: "var", reason: "full" }];
        const event = { id: "0", actorId: "me" };
        machine.events.told = [
          { ...event, facts: { kind: "sequence", sequence: "boot", action: "start" } },
          { ...event, facts: { kind: "phase", phase: "var", action: "stop" } },
          {
            ...event,
            facts: { kind: "service", service: "apid", state: "running", message: "", health },
          },
          {
            ...event,
            facts: { kind: "machine-status", stage: "running", ready: false, unmet },
          },
        ];
      },
    }),
    call({ tailSeconds: 60, withActorId: "me" }),
  ],
  Hostname: [call({})],
  LoadAvg: [call({})],
  Logs: [call({ namespace: "system", id: "apid", tailLines: -1 }), call({ id: "apid" })],
  LogsContainers: [call({})],
  Memory: [call({})],
  Mounts: [call({})],
  NetworkDeviceStats: [call({})],
  Processes: [call({})],
  Read: [call({ path: "/etc/hosts" })],
  ServiceList: [call({})],
  ServiceRestart: [call({ id: "apid" })],
  ServiceStart: [call({ id: "apid" })],
  ServiceStop: [call({ id: "apid" })],
  Stats: [call({}), call({ namespace: "system" })],
  SystemStat: [call({})],
  Reboot: [call({}), call({ mode: Mode.POWERCYCLE })],
  Shutdown: [call({})],
  Version: [call({})],
};

const GRAPH: Readonly<Record<string, readonly GoodCall[]>> = {
  Graph: [call({})],
  Why: [call(A)],
};

const HEALTH: Readonly<Record<string, readonly GoodCall[]>> = {
  Check: [
    call({}),
    call({ service: "cosi.resource.State" }),
    call({}, {
      setUp: ({ health }) => {
        health.now = { ready: false, unmet: ["x"] };
      },
    }),
  ],
  List: [call({})],
  Watch: [call({}, { enough: 1 }), call({ service: "none" }, { enough: 1 })],
};

const questions = [
  { listServices: "" },
  { fileByFilename: "cosi/resource/state.proto" },
  { fileContainingSymbol: "machine.MachineService.List" },
  { fileContainingSymbol: "no.such.Symbol" },
].map((question) => Object.entries(question).map(([name, value]) => ({ case: name, value })));

const REFLECTION: Readonly<Record<string, readonly GoodCall[]>> = {
  ServerReflectionInfo: [
    { requests: [] },
    { requests: questions.flat().map((messageRequest) => ({ host: "h", messageRequest })) },
  ],
};

/** By path. */
export const GOOD_CALLS: Readonly<Record<string, readonly GoodCall[]>> = Object.fromEntries(
  Object.entries({
    "cosi.resource.State": STATE,
    "machine.MachineService": MACHINE,
    "strata.runtime.v1.GraphService": GRAPH,
    "grpc.health.v1.Health": HEALTH,
    "grpc.reflection.v1.ServerReflection": REFLECTION,
    "grpc.reflection.v1alpha.ServerReflection": REFLECTION,
  }).flatMap(([service, methods]) =>
    Object.entries(methods).map(([name, calls]) => [`/${service}/${name}`, calls])
  ),
);
