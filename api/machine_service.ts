/** Serves the machine as machine.MachineService: facts of contracts/talos.md §5.1. */
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import {
  ListRequest_Type as FileType,
  type MachineService as MachineDescriptor,
  RebootRequest_Mode as RebootMode,
} from "../proto/gen/machine/machine_pb.ts";
import { goFileMode } from "./file_mode.ts";
import { machineEvents } from "./machine_events.ts";
import { machineLogs } from "./machine_logs.ts";
import type { ListFilesRequest, MachinePort } from "./machine_port.ts";
import { machineServices } from "./machine_services.ts";
import { machineUsage } from "./machine_usage.ts";

const FILE_TYPES = {
  [FileType.REGULAR]: "file",
  [FileType.DIRECTORY]: "directory",
  [FileType.SYMLINK]: "symlink",
} as const satisfies Record<FileType, ListFilesRequest["types"][number]>;

/** Makes the methods. What the machine refuses, errors.ts gives a code. */
export function machineService(machine: MachinePort): ServiceImpl<typeof MachineDescriptor> {
  return {
    ...machineServices(machine.services),
    ...machineLogs(machine),
    ...machineEvents(machine.events),
    ...machineUsage(machine.usage),

    version() {
      const { tag, sha, built, runtime, os, arch, platform, mode } = machine.version();
      return {
        messages: [{
          version: { tag, sha, built, goVersion: runtime, os, arch },
          platform: { name: platform, mode },
          features: { rbac: true },
        }],
      };
    },

    mounts() {
      return { messages: [{ stats: [...machine.mounts()] }] };
    },

    async *read({ path }, { signal }) {
      if (path === "") throw new ConnectError("there is no file without a name", Code.NotFound);
      for await (const bytes of machine.read(fromRoot(path), signal)) yield { bytes };
    },

    async *list(request, { signal }) {
      const types = request.types.map(fileType);
      // Names of entries begin with the root as it is given, but for a slash at its end.
      const root = fromRoot(request.root).replace(/(?<=.)\/$/, "");
      const wanted = { root, depth: depthOf(request), types, attributes: request.reportXattrs };
      for await (const entry of machine.list({ ...wanted, signal })) {
        yield {
          ...entry,
          mode: goFileMode(entry.type, entry.mode),
          isDir: entry.type === "directory",
          xattrs: [...entry.attributes],
        };
      }
    },

    reboot({ mode }) {
      // DEFAULT needs no kernel for kexec and POWERCYCLE is what reboot(2) does; FORCE would skip the ordered end.
      if (mode === RebootMode.FORCE) {
        throw unimplemented("mode FORCE: it may be DEFAULT or POWERCYCLE");
      }
      if (RebootMode[mode] === undefined) {
        throw invalid(`mode is ${mode}, and may be DEFAULT or POWERCYCLE`);
      }
      return { messages: [{ actorId: machine.end("restart") }] };
    },

    shutdown({ force }) {
      if (force) throw unimplemented("force: it may be false");
      return { messages: [{ actorId: machine.end("power-off") }] };
    },
  };
}

/** Direct children unless `recurse`; then all levels, or as many as asked for. */
function depthOf(
  { recurse, recursionDepth }: { recurse: boolean; recursionDepth: number },
): number {
  if (recursionDepth < 0) {
    throw invalid(`recursion_depth is ${recursionDepth}, and may be 0 (all levels) or more`);
  }
  if (!recurse) return 1;
  return recursionDepth === 0 ? Infinity : recursionDepth;
}

function fileType(type: FileType): ListFilesRequest["types"][number] {
  const known: ListFilesRequest["types"][number] | undefined = FILE_TYPES[type];
  if (known === undefined) {
    throw invalid(`type is ${type}, and may be REGULAR, DIRECTORY or SYMLINK`);
  }
  return known;
}

/** The path as the machine sees it: clients may leave out the slash at its front, as official ones do. */
function fromRoot(path: string): string {
  if (path.includes("\0")) {
    throw invalid(`path is ${JSON.stringify(path.slice(0, 256))}, and may be one without NUL`);
  }
  return path.startsWith("/") ? path : `/${path}`;
}

function invalid(detail: string): ConnectError {
  return new ConnectError(detail, Code.InvalidArgument);
}

function unimplemented(detail: string): ConnectError {
  return new ConnectError(`not supported: ${detail}`, Code.Unimplemented);
}
