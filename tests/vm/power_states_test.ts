/** What an honest disk may hold after a power cut at any moment of a machine's life, without a boot for each. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { readWriteLog } from "./nbd/write_log.ts";
import { canCheckStates, checkStates, keepFailed } from "./power/check_states.ts";
import { acknowledgedRun, type KeptRun } from "./power/kept_files.ts";
import { liveUntilCut } from "./power/machine_life.ts";
import { GROWN_DISK_BYTES, makeBlankBase } from "./power/power_disk.ts";
import { StateMaker } from "./power/state_maker.ts";
import type { StateVerdict } from "./power/state_check.ts";
import { mannersAt, planStates } from "./power/state_plan.ts";

/** States of the life that makes the volume. */
const STATES = 300;

/** States of the life that finds its disk grown. */
const GROWN_STATES = 60;

/** Enough that many of them lose something when nothing is safe. */
const PLANTED_STATES = 20;

/** Items that a lane keeps in either life. */
const ITEMS = 64;

/** A life that is recorded to its end in order. */
interface RecordedLife {
  readonly folder: string;
  readonly run: number;
  readonly before: readonly KeptRun[];
}

async function live({ folder, run, before }: RecordedLife): Promise<KeptRun> {
  const { told } = await liveUntilCut({
    image: "dist/probe-image",
    folder,
    run,
    kept: before,
    plan: { at: "end", items: ITEMS },
    machineId: undefined,
    lifeMs: 0,
  });
  assert(told !== undefined, "it was ready");
  return acknowledgedRun(await Deno.readTextFile(`${folder}/console.log`), run);
}

/** Has states checked that must all be good. */
async function assertGoodStates(
  life: RecordedLife,
  options: { readonly count: number; readonly seed: number },
): Promise<readonly StateVerdict[]> {
  const states = planStates(await readWriteLog(life.folder), options);
  const verdicts = await checkStates({ ...life, states });
  const failed = await keepFailed(life.folder, verdicts);
  assertEquals(failed, [], failed.join("\n"));
  assertEquals(verdicts.length, options.count);
  return verdicts;
}

Deno.test({
  name: "no power cut of a first boot, of writing, growing and the end loses what was acknowledged",
  ignore: !canCheckStates(),
  fn: async (t) => {
    const root = await Deno.makeTempDir({ prefix: "strata-power-states-" });
    const seed = Number(Deno.args[0] ?? crypto.getRandomValues(new Uint32Array(1))[0]);
    const first: RecordedLife = { folder: `${root}/first`, run: 0, before: [] };
    const again = `deno task campaign:power states ${first.folder} 0 ${STATES} ${seed}`;
    Deno.stdout.writeSync(new TextEncoder().encode(`${again}\n`));
    await makeBlankBase(first.folder);
    let kept: KeptRun | undefined;
    const passed: boolean[] = [];

    passed.push(
      await t.step("a machine makes its volume, keeps files and ends, all recorded", async () => {
        kept = await live(first);
        assertEquals(kept.acknowledged, [ITEMS, ITEMS]);
      }),
    );

    passed.push(
      await t.step(`${STATES} states are opened, replayed, complete and clean`, async () => {
        const verdicts = await assertGoodStates(first, { count: STATES, seed });
        assert(verdicts.some(({ formatted }) => formatted), "some are from the making");
        assert(verdicts.some(({ acknowledged }) => acknowledged > ITEMS), "some are from the end");
      }),
    );

    passed.push(
      await t.step("the check sees it when a disk does not heed flushes", async () => {
        const states = planStates(await readWriteLog(first.folder), { count: PLANTED_STATES, seed })
          .map((state) => ({ ...state, manners: { ...state.manners, heedsFlush: false } }));
        const verdicts = await checkStates({ ...first, states });
        const written = verdicts.filter(({ acknowledged }) => acknowledged > 0);
        assert(written.length > 0, "some had acknowledged files");
        const lost = written.filter(({ faults }) => faults.length > 0);
        assert(lost.length > written.length / 2, `${lost.length} of ${written.length} lost files`);
        const files = lost.filter(({ faults }) =>
          faults.some((fault) => /item-|journal/.test(fault))
        );
        assert(files.length > 0, "acknowledged files are among what is missed");
      }),
    );

    passed.push(
      await t.step(`${GROWN_STATES} states of a disk that has grown are good, too`, async () => {
        assert(kept !== undefined, "the first life was lived");
        const second: RecordedLife = { folder: `${root}/grown`, run: 1, before: [kept] };
        await Deno.mkdir(second.folder);
        const log = await readWriteLog(first.folder);
        const base = `${second.folder}/base.img`;
        {
          using maker = await StateMaker.open(first.folder, `${second.folder}/safe.img`);
          const records = log.length;
          await maker.make(base, { records, seed, manners: mannersAt(log, records) });
        }
        await Deno.truncate(base, GROWN_DISK_BYTES);
        await live(second);
        // Copies of the superblock of the old size would be among what xfs_repair finds.
        await assertGoodStates(second, { count: GROWN_STATES, seed });
      }),
    );

    // What failed stays, to be looked at.
    if (passed.every((step) => step)) await Deno.remove(root, { recursive: true });
  },
});
