/**
 * Rows of power cuts: a machine boots from what the last cut left on its disk, shows that nothing acknowledged is lost,
 * keeps more, and is cut off again. The disk after a cut is drawn from what an honest disk may have lost.
 */
// @ts-types="types/std_path_posix.d.ts"
import { join } from "@std/path/posix";
import { Draw } from "../../fuzz/draw.ts";
import { readWriteLog } from "../nbd/write_log.ts";
import { canCheckStates, checkStates, keepFailed } from "./check_states.ts";
import { type CutPlan, planCuts } from "./cut_plan.ts";
import { acknowledgedRun, type KeptRun } from "./kept_files.ts";
import { liveUntilCut } from "./machine_life.ts";
import { makeBlankBase } from "./power_disk.ts";
import { mannersAt, planStates } from "./state_plan.ts";
import { StateMaker } from "./state_maker.ts";

/** Milliseconds a machine is taken to need from the agent's first line until it has kept files, before one has shown. */
const LIFE_MS = 15_000;

/** A row to run. */
export interface CutRow {
  readonly image: string;
  /** Where the runs go; each is removed when the next one is ready, and all that is left of a failure stays. */
  readonly folder: string;
  readonly seed: number;
  readonly boots: number;
  /** States of each recorded run that are checked without a boot, where that can be done. */
  readonly statesEach: number;
  readonly say: (line: string) => void;
  /** Ends the row before its next boot; one that fails then is not held against it. */
  readonly until?: AbortSignal;
}

/** What a row showed. */
export interface RowReport {
  readonly boots: number;
  /** Boots that got ready. */
  readonly ready: number;
  /** Items acknowledged in all. */
  readonly acknowledged: number;
  /** Runs of xfs_repair that the machine needed. */
  readonly repairs: number;
  readonly states: number;
}

/** What the next boot starts from. */
interface RowState {
  readonly kept: readonly KeptRun[];
  readonly machineId: string | undefined;
  readonly lifeMs: number;
  readonly report: RowReport;
}

/** @throws {Error} Something acknowledged was lost, or a machine did not get ready; the message says where it lies. */
export async function runCutRow(row: CutRow): Promise<RowReport> {
  const draw = new Draw(row.seed);
  const plans = planCuts(draw, row.boots);
  let state: RowState = {
    kept: [],
    machineId: undefined,
    lifeMs: LIFE_MS,
    report: { boots: 0, ready: 0, acknowledged: 0, repairs: 0, states: 0 },
  };
  await makeBlankBase(runFolder(row, 0));
  for (const [run, plan] of plans.entries()) {
    if (row.until?.aborted) break;
    try {
      state = await runOnce(row, { run, plan, draw, state });
    } catch (error) {
      if (row.until?.aborted) break;
      const found = error instanceof Error ? error.message : String(error);
      const command = `deno task campaign:power boots ${row.boots} ${row.seed}`;
      throw new Error(
        `Boot ${run} of ${command}, cut at ${JSON.stringify(plan)}, fails from the disk ${
          join(runFolder(row, run), "base.img")
        }: ${found}`,
        { cause: error },
      );
    }
    await Deno.remove(runFolder(row, run), { recursive: true });
  }
  return state.report;
}

async function runOnce(
  row: CutRow,
  step: {
    readonly run: number;
    readonly plan: CutPlan;
    readonly draw: Draw;
    readonly state: RowState;
  },
): Promise<RowState> {
  const { run, plan, draw, state } = step;
  const folder = runFolder(row, run);
  const sinceMs = performance.now();
  const { image } = row;
  const { kept, machineId, lifeMs } = state;
  const life = await liveUntilCut({ image, folder, run, plan, kept, machineId, lifeMs });
  const records = Math.min(life.records, life.recordsInAll);
  const log = await readWriteLog(folder);
  const consoleText = await Deno.readFile(join(folder, "console.log"));
  const seen = records === log.length ? consoleText.length : log[records - 1]?.witness ?? 0;
  const acknowledged = acknowledgedRun(
    new TextDecoder().decode(consoleText.subarray(0, seen)),
    run,
  );
  const count = canCheckStates() && log.length > 0 ? row.statesEach : 0;
  const states = planStates(log, { count, seed: draw.below(2 ** 31) });
  if (states.length > 0) {
    const verdicts = await checkStates({ folder, before: kept, run, states });
    const failed = await keepFailed(folder, verdicts);
    if (failed.length > 0) throw new Error(failed.join("\n"));
  }
  const seed = draw.below(2 ** 31);
  if (plan.at !== "end") {
    const next = runFolder(row, run + 1);
    await Deno.mkdir(next);
    using maker = await StateMaker.open(folder, join(next, "safe.img"));
    const manners = mannersAt(log, records);
    await maker.make(join(next, "base.img"), { records, seed, manners });
  }
  const items = acknowledged.acknowledged.reduce((sum, each) => sum + each, 0);
  const seconds = ((performance.now() - sinceMs) / 1000).toFixed(1);
  const words = `${life.isReady ? "ready" : "not ready yet"}${
    life.cutByEmulator ? ", cut by its emulator" : ""
  }, ${records} of ${log.length} records`;
  row.say(
    `boot ${run + 1} of ${row.boots}: ${
      JSON.stringify(plan)
    }: ${words}, ${items} acknowledged, ${seconds} s`,
  );
  const { report } = state;
  return {
    kept: [...kept, acknowledged],
    machineId: life.told?.machineId ?? machineId,
    lifeMs: life.lifeMs ?? lifeMs,
    report: {
      boots: report.boots + 1,
      ready: report.ready + (life.isReady ? 1 : 0),
      acknowledged: report.acknowledged + items,
      repairs: report.repairs + (life.told?.repairs ?? 0),
      states: report.states + states.length,
    },
  };
}

function runFolder(row: CutRow, run: number): string {
  return join(row.folder, `run-${run}`);
}
