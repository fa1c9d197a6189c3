/** Conformance: queue controllers. */
// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { isNotFound } from "../../runtime/core/errors.ts";
import type { Pointer } from "../../runtime/core/resource.ts";
import type {
  QueueContext,
  QueueController,
  QueueSettings,
} from "../../runtime/engine/queue_controller.ts";
import { RequeueError } from "../../runtime/engine/requeue.ts";
import { INTS, item, STRS, valueOf } from "../fakes/engine_house.ts";
import { engineCase, type EngineSubject, EXTRAS, SENTENCES, withValue } from "./engine_fixtures.ts";

export function engineQueueCases(subject: EngineSubject): void {
  lifeCases(subject);
  failureCases(subject);
  panicCases(subject);
  sleepCases(subject);
}

function lifeCases(subject: EngineSubject): void {
  engineCase(
    subject,
    "TestQIntToStrController: the whole life, a run hook and a shutdown hook",
    async (world) => {
      const { state } = world;
      let hookRuns = 0;
      let shutdowns = 0;
      await world.put(INTS, "before", "1");
      await world.engine.registerQueue(queueIntToStr({
        async run(context) {
          if (++hookRuns === 1) throw new Error("the hook fails once");
          await periodically(world.clock, context);
        },
        shutdown: () => void shutdowns++,
      }));
      const running = world.start();
      await world.becomes(STRS, "before", "<1>");
      await world.put(INTS, "after", "2");
      await world.becomes(STRS, "after", "<2>");
      await world.put(INTS, "after", "3");
      await world.becomes(STRS, "after", "<3>");
      await world.becomes(EXTRAS, "beat", "3");

      assertEquals(await state.teardown({ ...INTS, id: "before" }), false);
      await world.gone(STRS, "before");
      await world.heldBy(INTS, "before");
      await state.destroy({ ...INTS, id: "before" });

      await state.addFinalizer({ ...STRS, id: "after" }, ["somebody"]);
      await state.teardown({ ...INTS, id: "after" });
      await world.torn(STRS, "after");
      await state.removeFinalizer({ ...STRS, id: "after" }, ["somebody"]);
      await world.gone(STRS, "after");
      await world.heldBy(INTS, "after");

      assertEquals(shutdowns, 0);
      world.stop.abort();
      await world.passing(running);
      assertEquals([hookRuns, shutdowns], [2, 1]);
    },
  );
}

/** Writes a beat a second. */
async function periodically(
  clock: { sleep(ms: number, options: { readonly signal: AbortSignal }): Promise<void> },
  context: QueueContext,
): Promise<void> {
  for (let beat = 1;; beat++) {
    await context.modify(item(EXTRAS, "beat", ""), (now) => withValue(now, String(beat)));
    await clock.sleep(1000, { signal: context.signal });
  }
}

const NAME = "test.QIntToStrController";

export function queueIntToStr(settings: Partial<QueueSettings> = {}): QueueController {
  return {
    name: NAME,
    settings: {
      inputs: [
        { ...INTS, kind: "q-primary" },
        { ...STRS, kind: "q-mapped-destroy-ready" },
      ],
      outputs: [
        { type: STRS.type, kind: "exclusive" },
        { type: EXTRAS.type, kind: "exclusive" },
      ],
      ...settings,
    },
    reconcile: intToStrOnce,
    mapInput: (_context, { id }) => Promise.resolve([{ ...INTS, id }]),
  };
}

async function intToStrOnce(context: QueueContext, pointer: Pointer): Promise<void> {
  const int = await unlessGone(() => context.get(pointer));
  if (int === undefined) return;
  const str = { ...STRS, id: pointer.id };
  if (int.metadata.phase === "running") {
    await context.addFinalizer(pointer, NAME);
    await context.modify(item(STRS, pointer.id, ""), (now) => withValue(now, `<${valueOf(int)}>`));
    return;
  }
  const isReady = await unlessGone(() => context.teardown(str));
  if (isReady === false) return;
  if (isReady) await context.destroy(str);
  await context.removeFinalizer(pointer, NAME);
}

async function unlessGone<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return undefined;
  }
}

