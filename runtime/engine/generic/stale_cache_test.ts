// @ts-types="../../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { type House, house, INTS, item, STRS } from "../../../tests/fakes/engine_house.ts";
import type { CoreState, State, WatchEvent } from "../../core/state.ts";
import type { Controller } from "../controller.ts";
import { cleanupController } from "./cleanup.ts";
import { hasNoOutputs } from "./cleanup_handlers.ts";
import { transformController } from "./transform.ts";

const NAME = "test.C";

/** A state whose watch of strs shows what there is at first, and then nothing any more. */
function blindForStrs(state: State): State {
  return {
    ...state,
    async watchKindAggregated(...[kind, options]: Parameters<CoreState["watchKindAggregated"]>) {
      const batches = await state.watchKindAggregated(kind, options);
      return kind.type === STRS.type ? untilBootstrapped(batches, options?.signal) : batches;
    },
  };
}

async function* untilBootstrapped(
  batches: AsyncIterable<readonly WatchEvent[]>,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly WatchEvent[]> {
  for await (const batch of batches) {
    yield batch;
    if (batch.some(({ event }) => event === "bootstrapped")) break;
  }
  if (signal === undefined || signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}

/** Runs the controller, gives it an int and a str that its cache never shows, and tears the int down. */
async function tornInt(it: House, controller: Controller): Promise<readonly string[]> {
  const { state, engine, clock } = it;
  await engine.register(controller);
  it.start();
  await clock.advance(0);
  await state.create(item(INTS, "a", "1"));
  await clock.advance(0);
  await state.modify(item(STRS, "a", ""), (current) => current, { owner: NAME });
  await state.addFinalizer({ ...STRS, id: "a" }, ["somebody"]);
  assertEquals(await engine.cachedState().list(STRS), []);
  await state.teardown({ ...INTS, id: "a" });
  await clock.advance(0);
  return (await state.get({ ...INTS, id: "a" })).metadata.finalizers;
}

Deno.test("transformController() holds an input whose output its cache does not show yet", async () => {
  await using it = house(blindForStrs, { cachedKinds: [INTS, STRS] });
  const held = await tornInt(
    it,
    transformController({
      name: NAME,
      input: INTS,
      output: STRS,
      map: ({ metadata }) => item(STRS, metadata.id, ""),
      transform: (_int, str) => str,
      finalizerRemoval: () => {},
    }),
  );
  assertEquals(held, [NAME]);
});

Deno.test("cleanupController() holds an input whose dependants its cache does not show yet", async () => {
  await using it = house(blindForStrs, { cachedKinds: [INTS, STRS] });
  const handler = hasNoOutputs({ kind: STRS, query: () => ({}) });
  assertEquals(await tornInt(it, cleanupController({ name: NAME, input: INTS, handler })), [NAME]);
});
