/**
 * Rows of power cuts under a writing etcd: a machine boots from what the last cut left on its disk, its etcd starts and
 * has everything that it had acknowledged, puts more, and is cut off again. The disk after a cut is drawn from what an
 * honest disk may have lost.
 */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
// @ts-types="types/std_path_posix.d.ts"
import { join } from "@std/path/posix";
import { Draw } from "../../fuzz/draw.ts";
import { readWriteLog } from "../nbd/write_log.ts";
import { probe } from "../probe_client.ts";
import { declare, ETCD, untilHealthy, WORKLOAD_IMAGE } from "../workload/workload_services.ts";
import { acknowledgedPuts } from "./etcd_keys.ts";
import type { KeptRun } from "./kept_files.ts";
import { makeBlankBase } from "./power_disk.ts";
import { startRecorded } from "./recorded_machine.ts";
import { StateMaker } from "./state_maker.ts";
import { mannersAt } from "./state_plan.ts";

/** Items a lane puts in one life: more than any cut waits for. */
const ITEMS = 2_000;

/** Items a lane puts in the last life, which ends in order. */
const LAST_ITEMS = 8;

/** Records drawn over: etcd makes its directory with some sixty, and puts some hundred in seconds. */
const RECORDS = { start: 60, puts: 800 } as const;

/** When the power goes: that many records after etcd began, or after its first answer. */
interface EtcdCut {
  readonly after: "start" | "puts";
  readonly more: number;
}

/** A row to run. */
export interface EtcdRow {
  /** Where the runs go; each is removed when the next one is ready, and all that is left of a failure stays. */
  readonly folder: string;
  readonly seed: number;
  /** Power cuts; there is one boot more. */
  readonly cuts: number;
  readonly say: (line: string) => void;
}

/** What a row showed. */
export interface EtcdReport {
  readonly cuts: number;
  /** Transactions that etcd acknowledged before a cut. */
  readonly acknowledged: number;
}

/** @throws {Error} Something acknowledged was lost, or etcd did not start; the message says where it lies. */
export async function runEtcdRow(row: EtcdRow): Promise<EtcdReport> {
  const draw = new Draw(row.seed);
  let kept: readonly KeptRun[] = [];
  await makeBlankBase(runFolder(row, 0));
  for (let run = 0; run <= row.cuts; run++) {
    const folder = runFolder(row, run);
    // The first one has etcd make its directory, and is cut when there is something to lose.
    const after = run === 0 || !draw.once(4) ? "puts" : "start";
    const cut = run === row.cuts
      ? undefined
      : { after, more: draw.below(RECORDS[after]) + 1 } as const;
    try {
      kept = [...kept, await liveOnce(row, { folder, run, kept, cut, draw })];
    } catch (error) {
      const found = error instanceof Error ? error.message : String(error);
      const again = `deno task campaign:etcd ${row.cuts} ${row.seed}`;
      const where = `from the disk ${join(folder, "base.img")}`;
      throw new Error(`Boot ${run} of ${again} fails ${where}: ${found}`, { cause: error });
    }
    await Deno.remove(folder, { recursive: true });
  }
  return { cuts: row.cuts, acknowledged: kept.reduce((sum, each) => sum + countOf(each), 0) };
}

interface EtcdLife {
  readonly folder: string;
  readonly run: number;
  readonly kept: readonly KeptRun[];
  /** Undefined for the last one. */
  readonly cut: EtcdCut | undefined;
  readonly draw: Draw;
}

/** @returns What was acknowledged by the cut. */
async function liveOnce(row: EtcdRow, life: EtcdLife): Promise<KeptRun> {
  const { folder, run, cut, draw } = life;
  const sinceMs = performance.now();
  const records = await livedRecords(life);
  const log = await readWriteLog(folder);
  const console = await Deno.readFile(join(folder, "console.log"));
  const seen = records < log.length ? log[records - 1]?.witness ?? 0 : console.length;
  const told = acknowledgedPuts(new TextDecoder().decode(console.subarray(0, seen)), run);
  if (cut !== undefined) {
    const next = runFolder(row, run + 1);
    await Deno.mkdir(next);
    using maker = await StateMaker.open(folder, join(next, "safe.img"));
    const state = { records, seed: draw.below(2 ** 31), manners: mannersAt(log, records) };
    await maker.make(join(next, "base.img"), state);
  }
  const seconds = ((performance.now() - sinceMs) / 1000).toFixed(1);
  const end = cut === undefined ? "in order" : `${cut.more} records after ${cut.after}`;
  const counts = `${records} of ${log.length} records, ${countOf(told)} acknowledged`;
  row.say(`boot ${run + 1} of ${row.cuts + 1}: ends ${end}: ${counts}, ${seconds} s`);
  return told;
}

/** Lives until the cut, or in order. @returns Records that had come by then. */
async function livedRecords({ folder, run, kept, cut }: EtcdLife): Promise<number> {
  const due = Promise.withResolvers<void>();
  let left = cut?.more ?? 0;
  let isArmed = false;
  let cutAt: number | undefined;
  const seen = (_: unknown, index: number): void => {
    if (!isArmed || cutAt !== undefined || left-- > 0) return;
    cutAt = index + 1;
    due.resolve();
  };
  await using recorded = await startRecorded({ image: WORKLOAD_IMAGE, folder, seen });
  const { machine } = recorded;
  const living = (async () => {
    await machine.waitOk("/readyz");
    isArmed = cut?.after === "start";
    await declare(machine, ETCD);
    await untilHealthy(machine, "etcd");
    assertEquals(await probe(machine, { act: "etcd lost", runs: kept }), { error: "", value: [] });
    const items = cut === undefined ? LAST_ITEMS : ITEMS;
    assertEquals((await probe(machine, { act: "etcd put", run, items })).error, "");
    await machine.waitConsole(new RegExp(`etcd run ${run} lane \\d item 0\\.`));
    isArmed = cut !== undefined;
    if (cut !== undefined) return await due.promise;
    await machine.waitConsole(new RegExp(`etcd run ${run} lane \\d item ${items - 1}\\.`), 4);
    await machine.stop();
  })();
  await Promise.race([living, due.promise]);
  const { records } = await recorded.cut();
  // What it was asked when its power went is never answered.
  await Promise.allSettled([living]);
  return cutAt ?? records;
}

function countOf({ acknowledged }: KeptRun): number {
  return acknowledged.reduce((sum, each) => sum + each, 0);
}

function runFolder(row: EtcdRow, run: number): string {
  return join(row.folder, `run-${run}`);
}
