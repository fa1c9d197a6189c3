/**
 * Checks disk states of a recorded run without booting: the agent's own code opens the volume, so that the kernel
 * replays the log; what was acknowledged must be there; unmounted, xfs_repair finds nothing to do.
 *
 * `unshare --mount --propagation private deno run -A state_check.ts PLAN`, as root. Writes a line a state.
 */
// @ts-types="types/std_path_posix.d.ts"
import { join } from "@std/path/posix";
import type { Kernel } from "../../../fs/kernel/kernel.ts";
import { openLinux } from "../../../fs/kernel/linux.ts";
import { openVarVolume } from "../../../fs/var_volume.ts";
import { readKept } from "./keeper.ts";
import { acknowledgedRun, type KeptRun, losses } from "./kept_files.ts";
import { loopedKernel } from "./looped_kernel.ts";
import { PARTITION_AT } from "./power_disk.ts";
import { StateMaker, type StateRequest } from "./state_maker.ts";

/** What to check, as JSON in the file PLAN. */
export interface CheckPlan {
  /** The recorded run. */
  readonly folder: string;
  /** Where states are made; one at a time. */
  readonly scratch: string;
  /** What runs before this one kept. */
  readonly before: readonly KeptRun[];
  /** The number of the recorded run. */
  readonly run: number;
  /** In the order of their cuts. */
  readonly states: readonly StateRequest[];
}

/** What became of one state. */
export interface StateVerdict {
  readonly state: StateRequest;
  /** Items that had been acknowledged. */
  readonly acknowledged: number;
  readonly formatted: boolean;
  /** Runs of xfs_repair that opening it took. */
  readonly repairs: number;
  /** What is wrong; empty where all is well. */
  readonly faults: readonly string[];
}

/** Where the lanes' files are on the volume itself. */
const LANES = ["kept", "system/overlays/etc-kubernetes/upper/kept"];

async function checkState(
  kernel: Kernel,
  image: string,
  options: { readonly target: string; readonly runs: readonly KeptRun[] },
): Promise<Omit<StateVerdict, "state" | "acknowledged">> {
  const { target, runs } = options;
  using undo = new DisposableStack();
  const { size } = await Deno.stat(image);
  const place = ["--offset", PARTITION_AT, "--sizelimit", size - 2 * PARTITION_AT];
  const device = tool("losetup", ["--find", "--show", ...place.map(String), image]).text.trim();
  undo.defer(() => tool("losetup", ["--detach", device]));
  const facts = await openVarVolume(loopedKernel(kernel, { image, partition: device }), {
    target,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
  const seen = {
    formatted: facts.formattedNow,
    repairs: facts.repairs.length,
  };
  if (facts.phase !== "ready") {
    const refused = facts.refused.map(({ disk, reason }) => `${disk} ${reason}`);
    return { ...seen, faults: [`is ${facts.phase}: ${facts.error}`, ...refused] };
  }
  const warnings = facts.warning === "" ? [] : [facts.warning];
  const discarded = facts.repairs.filter(({ logDiscarded }) => logDiscarded).map(({ reason }) =>
    `lost its log: ${reason}`
  );
  const lost = losses(runs, (lane, name) => readKept(join(target, LANES[lane] ?? "", name)));
  kernel.unmount(target);
  const { code, text } = tool("xfs_repair", ["-n", device], { mayFail: true });
  const isClean = code === 0 && !/dirty log|ALERT|would/.test(text);
  const unclean = isClean ? [] : [`xfs_repair -n ended with ${code}: ${text}`];
  return { ...seen, faults: [...warnings, ...discarded, ...lost, ...unclean] };
}

function tool(
  program: string,
  args: readonly string[],
  options: { readonly mayFail?: boolean } = {},
): { readonly code: number; readonly text: string } {
  const PATH = `${Deno.env.get("PATH")}:/usr/sbin:/sbin`;
  const { code, stdout, stderr } = new Deno.Command(program, { args: [...args], env: { PATH } })
    .outputSync();
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  if (code !== 0 && options.mayFail !== true) {
    throw new Error(`Cannot run ${program} ${args.join(" ")}: ${text}`);
  }
  return { code, text };
}

async function main(planPath: string): Promise<void> {
  const plan: CheckPlan = JSON.parse(await Deno.readTextFile(planPath));
  const kernel = openLinux();
  const target = await Deno.makeTempDir({ dir: plan.scratch, prefix: "mount-" });
  const console = await Deno.readFile(join(plan.folder, "console.log"));
  using maker = await StateMaker.open(plan.folder, join(target, "../safe.img"));
  const image = join(plan.scratch, "state.img");
  for (const state of plan.states) {
    await maker.make(image, state);
    const said = new TextDecoder().decode(console.subarray(0, maker.witnessAt(state.records)));
    const run = acknowledgedRun(said, plan.run);
    const acknowledged = run.acknowledged.reduce((sum, items) => sum + items, 0);
    const checked = await checkState(kernel, image, { target, runs: [...plan.before, run] });
    await Deno.remove(image);
    const verdict: StateVerdict = { state, acknowledged, ...checked };
    await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(verdict)}\n`));
  }
  await Deno.remove(target);
}

if (import.meta.main) await main(Deno.args[0] ?? "");
