// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { controller, house, INTS, item, STRS, until } from "../../tests/fakes/engine_house.ts";
import type { FakeLog } from "../../tests/fakes/log.ts";
import type { ControllerContext } from "./controller.ts";

const told = ({ lines }: FakeLog): string[] =>
  lines.map(({ name, level, message }) => `${name} ${level}: ${message}`);

Deno.test("ControllerRunner tells how its controller fares: registered, running, ended", async () => {
  await using it = house();
  const leave = Promise.withResolvers<void>();
  await it.engine.register(controller("test.C", { run: () => leave.promise }));
  const [before] = it.engine.controllers();
  assertEquals([before?.phase, before?.runs, before?.lastRun], ["registered", 0, undefined]);
  it.start();
  await until(it.engine, ([status]) => status?.phase === "running");
  leave.resolve();
  await until(it.engine, ([status]) => status?.phase === "ended");
  assertEquals(it.engine.controllers()[0]?.runs, 1);
  assertEquals(told(it.log), ["test.C info: controller finished"]);
});

Deno.test("ControllerRunner says nothing of a controller that the engine's end ends", async () => {
  const it = house();
  await it.engine.register(controller("test.Returns", {}));
  await it.engine.register(controller("test.Throws", {
    run: ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  }));
  it.start();
  await until(it.engine, (all) => all.every(({ phase }) => phase === "running"));
  await it[Symbol.asyncDispose]();
  assertEquals(it.engine.controllers().map(({ phase, crashes }) => [phase, crashes]), [
    ["ended", 0],
    ["ended", 0],
  ]);
  assertEquals(told(it.log), []);
});

Deno.test("ControllerContext.signal of a run that failed says that the run has ended", async () => {
  await using it = house();
  let signal: AbortSignal | undefined;
  await it.engine.register(controller("test.C", {
    run(context) {
      signal = context.signal;
      return Promise.reject(new Error("no"));
    },
  }));
  it.start();
  await until(it.engine, ([status]) => status?.phase === "backing-off");
  assert(signal?.reason instanceof DOMException);
  assertEquals([signal.reason.name, signal.reason.message], ["AbortError", "the run has ended"]);
});

Deno.test("ControllerContext.updateInputs() opens a watch only of what nobody watches yet", async () => {
  const watched: string[] = [];
  await using it = house((state) => ({
    ...state,
    watchKind(kind, options) {
      watched.push(kind.type);
      return state.watchKind(kind, options);
    },
    watchKindAggregated(kind, options) {
      watched.push(kind.type);
      return state.watchKindAggregated(kind, options);
    },
  }));
  const context = Promise.withResolvers<ControllerContext>();
  const strs = { ...STRS, kind: "weak" } as const;
  const ints = { ...INTS, kind: "weak" } as const;
  await it.engine.register(controller("test.C", { turn: context.resolve }));
  await it.engine.register(controller("test.Other", { inputs: [strs] }));
  it.start();
  const { updateInputs } = await context.promise.then((its) => ({
    updateInputs: (...inputs: Parameters<typeof its.updateInputs>[0]) => its.updateInputs(inputs),
  }));
  await until(it.engine, (all) => all.every(({ wakeups }) => wakeups > 0));
  assertEquals(watched, [STRS.type]);
  const inputs = () => it.engine.controllers()[0]?.inputs.map(({ type, id }) => `${type} ${id}`);

  await updateInputs(strs, { ...ints, id: "b" }, { ...ints, id: "a" });
  assertEquals(watched, [STRS.type, INTS.type]);
  assertEquals(inputs(), ["test/int a", "test/int b", "test/str undefined"]);
  await updateInputs({ ...ints, id: "a" }, { ...ints, id: "b" }, strs);
  assertEquals(watched, [STRS.type, INTS.type]);
  // As many as before, but one of them another.
  await updateInputs({ ...ints, id: "a" }, { ...ints, id: "c" }, strs);
  assertEquals(inputs(), ["test/int a", "test/int c", "test/str undefined"]);
  await updateInputs({ ...ints, id: "a" });
  assertEquals(inputs(), ["test/int a"]);
});

Deno.test("ControllerRunner keeps what woke its controller last, whatever it asked for itself", async () => {
  await using it = house();
  let isAsked = false;
  await it.engine.register(controller("test.C", {
    inputs: [{ ...INTS, kind: "weak" }],
    turn(context) {
      if (!isAsked && it.engine.controllers()[0]?.wokenBy !== undefined) context.queueReconcile();
      isAsked = it.engine.controllers()[0]?.wokenBy !== undefined;
    },
  }));
  it.start();
  await until(it.engine, ([status]) => status?.wakeups === 1);
  assertEquals(it.engine.controllers()[0]?.wokenBy, undefined);
  await it.state.create(item(INTS, "a", "1"));
  await until(it.engine, ([status]) => status?.wakeups === 3);
  assertEquals(it.engine.controllers()[0]?.wokenBy?.metadata.id, "a");
});

Deno.test("ControllerContext.reconciles() that was left gives no more turns", async () => {
  await using it = house();
  const turns: boolean[] = [];
  await it.engine.register(controller("test.C", {
    async run(context) {
      const reconciles = context.reconciles()[Symbol.asyncIterator]();
      turns.push((await reconciles.next()).done === true);
      const left = await reconciles.return?.();
      assertEquals(left, { done: true, value: undefined });
      context.queueReconcile();
      turns.push((await reconciles.next()).done === true);
    },
  }));
  it.start();
  await until(it.engine, ([status]) => status?.phase === "ended");
  assertEquals(turns, [false, true]);
});
