/** The kernel this process runs on. */
import { openBlockDevice } from "./block_device.ts";
import { childCalls } from "./children.ts";
import { createMapped, mappedDevice, removeMapped } from "./device_mapper.ts";
import { fileCalls } from "./files.ts";
import type { Kernel } from "./kernel.ts";
import { LAUNCHER } from "./launch_steps.ts";
import { openLibc } from "./libc.ts";
import { openKernelLog } from "./kernel_log.ts";
import { attachLoop } from "./loop_device.ts";
import { loadModule } from "./modules.ts";
import { mountEvents } from "./mount_events.ts";
import { mountCalls } from "./mounts.ts";
import { networkCalls } from "./network.ts";
import { selfCalls } from "./own_process.ts";
import { powerCalls } from "./power.ts";
import { serviceCalls } from "./service_processes.ts";
import { toolCalls } from "./tools.ts";
import { openWatchdog } from "./watchdog.ts";
import { renewXfsCopies } from "./xfs_copies.ts";

/**
 * Opens Linux (x86-64, glibc, 6.5 and later). Needs every permission of Deno, and of Linux what each call needs.
 *
 * To be called once, on the thread that will use it: children owned by one are orphans to another.
 *
 * @param options `at once` binds every function of the C library now; otherwise each when it is first used. `launcher`
 * is the program that begins services' processes, where it is not the image's.
 * @throws {Error} `at once`: the library lacks one.
 */
export function openLinux(
  options: { readonly bind?: "at once"; readonly launcher?: string } = {},
): Kernel {
  const libc = openLibc(options.bind ?? "late");
  const files = fileCalls(libc);
  const children = childCalls(libc, files);
  const { ownChild } = children;
  const { launcher = LAUNCHER } = options;
  return {
    ...mountCalls(libc),
    ...mountEvents(libc),
    ...files,
    attachLoop: (file) => attachLoop(libc, file),
    createMapped: (request) => createMapped(libc, request),
    removeMapped: (name) => removeMapped(libc, name),
    mappedDevice: (name) => mappedDevice(libc, name),
    openBlockDevice: (path, options) => openBlockDevice(libc, path, options),
    renewXfsCopies: (path) => renewXfsCopies(libc, path),
    openWatchdog: (path, timeoutSeconds) => openWatchdog(libc, path, timeoutSeconds),
    loadModule: (path, parameters) => loadModule(libc, path, parameters),
    ...children,
    ...toolCalls(ownChild),
    ...serviceCalls(libc, { files, ownChild, launcher }),
    ...selfCalls(libc),
    ...networkCalls(libc),
    openKernelLog: (from) => openKernelLog(libc, from),
    ...powerCalls(libc),
  };
}
