/** Says what is mounted, as the kernel says it. */
import type { Kernel } from "../../../fs/kernel/kernel.ts";
import { readMounts } from "../../../fs/mountinfo.ts";
import type { MountEntry } from "../../../fs/mountinfo.ts";
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
    read(): ReadonlyMap<string, Spec> {
      if (failure === undefined) return byTarget(readMounts(kernel));
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
function byTarget(entries: readonly MountEntry[]): ReadonlyMap<string, Spec> {
  const specs = new Map<string, Spec>();
  const seen = new Map<string, number>();
  for (const entry of entries) {
    const count = (seen.get(entry.target) ?? 0) + 1;
    seen.set(entry.target, count);
    specs.set(count === 1 ? entry.target : `${entry.target}#${count}`, specOf(entry));
  }
  return specs;
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
  };
}