function failureCases(subject: EngineSubject): void {
  engineCase(
    subject,
    "TestQFailingController: no item blocks another, and each recovers",
    async (world) => {
      const jobs = new Map<string, number>();
      await world.engine.registerQueue({
        name: "test.QFailingController",
        settings: {
          inputs: [{ ...INTS, kind: "q-primary" }],
          outputs: [{ type: STRS.type, kind: "exclusive" }],
        },
        async reconcile(context, pointer) {
          jobs.set(pointer.id, (jobs.get(pointer.id) ?? 0) + 1);
          const value = valueOf(await context.get(pointer));
          const isFirst = jobs.get(pointer.id) === 1;
          if (value === "error") throw new Error("no");
          if (value === "requeue with error") {
            throw new RequeueError(1000, { cause: new Error("not yet") });
          }
          const empty = item(STRS, pointer.id, "");
          await context.modify(empty, (now) => withValue(now, value));
          if (value === "requeue" && isFirst) throw new RequeueError(1000);
        },
        mapInput: () => Promise.resolve([]),
      });
      await world.put(INTS, "error", "error");
      await world.put(INTS, "pending", "requeue with error");
      await world.put(INTS, "again", "requeue");
      await world.put(INTS, "good", "good");
      world.start();
      await world.becomes(STRS, "good", "good");
      await world.becomes(STRS, "again", "requeue");
      await world.until(() => [...jobs.values()].filter((count) => count >= 2).length === 3);
      assertEquals(await world.find({ ...STRS, id: "error" }), undefined);
      assertEquals(jobs.get("good"), 1);
      assertEquals(jobs.get("again"), 2);
      for (const id of ["error", "pending"]) {
        await world.put(INTS, id, "well");
        await world.becomes(STRS, id, "well");
      }
      assertEquals(world.metric("qcontroller_requeues", "test.QFailingController"), 1);
      assert(world.metric("qcontroller_crashes", "test.QFailingController") >= 4);
    },
  );
}

function panicCases(subject: EngineSubject): void {
  engineCase(subject, "TestQFailingController: a panic is an error like all", async (world) => {
    let panics = 0;
    await world.engine.registerQueue({
      name: "test.QPanickingController",
      settings: { inputs: [{ ...INTS, kind: "q-primary" }], outputs: [] },
      reconcile(_context, { id }) {
        if (id === "a" && ++panics <= 3) throw new TypeError("before there is a promise");
        return Promise.resolve();
      },
      mapInput: () => Promise.resolve([]),
    });
    world.start();
    await world.put(INTS, "a", "1");
    await world.until(() => panics === 4);
    assertEquals(world.metric("qcontroller_crashes", "test.QPanickingController"), 3);
  });
}

function sleepCases(subject: EngineSubject): void {
  engineCase(
    subject,
    "TestQIntToStrSleepingController: one at a time, and a teardown ends the sleep",
    async (world) => {
      const name = "test.QSleepingController";
      const begun: string[] = [];
      await world.engine.registerQueue({
        name,
        settings: {
          inputs: [{ ...INTS, kind: "q-primary" }],
          outputs: [{ type: SENTENCES.type, kind: "exclusive" }],
          concurrency: 1,
        },
        async reconcile(context, pointer) {
          const int = await unlessGone(() => context.get(pointer));
          if (int === undefined) return;
          if (int.metadata.phase === "tearingDown") {
            return await context.removeFinalizer(pointer, name);
          }
          await context.addFinalizer(pointer, name);
          begun.push(pointer.id);
          if (valueOf(int) === "sleep") {
            await untilAborted(await context.contextWithTeardown(pointer));
          }
          await context.modify(item(SENTENCES, pointer.id, "done"), (now) => now);
        },
        mapInput: () => Promise.resolve([]),
      });
      world.start();
      await world.put(INTS, "sleeper", "sleep");
      await world.until(() => begun.includes("sleeper"));
      await world.put(INTS, "other", "go");
      await world.quiet();
      assertEquals([begun, await world.find({ ...SENTENCES, id: "other" })], [
        ["sleeper"],
        undefined,
      ]);
      assertEquals(await world.state.teardown({ ...INTS, id: "sleeper" }), false);
      await world.becomes(SENTENCES, "other", "done");
      await world.heldBy(INTS, "sleeper");
      await world.state.destroy({ ...INTS, id: "sleeper" });
    },
  );
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
