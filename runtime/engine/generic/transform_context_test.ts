// @ts-types="../../../types/std_assert.d.ts"
import { assertEquals, assertStrictEquals } from "@std/assert";
import { FakeLog } from "../../../tests/fakes/log.ts";
import { INTS, item } from "../../../tests/fakes/engine_house.ts";
import type { QueueContext } from "../queue_controller.ts";
import { TransformContext } from "./transform_context.ts";

Deno.test("TransformContext passes every call on to the context of its job", async () => {
  const [{ signal }, log, calls] = [new AbortController(), new FakeLog(), [] as unknown[][]];
  const own: Readonly<Record<string | symbol, unknown>> = { signal, log };
  const answer = (...call: unknown[]) => Promise.resolve(void calls.push(call));
  const job = new Proxy({} as QueueContext, {
    get: (_target, name) => own[name] ?? ((...args: unknown[]) => answer(name, ...args)),
  });
  const wishes: number[] = [];
  const context = new TransformContext(job, (milliseconds) => wishes.push(milliseconds));
  const [resource, pointer] = [item(INTS, "a", "1"), { ...INTS, id: "a" }];
  const change = () => resource;
  context.requeueAfter(7);
  await context.get(pointer, { signal });
  await context.list(INTS, { query: { id: "a" } });
  await context.getUncached(pointer, { signal });
  await context.listUncached(INTS, { query: { id: "b" } });
  await context.contextWithTeardown(pointer, { signal });
  await context.create(resource, { owner: "" });
  await context.update(resource, { expectedPhase: "any" });
  await context.modify(resource, change, { expectedPhase: "any" });
  await context.teardown(pointer, { owner: "C" });
  await context.destroy(pointer, { owner: "D" });
  await context.addFinalizer(pointer, "F", "G");
  await context.removeFinalizer(pointer, "F", "H");
  assertStrictEquals(context.signal, signal);
  assertStrictEquals(context.log, log);
  assertEquals(wishes, [7]);
  assertEquals(calls, [
    ["get", pointer, { signal }],
    ["list", INTS, { query: { id: "a" } }],
    ["getUncached", pointer, { signal }],
    ["listUncached", INTS, { query: { id: "b" } }],
    ["contextWithTeardown", pointer, { signal }],
    ["create", resource, { owner: "" }],
    ["update", resource, { expectedPhase: "any" }],
    ["modify", resource, change, { expectedPhase: "any" }],
    ["teardown", pointer, { owner: "C" }],
    ["destroy", pointer, { owner: "D" }],
    ["addFinalizer", pointer, "F", "G"],
    ["removeFinalizer", pointer, "F", "H"],
  ]);
});
