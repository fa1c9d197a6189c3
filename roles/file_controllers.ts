/** The controllers that keep mounts and files of /etc as the resources say; a process on a host has none of them. */
import type { Kernel } from "../fs/kernel/kernel.ts";
import { etcFileController } from "../runtime/controllers/fs/etc_files.ts";
import { hostnameFileController } from "../runtime/controllers/fs/hostname_file.ts";
import { hostsFileController } from "../runtime/controllers/fs/hosts_file.ts";
import { machineIdFileController } from "../runtime/controllers/fs/machine_id_file.ts";
import { mountController } from "../runtime/controllers/fs/mounts.ts";
import { resolvConfController } from "../runtime/controllers/fs/resolv_conf.ts";
import { hostnameController } from "../runtime/controllers/network/hostname.ts";
import type { Engine } from "../runtime/engine/engine.ts";

/** Takes them in. */
export async function registerFileControllers(engine: Engine, kernel: Kernel): Promise<void> {
  await engine.registerQueue(mountController(kernel));
  await engine.register(etcFileController(kernel));
  await engine.register(hostsFileController());
  await engine.register(hostnameFileController());
  await engine.register(resolvConfController());
  await engine.register(machineIdFileController());
  await engine.register(hostnameController(kernel));
}
