/**
 * A service's process that is begun before the runtime is read which will keep it: its own runtime starts beside the boot
 * then. The supervisor takes it when it comes to start the same process itself.
 */
import type { Kernel } from "../fs/kernel/kernel.ts";
import type { ProcessRequest, RunningProcess } from "../fs/kernel/process_calls.ts";
import type { ServiceProcesses } from "../runtime/controllers/services/service_world.ts";
import { APID_LAUNCH, APID_LIMITS, APID_SERVICE } from "./apid_launch.ts";
import { APID_DIRECTORY, APID_DIRECTORY_MODE } from "./apid_sockets.ts";
import { serviceCgroups } from "./service_cgroups.ts";

/** Source: asm-generic/signal.h. */
const SIGKILL = 9;

/** A process, and as what it was begun. */
export interface HeadStart {
  readonly request: ProcessRequest;
  readonly process: RunningProcess;
}

/**
 * Begins the network face. The cgroups of services must be there; it waits by itself for the sockets of the machine.
 *
 * @throws {SyscallError} Its directory or its cgroup cannot be made, or the process not begun.
 */
export function beginNetworkFace(kernel: Kernel): HeadStart {
  // It must be there before the process sees its root.
  kernel.mkdir(APID_DIRECTORY, APID_DIRECTORY_MODE);
  const cgroups = serviceCgroups(kernel);
  cgroups.make(APID_SERVICE, APID_LIMITS);
  const request = { ...APID_LAUNCH, cgroup: cgroups.path(APID_SERVICE) };
  return { request, process: kernel.startProcess(request) };
}

/** Hands the process out when the same is to be started; one that is to be started otherwise is killed first. */
export function withHeadStart(
  processes: ServiceProcesses,
  early: HeadStart | undefined,
): ServiceProcesses {
  let left = early;
  return {
    start(request) {
      if (left === undefined || left.request.cgroup !== request.cgroup) {
        return processes.start(request);
      }
      const { request: begun, process } = left;
      left = undefined;
      if (keyOf(begun) === keyOf(request)) return process;
      processes.signal(process.pid, SIGKILL);
      for (const output of [process.stdout, process.stderr]) output.cancel().catch(() => {});
      return processes.start(request);
    },
    signal: (pid, signal) => processes.signal(pid, signal),
  };
}

/** Equal for requests that start the same process. Both are made in the same order: apid_service_test.ts holds them to it. */
function keyOf(request: ProcessRequest): string {
  return JSON.stringify(request, (_, value) => typeof value === "bigint" ? `${value}` : value);
}
