/** The cgroups of services, below one of the machine's. */
import {
  CGROUP,
  type CgroupLimits as KernelLimits,
  cgroupUsage,
  limitCgroup,
  makeCgroup,
  removeCgroup,
} from "../fs/cgroup.ts";
import type { FileCalls } from "../fs/kernel/kernel.ts";
import { SyscallError } from "../fs/kernel/syscall_error.ts";
import type {
  CgroupLimits,
  ServiceCgroups,
} from "../runtime/controllers/services/service_world.ts";

/** Makes them in `directory`, {@linkcode CGROUP}.services unless given, whose controllers are enabled. */
export function serviceCgroups(kernel: FileCalls, directory = CGROUP.services): ServiceCgroups {
  const path = (name: string): string => `${directory}/${name}`;
  return {
    path,
    make: (name, limits) => makeCgroup(kernel, path(name), kernelLimits(limits)),
    limit: (name, limits) => limitCgroup(kernel, path(name), kernelLimits(limits)),
    kill(name) {
      unlessGone(() => {
        kernel.writeFile(`${path(name)}/cgroup.kill`, "1", { mode: 0o200, direct: true });
      });
    },
    isPopulated(name) {
      const events = unlessGone(() => kernel.readText(`${path(name)}/cgroup.events`));
      return events?.split("\n").includes("populated 1") ?? false;
    },
    remove: (name) => removeCgroup(kernel, path(name)),
    usage(name) {
      return unlessGone(() => {
        const { memoryBytes, ...rest } = cgroupUsage(kernel, path(name));
        return { memory: memoryBytes, ...rest };
      });
    },
  };
}

/** No bound is 0 in a spec, and absent to the kernel's side. */
function kernelLimits(limits: CgroupLimits): KernelLimits {
  const { memoryMax, memoryMin, processesMax, cpuWeight, cpuMax } = limits;
  return {
    ...(memoryMax === 0n ? {} : { memoryMaxBytes: memoryMax }),
    memoryMinBytes: memoryMin,
    processesMax,
    cpuWeight,
    ...(cpuMax === 0 ? {} : { cpuMaxThousandths: cpuMax }),
  };
}

/** What `act` gives; undefined where the cgroup is missing, or goes just then. */
function unlessGone<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof SyscallError && error.is("ENOENT", "ENODEV")) return undefined;
    throw error;
  }
}
