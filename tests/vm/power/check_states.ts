/** Checks states of a recorded run, in a mount namespace of its own; those that fail are kept to be looked at. */
// @ts-types="types/std_path_posix.d.ts"
import { join } from "@std/path/posix";
import type { CheckPlan, StateVerdict } from "./state_check.ts";
import { StateMaker, type StateRequest } from "./state_maker.ts";

/** Milliseconds that all states of one call may take. */
const CHECK_MS_MAX = 1_800_000;

/** States kept of one call: each is some megabytes. */
const KEPT_MAX = 5;

/** Whether states can be checked here: that takes mounts and loop devices. */
export function canCheckStates(): boolean {
  return Deno.uid() === 0;
}

/** @throws {Error} The check itself fails. */
export async function checkStates(
  plan: Omit<CheckPlan, "scratch">,
): Promise<readonly StateVerdict[]> {
  const scratch = await Deno.makeTempDir({ prefix: "strata-states-" });
  try {
    const planPath = join(scratch, "plan.json");
    await Deno.writeTextFile(planPath, JSON.stringify({ ...plan, scratch }));
    const program = new URL("state_check.ts", import.meta.url).href;
    const deno = [Deno.execPath(), "run", "--allow-all", "--no-check", program, planPath];
    const { code, stdout, stderr } = await new Deno.Command("unshare", {
      args: ["--mount", "--propagation", "private", ...deno],
      cwd: new URL("../../..", import.meta.url),
      env: { NO_COLOR: "1" },
      signal: AbortSignal.timeout(CHECK_MS_MAX),
    }).output();
    const lines = new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
    if (code !== 0 || lines.length !== plan.states.length) {
      const said = new TextDecoder().decode(stderr);
      throw new Error(`Cannot check states, ${lines.length} were, it ended with ${code}: ${said}`);
    }
    return lines.map((line) => JSON.parse(line));
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

/** Makes the first states that have faults once more. @returns A paragraph for each. */
export async function keepFailed(
  folder: string,
  verdicts: readonly StateVerdict[],
): Promise<readonly string[]> {
  const failed = verdicts.filter(({ faults }) => faults.length > 0).slice(0, KEPT_MAX);
  const told: string[] = [];
  for (const { state, faults } of failed) {
    const path = join(folder, `state-${state.records}-${state.seed}.img`);
    await makeState(folder, { path, state });
    const { records, seed, manners: { atomicBytes } } = state;
    const command = `deno task campaign:power state ${folder} ${records} ${seed} ${atomicBytes}`;
    told.push([`${path}, made again by ${command}`, ...faults].join("\n  "));
  }
  return told;
}

/** Makes one state of the run in `folder`. */
export async function makeState(
  folder: string,
  options: { readonly path: string; readonly state: StateRequest },
): Promise<void> {
  using maker = await StateMaker.open(folder, `${options.path}.safe`);
  await maker.make(options.path, options.state);
}
