/** The layers of the design above the root, as values: what the boot mounts, and what the controllers keep mounted. */
import { ROOT_MOUNTS } from "../fs/mount_table.ts";
import type { WantedMount } from "../fs/mount.ts";
import { mountOverlays, overlayMount, type PersistentDirectory } from "../fs/overlays.ts";
import type { Kernel } from "../fs/kernel/kernel.ts";

/** Directories of the image that keep what is written to them unless `strata.overlays=` names others. */
export const PERSISTENT_DIRECTORIES: readonly PersistentDirectory[] = [
  { path: "/etc/kubernetes", executable: "" },
  { path: "/etc/cni", executable: "" },
  { path: "/opt", executable: "workloads install their programs there" },
];

/** What the new root carries: {@linkcode ROOT_MOUNTS}, and the overlays where /var is there to keep them. */
export function designedLayers(overlays: readonly PersistentDirectory[]): readonly WantedMount[] {
  return [
    ...ROOT_MOUNTS.map(({ source, target, fstype, data }): WantedMount => ({
      source,
      target,
      fstype,
      access: "read-write",
      executable: "",
      parameters: data.split(","),
    })),
    ...overlays.map((directory) => overlayMount(directory)),
  ];
}

/** Lays the overlays. @throws {Error} Some could not be laid; each is named, the others are there. */
export function layOverlays(kernel: Kernel, overlays: readonly PersistentDirectory[]): void {
  const failures = mountOverlays(kernel, overlays);
  if (failures.length === 0) return;
  const [first] = failures;
  const why = failures.map(({ error }) => error instanceof Error ? error.message : String(error));
  throw new Error(why.join("; "), { cause: first?.error });
}
