/** The small parts that generic controllers are made of. */
// @ts-types="../../../types/std_assert.d.ts"
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { controller, house, INTS, item, STRS, until } from "../../../tests/fakes/engine_house.ts";
import { StateError } from "../../core/errors.ts";
import type { Pointer } from "../../core/resource.ts";
import type { ControllerContext } from "../controller.ts";
import { reducedMetadata } from "../queue_controller.ts";
import { isSkip } from "../requeue.ts";
import { combineHandlers, hasNoOutputs, removeOutputs } from "./cleanup_handlers.ts";
import { destroyController } from "./destroy.ts";
import { endResource, hold } from "./holding.ts";
import { mapByLabel, mapToNone, mapToSameId } from "./input_mappers.ts";
import { ItemErrors } from "./item_errors.ts";

const A: Pointer = { ...INTS, id: "a" };

function notFound(pointer: Pointer): StateError {
  return new StateError({ refusal: "not-found", pointer });
}

Deno.test("hold() says whether the resource is there, and passes every other refusal on", async () => {
  const refusing = (error: unknown) => ({ addFinalizer: () => Promise.reject(error) });
  assertEquals(await hold({ addFinalizer: () => Promise.resolve() }, A, "f"), true);
  assertEquals(await hold(refusing(notFound(A)), A, "f"), false);
  const other = new Error("owned by another");
  assertEquals(await assertRejects(() => hold(refusing(other), A, "f")), other);
});

Deno.test("endResource() says whether the resource is gone, as it is where there never was one", async () => {
  const asked: unknown[] = [];
  const writes = (ready: boolean) => ({
    teardown: (...args: readonly unknown[]) => Promise.resolve(asked.push(args) > 0 && ready),
    destroy: (...args: readonly unknown[]) => Promise.resolve(void asked.push(args)),
  });
  assertEquals(await endResource(writes(false), A), false);
  assertEquals(asked, [[A, {}]]);
  assertEquals(await endResource(writes(true), A, "somebody"), true);
  assertEquals(asked.slice(1), [[A, { owner: "somebody" }], [A, { owner: "somebody" }]]);
  const failing = (error: unknown) => ({ ...writes(true), teardown: () => Promise.reject(error) });
  assertEquals(await endResource(failing(notFound(A)), A), true);
  await assertRejects(() => endResource(failing(new Error("no")), A), Error, "no");
});

Deno.test("ItemErrors tells of each item whether it went well, and throws one as it is, several as one", async () => {
  const errors = new ItemErrors();
  errors.throwIfAny();
  assertEquals(await errors.guard(() => Promise.resolve()), true);
  const first = new Error("first");
  assertEquals(await errors.guard(() => Promise.reject(first)), false);
  assertEquals(assertThrows(() => errors.throwIfAny()), first);
  await errors.guard(() => Promise.reject(new Error("second")));
  assertThrows(() => errors.throwIfAny(), AggregateError, "first; second");
});

Deno.test("mapByLabel() names the label's id where the other labels match, and no inherited one", () => {
  const context = undefined as never;
  const changed = (labels: Record<string, string>) =>
    reducedMetadata(item(INTS, "x", "", labels).metadata);
  const map = mapByLabel("of", [{
    key: "kind",
    operation: "equal",
    values: ["good"],
    invert: false,
  }]);
  assertEquals(map(changed({ of: "a", kind: "good" }), context), ["a"]);
  assertEquals(map(changed({ of: "a", kind: "bad" }), context), []);
  assertEquals(map(changed({ kind: "good" }), context), []);
  assertEquals(mapByLabel("of")(changed({ of: "b" }), context), ["b"]);
  assertEquals(mapByLabel("toString")(changed({}), context), []);
  assertEquals(mapToNone()(changed({}), context), []);
  assertEquals(mapToSameId()(changed({}), context), ["x"]);
});

