// @ts-types="../../types/std_assert.d.ts"
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  becomes,
  controller,
  house,
  INTS,
  intToStr,
  item,
  STRS,
} from "../../tests/fakes/engine_house.ts";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeLog } from "../../tests/fakes/log.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import type { State } from "../core/state.ts";
import { memoryState } from "../state/memory.ts";
import { createEngine } from "./engine.ts";
import type { QueueController } from "./queue_controller.ts";

const SECRETS = { namespace: "default", type: "test/secret" };

/** A state that watches everything but secrets, of which a watch fails or never answers. */
function guarded(state: State, answer: () => Promise<never>): State {
  return {
    ...state,
    watchKindAggregated: (kind, options) =>
      kind.type === SECRETS.type ? answer() : state.watchKindAggregated(kind, options),
  };
}

function queueController(name: string, settings: Partial<QueueController["settings"]>) {
  return {
    name,
    settings: { inputs: [], outputs: [], ...settings },
    reconcile: () => Promise.resolve(),
    mapInput: () => Promise.resolve([]),
  };
}

Deno.test("Engine.register() while it runs takes nothing in that cannot be watched", async () => {
  await using it = house((state) => guarded(state, () => Promise.reject(new Error("forbidden"))));
  it.start();
  const output = { type: STRS.type, kind: "exclusive" } as const;
  const refused = controller("test.C", {
    inputs: [{ ...INTS, kind: "weak" }, { ...SECRETS, kind: "weak" }],
    outputs: [output],
  });
  const error = await assertRejects(() => it.engine.register(refused), Error);
  assertEquals(
    error.message,
    'error initializing controller "test.C" adapter: error watching resources: forbidden',
  );
  assertEquals([it.engine.controllers(), it.engine.dependencies()], [[], []]);
  // Nobody waits to watch secrets, and name and output are free.
  await it.clock.advance(0);
  assertEquals(it.clock.pendingMs.length, 0);
  await it.engine.register({ ...intToStr(), name: "test.C" });
  await it.state.create(item(INTS, "a", "1"));
  await becomes(it.state, "a", "<1>");
});

Deno.test("createEngine() with a watch that never answers holds up nobody, and ends", async () => {
  await using it = house((state) => guarded(state, () => new Promise<never>(() => {})));
  await it.engine.register(controller("test.Before", { inputs: [{ ...SECRETS, kind: "weak" }] }));
  const running = it.start();
  await it.engine.register(intToStr());
  await it.state.create(item(INTS, "a", "1"));
  await becomes(it.state, "a", "<1>");
  const others = { ...SECRETS, namespace: "other" };
  const late = controller("test.Late", { inputs: [{ ...others, kind: "weak" }] });
  const refused = assertRejects(() => it.engine.register(late), Error, "error watching resources");
  it.stop.abort();
  await running;
  await refused;
  assertEquals(it.engine.controllers().map(({ name, phase }) => `${name} ${phase}`), [
    "test.Before ended",
    "test.IntToStrController ended",
  ]);
});

Deno.test("ControllerContext.updateInputs() keeps the old inputs when a new one cannot be watched", async () => {
  await using it = house((state) => guarded(state, () => Promise.reject(new Error("forbidden"))));
  const said = Promise.withResolvers<string>();
  await it.engine.register(controller("test.C", {
    inputs: [{ ...INTS, kind: "weak" }],
    async turn(context) {
      const update = () =>
        context.updateInputs([{ ...STRS, kind: "weak" }, { ...SECRETS, kind: "strong" }]);
      said.resolve((await assertRejects(update, Error)).message);
    },
  }));
  it.start();
  assertEquals(await said.promise, "error watching resources: forbidden");
  assertEquals(it.engine.controllers()[0]?.inputs, [{ ...INTS, kind: "weak" }]);
});

Deno.test("Engine.registerQueue() shares names with controllers, and refuses a concurrency of none", async () => {
  const { engine } = house();
  await engine.register(controller("test.A", {}));
  await engine.registerQueue(queueController("test.B", {}));
  const refused = async (act: () => Promise<void>) => (await assertRejects(act, Error)).message;
  const adapter = (name: string) => `error initializing controller "${name}" adapter: `;
  assertEquals(
    await refused(() => engine.registerQueue(queueController("test.A", {}))),
    `${adapter("test.A")}controller "test.A" already registered`,
  );
  assertEquals(
    await refused(() => engine.register(controller("test.B", {}))),
    `${adapter("test.B")}controller "test.B" already registered`,
  );
  for (const concurrency of [0, -1, 1.5, NaN, 1025]) {
    assertEquals(
      await refused(() => engine.registerQueue(queueController("test.C", { concurrency }))),
      `${adapter("test.C")}invalid concurrency: ${concurrency}, may be 1 to 1024`,
    );
  }
  const strong = { ...INTS, kind: "strong" } as unknown as { readonly kind: "q-primary" };
  const inputs = [{ ...INTS, ...strong }];
  assertEquals(
    await refused(() => engine.registerQueue(queueController("test.C", { inputs }))),
    `${adapter("test.C")}invalid input kind strong for controller "test.C", ` +
      "may be q-primary, q-mapped, q-mapped-destroy-ready",
  );
});

Deno.test("Engine.register() reads what a controller declares once", async () => {
  await using it = house();
  const inputs = [{ ...INTS, kind: "weak" as const }];
  await it.engine.register(controller("test.C", { inputs }));
  inputs.push({ ...STRS, kind: "weak" });
  assertEquals(it.engine.dependencies().length, 1);
});

Deno.test("createEngine() refuses an impossible rate limit", () => {
  const clock = new FakeClock();
  const random = new FakeRandom();
  const options = { state: memoryState({ clock, random }), clock, random, log: new FakeLog() };
  assertThrows(
    () => createEngine({ ...options, rateLimit: { perSecond: 0, burst: 1 } }),
    RangeError,
    "Cannot limit to 0 writes a second",
  );
});
