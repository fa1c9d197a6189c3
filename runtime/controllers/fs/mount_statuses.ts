/** Says what is mounted, as the kernel says it. */
import type { Kernel } from "../../../fs/kernel/kernel.ts";
import { mountSize } from "../../../fs/mount_size.ts";
import { mountsAt, readMounts } from "../../../fs/mountinfo.ts";
import type { MountEntry } from "../../../fs/mountinfo.ts";
import type { Log } from "../../core/ports.ts";
import type { SpecInit } from "../../core/spec_init.ts";
import type { Controller } from "../../engine/controller.ts";
import { mountStatus } from "../../resources/fs.ts";
import { mirrorController, type Source } from "../mirror.ts";

/** Milliseconds one wait for a mount lasts; the next one begins at once. */
const WAIT_MS = 60_000;

type Spec = SpecInit<typeof mountStatus>;

/** Keeps a MountStatus for each mount of this process's namespace; waits on the kernel, not on a timer. */
export function mountStatusController(kernel: Kernel): Controller {
  return mirrorController({
    name: "fs.MountStatusController",
    definition: mountStatus,
    source: mountSource(kernel),
  });
}

function mountSource(kernel: Kernel): Source<typeof mountStatus> {
  let failure: unknown;
  return {
    read(log): ReadonlyMap<string, Spec> {
      if (failure === undefined) {
        return byTarget(readMounts(kernel), (mount) => sizeOf(kernel, mount, log));
      }
      // Waiting broke down: the controller fails with it, and waits anew when it runs again.
      const error = failure;
      failure = undefined;
      throw error;
    },
    follow(changed, signal): void {
      waitForMounts(kernel, changed, signal).catch((error: unknown) => {
        failure = error;
        changed();
      });
    },
  };
}

async function waitForMounts(
  kernel: Kernel,
  changed: () => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      if (await kernel.mountsChanged(WAIT_MS, { signal })) changed();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** Mounts by mount point; the Nth over the same point, counted from the lowest, is `POINT#N`. */
function byTarget(
  entries: readonly MountEntry[],
  sizeOf: (entry: MountEntry) => bigint,
): ReadonlyMap<string, Spec> {
  const specs = new Map<string, Spec>();
  for (const [target, here] of Map.groupBy(entries, (entry) => entry.target)) {
    const visible = mountsAt(here, target);
    // What lies out of sight, under another mount above it, comes last.
    const stack = new Set(here.length === 1 ? here : [...visible, ...here]);
    for (const [index, entry] of [...stack].entries()) {
      const sizeBytes = entry === visible.at(-1) ? sizeOf(entry) : 0n;
      specs.set(index === 0 ? target : `${target}#${index + 1}`, { ...specOf(entry), sizeBytes });
    }
  }
  return specs;
}

/** What cannot be told is 0, and why goes to the log. */
function sizeOf(kernel: Kernel, entry: MountEntry, log: Log | undefined): bigint {
  const { bytes, error } = mountSize(kernel, entry);
  if (error !== undefined) log?.write("warn", "cannot tell the size of a mount", { error });
  return bytes;
}

function specOf(entry: MountEntry): Spec {
  return {
    source: entry.source,
    target: entry.target,
    fstype: entry.fstype,
    root: entry.root,
    options: [...entry.options],
    superOptions: [...entry.superOptions],
    mountId: entry.mountId,
    parentId: entry.parentId,
    readOnly: entry.options.includes("ro") || entry.superOptions.includes("ro"),
    propagation: [...entry.propagation],
  };
}
