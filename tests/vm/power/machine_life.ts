/** One boot of a machine, from the disk it finds to the cut of its power. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { giveHost, machineStatusOf, resource } from "../asking.ts";
import { endedByEmulator } from "../emulator_fault.ts";
import { assertMountsAsDesigned } from "../layers.ts";
import type { TestMachine } from "../machine.ts";
import { probe } from "../probe_client.ts";
import { xfsIsClean } from "../xfs.ts";
import { type CutPlan, StepWatch } from "./cut_plan.ts";
import type { KeptRun } from "./kept_files.ts";
import { startRecorded } from "./recorded_machine.ts";

/** Items a lane keeps in one life: more than any cut waits for. */
const ITEMS = 2_000;

/** A life to be lived. */
export interface LifeRequest {
  readonly image: string;
  /** Has `base.img`. */
  readonly folder: string;
  /** Number of this boot; what it keeps is told by it. */
  readonly run: number;
  readonly plan: CutPlan;
  /** What the boots before kept. */
  readonly kept: readonly KeptRun[];
  /** What a ready boot before said it is. */
  readonly machineId: string | undefined;
  /** Milliseconds a life takes that is cut at its last moment, from the agent's first line. */
  readonly lifeMs: number;
}

/** A life that was lived. */
export interface Life {
  /** Whether it got ready before its power went, and showed that nothing was lost. */
  readonly isReady: boolean;
  /** Whether a fault of the emulator was the cut. */
  readonly cutByEmulator: boolean;
  /** Records that had come when the power went; others came while QEMU was being killed. */
  readonly records: number;
  readonly recordsInAll: number;
  /** What it told when it was ready. */
  readonly told: Told | undefined;
  /** Milliseconds from the agent's first line until it was ready and for some files, where it was. */
  readonly lifeMs: number | undefined;
}

/** How long of its life a machine keeps files that is cut at a moment: a third of the time to be ready. */
const LIFE_AFTER_READY = 4 / 3;

/** @throws {Error} It does not get ready, or something is lost. */
export async function liveUntilCut(request: LifeRequest): Promise<Life> {
  const cut = Promise.withResolvers<void>();
  const watch = cutWatch(request.plan, () => cut.resolve());
  const recorded = await startRecorded({ ...request, seen: (record) => watch.seen(record) });
  await using _ = recorded;
  const sinceMs = performance.now();
  const pending: Promise<unknown>[] = [];
  let told: Told | undefined;
  let readyMs: number | undefined;
  const living = (async () => {
    await recorded.machine.waitOk("/readyz");
    readyMs = performance.now() - sinceMs;
    told = await assertNothingLost(recorded.machine, request);
    const { machine, livePath } = recorded;
    await live(machine, { request, watch, livePath, pending, cut: cut.promise });
  })();
  using timers = new DisposableStack();
  if (request.plan.at === "moment") {
    const timer = setTimeout(cut.resolve, request.lifeMs * request.plan.share / 100);
    timers.defer(() => clearTimeout(timer));
  }
  // A kernel that its emulator killed was cut off like any other, at a moment of its own.
  const cutByEmulator = await Promise.race([
    endedByEmulator(living, () => recorded.machine.console()),
    cut.promise.then(() => false),
  ]);
  const isReady = told !== undefined;
  const { records: recordsInAll } = await recorded.cut();
  // What it was asked when its power went is never answered.
  await Promise.allSettled([living, ...pending]);
  return {
    isReady,
    cutByEmulator,
    records: watch.cutAt() ?? recordsInAll,
    recordsInAll,
    told,
    lifeMs: readyMs === undefined ? undefined : readyMs * LIFE_AFTER_READY,
  };
}

interface CutWatch {
  seen(record: Parameters<StepWatch["see"]>[0]): void;
  /** From now on records count. */
  arm(): void;
  /** Records that had come when the cut was due, if it was. */
  cutAt(): number | undefined;
}

/** Counts records until the cut that is told by them. */
function cutWatch(plan: CutPlan, due: () => void): CutWatch {
  const steps = new StepWatch();
  let left = plan.at === "step" || plan.at === "overlay writes" ? plan.more : 0;
  let isArmed = false;
  let records = 0;
  let cutAt: number | undefined;
  return {
    seen(record): void {
      records++;
      const step = steps.see(record);
      if (cutAt !== undefined) return;
      if (plan.at === "step" && step === plan.step) isArmed = true;
      if (!isArmed || left-- > 0) return;
      cutAt = records;
      due();
    },
    arm: () => {
      isArmed = true;
    },
    cutAt: () => cutAt,
  };
}

/** What a ready machine does until its power goes; a step of the first boot that never came ends at once. */
async function live(
  machine: TestMachine,
  life: {
    readonly request: LifeRequest;
    readonly watch: CutWatch;
    readonly livePath: string;
    /** What goes on while the power is cut. */
    readonly pending: Promise<unknown>[];
    readonly cut: Promise<void>;
  },
): Promise<void> {
  const { plan, run } = life.request;
  if (plan.at === "step") return;
  const items = plan.at === "end" ? plan.items : ITEMS;
  assertEquals((await probe(machine, { act: "keep", run, items })).error, "");
  if (plan.at === "end") {
    await machine.waitConsole(new RegExp(`kept run ${run} lane \\d item ${items - 1}\\.`), 2);
    await machine.stop();
    assertEquals(await xfsIsClean(life.livePath), true, "XFS is clean after an end in order");
    return;
  }
  if (plan.at === "overlay writes") life.watch.arm();
  const times = plan.at === "etc file" ? plan.times : 0;
  if (times > 0) await machine.waitConsole(new RegExp(`kept run ${run} lane \\d item 0\\.`), 2);
  for (let time = 0; time < times; time++) {
    await giveHost(machine, `run-${run}-${time}`, "192.0.2.1");
  }
  if (plan.at === "etc file") {
    life.pending.push(giveHost(machine, `run-${run}-${times}`, "192.0.2.1").catch(() => {}));
    return;
  }
  await life.cut;
}

/** What a machine told of itself when it was ready. */
interface Told {
  /** Runs of xfs_repair that it took. */
  readonly repairs: number;
  readonly machineId: string;
}

async function assertNothingLost(machine: TestMachine, request: LifeRequest): Promise<Told> {
  const { spec } = await resource(machine, "fs/VolumeStatuses.fs.strata/var");
  assertEquals([spec["phase"], spec["warning"], spec["error"]], ["PHASE_READY", "", ""]);
  const repairs = spec["repairs"] as readonly { readonly logDiscarded: boolean }[];
  assertEquals(repairs.filter(({ logDiscarded }) => logDiscarded), []);
  const lost = await probe(machine, { act: "lost", runs: request.kept });
  assertEquals(lost, { error: "", value: [] });
  await assertMountsAsDesigned(machine);
  const identity = await resource(machine, "runtime/MachineIdentities.runtime.strata/machine");
  const machineId = String(identity.spec["machineId"]);
  if (request.machineId !== undefined) {
    assertEquals(machineId, request.machineId, "the machine is still the same");
    const { previousEnd } = await machineStatusOf(machine) as { readonly previousEnd: string };
    assertEquals(previousEnd, "PREVIOUS_END_UNORDERED");
  }
  return { repairs: repairs.length, machineId };
}
