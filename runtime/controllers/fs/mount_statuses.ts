/** Says what is mounted, as the kernel says it. */
import type { Kernel } from "../../../fs/kernel/kernel.ts";
import { mountsAt, readMounts } from "../../../fs/mountinfo.ts";
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
  for (const [target, here] of Map.groupBy(entries, (entry) => entry.target)) {
    // What lies out of sight, under another mount above it, comes last.
    const stack = new Set(here.length === 1 ? here : [...mountsAt(here, target), ...here]);
    for (const [index, entry] of [...stack].entries()) {
      specs.set(index === 0 ? target : `${target}#${index + 1}`, specOf(entry));
    }
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
