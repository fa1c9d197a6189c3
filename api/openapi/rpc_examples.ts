/** A request of each RPC, in JSON, that a machine or a host can answer. */
import type { DescMethod, JsonValue } from "@bufbuild/protobuf";

const MACHINE = {
  namespace: "runtime",
  type: "MachineStatuses.runtime.strata",
  id: "machine",
} as const;
const FILE = { namespace: "fs", type: "EtcFileSpecs.fs.strata", id: "motd" } as const;
/** `EtcFileSpec { contents: "hi\n" }`, as a message. */
const FILE_SPEC = { protoSpec: "CgNoaQo=" } as const;

/** The examples by `PACKAGE.SERVICE/METHOD`. */
const EXAMPLES: Readonly<Record<string, JsonValue>> = {
  "cosi.resource.State/Get": MACHINE,
  "cosi.resource.State/List": { namespace: MACHINE.namespace, type: MACHINE.type },
  "cosi.resource.State/Create": {
    resource: { metadata: { ...FILE, version: "undefined", phase: "running" }, spec: FILE_SPEC },
  },
  "cosi.resource.State/Update": {
    newResource: { metadata: { ...FILE, version: "1", phase: "running" }, spec: FILE_SPEC },
    options: { expectedPhase: "running" },
  },
  "cosi.resource.State/Destroy": FILE,
  "cosi.resource.State/Watch": {
    namespace: MACHINE.namespace,
    type: MACHINE.type,
    options: { bootstrapContents: true },
    apiVersion: 1,
  },
  "cosi.resource.State/Teardown": FILE,
  "cosi.resource.State/TeardownAndDestroy": FILE,
  "machine.MachineService/List": { root: "/etc" },
  "machine.MachineService/Read": { path: "/etc/hosts" },
  "machine.MachineService/Reboot": { mode: "DEFAULT" },
  "machine.MachineService/Events": { tailEvents: -1 },
  "machine.MachineService/Dmesg": { follow: false },
  "machine.MachineService/Logs": { namespace: "system", id: "apid", tailLines: -1 },
  "machine.MachineService/ServiceRestart": { id: "apid" },
  "machine.MachineService/ServiceStart": { id: "apid" },
  "machine.MachineService/ServiceStop": { id: "apid" },
  "machine.MachineService/Stats": { namespace: "system" },
  "machine.MachineService/Shutdown": { force: false },
  "strata.runtime.v1.GraphService/Why": MACHINE,
  "grpc.reflection.v1.ServerReflection/ServerReflectionInfo": { listServices: "" },
  "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": { listServices: "" },
};

/** The example of a method; one that needs nothing is asked for nothing. */
export function rpcExample({ parent, name }: DescMethod): JsonValue {
  return EXAMPLES[`${parent.typeName}/${name}`] ?? {};
}
