/** How the machine is used, for the wire: by /proc. */
import { MachineError } from "../api/machine_port.ts";
import type { UsagePort } from "../api/usage_port.ts";
import type { Kernel } from "../fs/kernel/kernel.ts";
import { SyscallError } from "../fs/kernel/syscall_error.ts";
import { readProcesses, TooManyProcessesError } from "../fs/process_table.ts";
import {
  parseCpuinfo,
  parseDiskstats,
  parseLoadavg,
  parseMeminfo,
  parseNetworkDevices,
  parseSystemStat,
} from "../fs/system_usage.ts";

/** Bytes of the largest of these tables: of a thousand processors with some kilobytes each. */
const TABLE_BYTES_MAX = 4 * 1024 * 1024;

/** Makes the port. */
export function usagePort(kernel: Kernel): UsagePort {
  const table = (path: string): string => {
    try {
      return kernel.readText(path, { maxBytes: TABLE_BYTES_MAX });
    } catch (error) {
      throw machineError(error);
    }
  };
  return {
    hostname: () => table("/proc/sys/kernel/hostname").trim(),
    memory: () => parseMeminfo(table("/proc/meminfo")),
    load: () => parseLoadavg(table("/proc/loadavg")),
    system: () => parseSystemStat(table("/proc/stat")),
    processors: () => parseCpuinfo(table("/proc/cpuinfo")),
    disks: () => parseDiskstats(table("/proc/diskstats")),
    networkDevices: () => parseNetworkDevices(table("/proc/net/dev")),
    async processes(signal) {
      try {
        return await readProcesses(kernel, signal);
      } catch (error) {
        throw machineError(error);
      }
    },
  };
}

function machineError(error: unknown): unknown {
  if (error instanceof TooManyProcessesError) {
    return new MachineError("exhausted", error.message, { cause: error });
  }
  if (!(error instanceof SyscallError)) return error;
  const detail = `Cannot read "${error.subject}": the kernel says ${error.code} (${error.errno})`;
  return new MachineError(error.is("ENOENT") ? "not-found" : "denied", detail, { cause: error });
}
