// @ts-types="../../types/std_assert.d.ts"
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  becomes,
  controller,
  house,
  INTS,
  item,
  STRS,
  valueOf,
} from "../../tests/fakes/engine_house.ts";
import { watchFor } from "../core/watch_for.ts";

Deno.test("ControllerContext.cleanupOutputs() destroys what was not written again", async () => {
  await using it = house();
  const { state } = it;
  await state.create(item(STRS, "foreign", ""), { owner: "somebody" });
  for (const id of ["a", "b"]) await state.create(item(INTS, id, id));
  it.engine.register(controller("test.C", {
    inputs: [{ ...INTS, kind: "weak" }],
    outputs: [{ type: STRS.type, kind: "shared" }],
    async turn(context) {
      await assertRejects(() => context.cleanupOutputs(STRS), Error, "not tracked");
      context.startTrackingOutputs();
      assertThrows(() => context.startTrackingOutputs(), Error, "tracked already");
      for (const int of await context.list(INTS)) {
        await context.modify(item(STRS, int.metadata.id, valueOf(int)), (current) => current);
      }
      await context.cleanupOutputs(STRS);
    },
  }));
  it.start();
  await becomes(state, "b", "b");
  await state.destroy({ ...INTS, id: "a" });
  await watchFor(state, { ...STRS, id: "a" }, { events: ["destroyed"] });
  assertEquals((await state.list(STRS)).map(({ metadata }) => metadata.id), ["b", "foreign"]);
});

Deno.test("ControllerContext.startTrackingOutputs() begins anew with every run", async () => {
  await using it = house();
  const done = Promise.withResolvers<void>();
  let runs = 0;
  it.engine.register(controller("test.C", {
    outputs: [{ type: STRS.type, kind: "exclusive" }],
    async run(context) {
      context.startTrackingOutputs();
      if (++runs === 1) {
        await context.create(item(STRS, "of the first run", ""));
        throw new Error("before it cleaned up");
      }
      await context.cleanupOutputs(STRS);
      done.resolve();
    },
  }));
  it.start();
  await it.clock.sleeping();
  await it.clock.advance(750);
  await done.promise;
  assertEquals(await it.state.list(STRS), []);
});
