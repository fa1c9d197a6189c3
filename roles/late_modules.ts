/** Modules that the boot does not wait for before it needs them. */
import type { Kernel } from "../fs/kernel/kernel.ts";
import { loadModules } from "../fs/modules.ts";

/** What comes after the root. Each is optional: the machine may lack the device. */
const LATE_MODULES = ["i6300esb", "virtio_net", "qemu_fw_cfg", "virtio_blk", "xfs", "overlay"];

/** Modules that are being loaded while the boot goes on. */
export interface LateModules {
  /** Waits for some of them. @throws The first refusal. */
  loaded(...names: readonly string[]): Promise<void>;
}

/** Begins to load {@linkcode LATE_MODULES}, all at once: the kernel works on other processors than ours. */
export function lateModules(kernel: Kernel, directory: string): LateModules {
  const loads = new Map<string, Promise<void>>();
  for (const name of LATE_MODULES) {
    const load = loadModules(kernel, { directory, names: [name] });
    load.catch(() => {}); // Told where it is waited for.
    loads.set(name, load);
  }
  return {
    async loaded(...names): Promise<void> {
      for (const name of names) {
        await (loads.get(name) ?? loadModules(kernel, { directory, names: [name] }));
      }
    },
  };
}
