/** What the wire asks of the machine, answered by the kernel. */
import type {
  FileEntry,
  ListFilesRequest,
  MachinePort,
  MachineRefusal,
  MountFacts,
  VersionFacts,
} from "../api/machine_port.ts";
import { MachineError } from "../api/machine_port.ts";
import { FileRefusedError, listFilesInRoot, readFileInRoot } from "../fs/files.ts";
import type { EventPort } from "../api/event_port.ts";
import type { ServicePort } from "../api/service_port.ts";
import type { Kernel } from "../fs/kernel/kernel.ts";
import { SyscallError } from "../fs/kernel/syscall_error.ts";
import { readMounts } from "../fs/mountinfo.ts";
import type { Clock } from "../runtime/core/ports.ts";
import type { EndRequest } from "./end_request.ts";
import { kernelLogPort } from "./kernel_log_port.ts";
import { usagePort } from "./usage_port.ts";

/** What the port is made of. */
export interface MachinePortParts {
  readonly kernel: Kernel;
  readonly version: VersionFacts;
  /** Absent where this process may not end the machine it runs on. */
  readonly end?: EndRequest;
  readonly events: EventPort;
  readonly services: ServicePort;
  readonly clock: Clock;
}

/** Makes the port. Paths are seen from `/` of this process and cannot leave it. */
export function machinePort(parts: MachinePortParts): MachinePort {
  const { kernel, version, end, clock, events, services } = parts;
  return {
    services,
    events,
    kernelLog: kernelLogPort({ kernel, clock }),
    usage: usagePort(kernel),
    version: () => version,
    mounts: () => mounts(kernel),
    read: (path, signal) => refusing("read", readFileInRoot(kernel, "/", path, signal)),
    list: (request) => refusing("list", list(kernel, request)),
    end(ending): string {
      if (end === undefined) {
        throw new MachineError(
          "unsupported",
          `Cannot ${ending}: this agent runs as an ordinary process on a host; end it by a signal`,
        );
      }
      return end.ask(ending, "api");
    },
  };
}

function list(kernel: Kernel, request: ListFilesRequest): AsyncIterable<FileEntry> {
  const { root, ...listing } = request;
  return listFilesInRoot(kernel, "/", { ...listing, path: root || "/" });
}

function mounts(kernel: Kernel): readonly MountFacts[] {
  return readMounts(kernel).map(({ source, target }) => {
    const { size, available } = sizes(kernel, target);
    return { filesystem: source, size, available, mountedOn: target };
  });
}

function sizes(kernel: Kernel, target: string): { size: bigint; available: bigint } {
  try {
    return kernel.statfs(target);
  } catch (error) {
    // Hidden under another mount, or not ours to look at: shown without sizes, as df does.
    if (error instanceof SyscallError) return { size: 0n, available: 0n };
    throw error;
  }
}

async function* refusing<T>(verb: string, items: AsyncIterable<T>): AsyncIterable<T> {
  try {
    yield* items;
  } catch (error) {
    throw toMachineError(verb, error);
  }
}

function toMachineError(verb: string, error: unknown): unknown {
  if (error instanceof FileRefusedError) {
    const refusal = error.reason === "kind" ? "failed" : "invalid";
    return new MachineError(refusal, error.message, { cause: error });
  }
  if (!(error instanceof SyscallError)) return error;
  const { refusal, words } = REFUSED.get(error.code) ??
    { refusal: "failed", words: `the kernel says ${error.code} (${error.errno})` };
  const message = `Cannot ${verb} "${error.subject}": ${words}`;
  return new MachineError(refusal, message, { cause: error });
}

/**
 * What the kernel's refusals of a path mean to a caller, in words instead of the names of our calls. Absent is `not-found`;
 * what official machines tell by a plain error is `failed` (contracts/talos.md §5.1). For `denied` they have no use, since
 * they may read everything.
 */
const REFUSED: ReadonlyMap<string, { refusal: MachineRefusal; words: string }> = new Map([
  ["ENOENT", { refusal: "not-found", words: "there is no such file or directory" }],
  ["ENOTDIR", { refusal: "not-found", words: "a part of the path is no directory" }],
  ["ELOOP", { refusal: "failed", words: "a link in it loops, or is one of the kernel's own" }],
  ["ENAMETOOLONG", { refusal: "failed", words: "it is longer than 4095 bytes" }],
  ["EACCES", { refusal: "denied", words: "permission denied" }],
  ["EPERM", { refusal: "denied", words: "permission denied" }],
]);
