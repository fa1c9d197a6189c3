import { join } from "@std/path/posix";
import type { Accelerator } from "./qemu.ts";
import { qemuArguments } from "./qemu.ts";
import { toolPath } from "./host_tools.ts";
import type { Workshop } from "./workshop.ts";

/** What the user may ask for. */
export const ACCELERATOR_CHOICES = ["auto", "kvm", "tcg"] as const;
export type AcceleratorChoice = (typeof ACCELERATOR_CHOICES)[number];

/** A kernel on working KVM is through in a second; KVM that hangs hangs for ever. */
const KVM_PROOF_MS_MAX = 4_000;

/** How often the console is looked at during the trial. */
const LOOK_MS = 50;

/** Printed when the kernel has come all the way to where it would start a first program. */
const KERNEL_IS_UP = "Kernel panic - not syncing";

/** What choosing takes of the workshop. */
export type TrialBench = Pick<Workshop, "cache" | "progress" | "signal">;

/**
 * Chooses the accelerator. `auto` takes KVM only when /dev/kvm opens and this kernel boots on
 * it; the verdict is kept until the host boots again, since a hanging KVM costs four seconds.
 */
export async function chooseAccelerator(
  workshop: TrialBench,
  options: { readonly choice: AcceleratorChoice; readonly kernel: string },
): Promise<Accelerator> {
  if (options.choice !== "auto") return options.choice;
  if (!(await canOpen("/dev/kvm"))) return "tcg";
  return await workshop.progress.step("accelerator", async (note) => {
    const entry = await workshop.cache.entry({
      step: "accelerator",
      inputs: [await hostBootId()],
      make: async (directory) => {
        const accelerator = (await kvmBoots(workshop, { ...options, directory })) ? "kvm" : "tcg";
        await Deno.writeTextFile(join(directory, "accelerator"), accelerator);
      },
    });
    const kvm = (await Deno.readTextFile(join(entry.path, "accelerator"))) === "kvm";
    note(kvm ? "KVM" : "TCG: KVM is here, but a kernel does not boot on it");
    return kvm ? "kvm" : "tcg";
  });
}

async function canOpen(path: string): Promise<boolean> {
  try {
    using _file = await Deno.open(path, { read: true, write: true });
    return true;
  } catch {
    return false;
  }
}

async function hostBootId(): Promise<string> {
  return await Deno.readTextFile("/proc/sys/kernel/random/boot_id").catch(() => "unknown");
}

/** Boots the bare kernel on KVM: it must get to its panic over the missing root file system. */
async function kvmBoots(
  workshop: TrialBench,
  trial: { readonly kernel: string; readonly directory: string },
): Promise<boolean> {
  const console = join(trial.directory, "console.log");
  await Deno.writeTextFile(console, "");
  const args = qemuArguments({
    accelerator: "kvm",
    kernel: trial.kernel,
    kernelArguments: ["console=ttyS0", "earlyprintk=serial,ttyS0,115200", "panic=-1"],
    disks: [],
    console,
    onReboot: "exit",
  });
  const child = new Deno.Command(await toolPath("qemu-system-x86_64"), {
    args: [...args],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const ended = child.status.then(() => true);
  try {
    const deadlineMs = performance.now() + KVM_PROOF_MS_MAX;
    while (performance.now() < deadlineMs) {
      workshop.signal.throwIfAborted();
      const gone = await Promise.race([ended, pause(LOOK_MS)]);
      if ((await Deno.readTextFile(console)).includes(KERNEL_IS_UP)) return true;
      if (gone) return false;
    }
    return false;
  } finally {
    kill(child);
    await child.status;
  }
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // It has ended by itself.
  }
}

async function pause(ms: number): Promise<false> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return false;
}