Deno.test("combineHandlers() has each input and output once, and refuses two kinds of one", () => {
  const query = () => ({});
  const waits = hasNoOutputs({ kind: STRS, query });
  assertEquals([waits.inputs, waits.outputs], [[{ ...STRS, kind: "weak" }], []]);
  const removes = removeOutputs({ kind: INTS, query });
  assertEquals(removes.inputs, [{ ...INTS, kind: "destroy-ready" }]);
  assertEquals(removes.outputs, [{ type: INTS.type, kind: "shared" }]);
  const others = { ...INTS, type: "test/other" };
  const all = combineHandlers(
    waits,
    removes,
    waits,
    removeOutputs({ kind: others, query }),
    removes,
  );
  assertEquals(all.inputs.map(({ type, kind }) => `${type} ${kind}`), [
    "test/str weak",
    "test/int destroy-ready",
    "test/other destroy-ready",
  ]);
  assertEquals(all.outputs.map(({ type }) => type), ["test/int", "test/other"]);
  assertThrows(
    () => combineHandlers(waits, removeOutputs({ kind: STRS, query })),
    Error,
    'Cannot combine handlers: "test/str" is weak for one and destroy-ready for another',
  );
});

/** What a handler says of an input, asked by a controller that may do what it declares. */
async function cleaned(
  handler: ReturnType<typeof hasNoOutputs>,
  fill: (create: (id: string, owner: string) => Promise<unknown>) => Promise<void>,
): Promise<unknown> {
  await using it = house();
  await fill((id, owner) => it.state.create(item(STRS, id, ""), { owner }));
  const context = Promise.withResolvers<ControllerContext>();
  const { inputs, outputs } = handler;
  await it.engine.register(controller("test.C", { inputs, outputs, turn: context.resolve }));
  it.start();
  await until(it.engine, ([status]) => status?.wakeups === 1);
  const said = await handler.cleanUp(item(INTS, "a", ""), await context.promise)
    .then(() => undefined, (error: unknown) => error);
  const left = await it.state.list(STRS);
  return [said, left.map(({ metadata }) => metadata.id).join()];
}

Deno.test("hasNoOutputs() waits for what is left, and says how much of what", async () => {
  const handler = hasNoOutputs({ kind: STRS, query: () => ({}) });
  const [said] = await cleaned(handler, async (create) => {
    await create("x", "");
    await create("y", "");
  }) as readonly unknown[];
  assertEquals([isSkip(said), String(said)], [true, "SkipError: waiting for 2 of test/str"]);
  assertEquals(await cleaned(handler, () => Promise.resolve()), [undefined, ""]);
});

Deno.test("removeOutputs() ends what is nobody's or an extra owner's, and leaves another's alone", async () => {
  const fill = async (create: (id: string, owner: string) => Promise<unknown>): Promise<void> => {
    await create("free", "");
    await create("mine", "me");
    await create("theirs", "them");
  };
  const query = () => ({});
  const handler = removeOutputs({ kind: STRS, query });
  assertEquals(await cleaned(handler, fill), [undefined, "mine,theirs"]);
  const extra = removeOutputs({ kind: STRS, query, extraOwners: ["me"] });
  assertEquals(await cleaned(extra, fill), [undefined, "theirs"]);
});

Deno.test("destroyController() declares its kind, and maps nothing", async () => {
  const { settings, mapInput, reconcile } = destroyController(INTS, { concurrency: 3 });
  assertEquals(settings.inputs, [{ ...INTS, kind: "q-primary" }]);
  assertEquals(settings.outputs, [{ type: INTS.type, kind: "shared" }]);
  assertEquals(settings.concurrency, 3);
  const context = { get: (pointer: Pointer) => Promise.reject(notFound(pointer)) };
  assertEquals(await mapInput(context as never, reducedMetadata(item(INTS, "a", "").metadata)), []);
  await reconcile(context as never, A);
  const broken = { get: () => Promise.reject(new Error("broken")) };
  await assertRejects(() => reconcile(broken as never, A), Error, "broken");
});
