// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { house, INTS, item, STRS, until } from "../../tests/fakes/engine_house.ts";
import { isBackoff, queueController, queueMetric } from "../../tests/fakes/queue_house.ts";

Deno.test("QueueRunner never works on an item twice at a time, and at most `concurrency` at all", async () => {
  await using it = house();
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const begun: string[] = [];
  await it.engine.registerQueue(queueController(async ({ id }) => {
    assert(!gates.has(id));
    const gate = Promise.withResolvers<void>();
    gates.set(id, gate);
    begun.push(id);
    await gate.promise;
    gates.delete(id);
  }, { concurrency: 2 }));
  it.start();
  for (const id of ["a", "b", "c"]) await it.state.create(item(INTS, id, ""));
  await until(it.engine, () => gates.size === 2);
  for (let n = 0; n < 3; n++) {
    await it.state.addFinalizer({ ...INTS, id: "a" }, [`f${n}`]);
    await it.clock.advance(0);
  }
  assertEquals([begun, queueMetric(it, "queue_length")], [["a", "b"], 2]);
  gates.get("a")?.resolve();
  await until(it.engine, () => begun.length === 3);
  gates.get("b")?.resolve();
  // What changed meanwhile comes after those who waited longer.
  await until(it.engine, () => begun.length === 4);
  assertEquals(begun, ["a", "b", "c", "a"]);
  for (const { resolve } of gates.values()) resolve();
  await it.clock.advance(0);
  assertEquals([gates.size, queueMetric(it, "queue_length")], [0, 0]);
});

Deno.test("QueueRunner reconciles the one primary of an input with an id, from the start", async () => {
  await using it = house();
  const seen: string[] = [];
  await it.engine.registerQueue(queueController(({ id }) => seen.push(id), {
    inputs: [{ ...INTS, id: "a", kind: "q-primary" }],
  }));
  for (const id of ["a", "b"]) await it.state.create(item(INTS, id, ""));
  it.start();
  await until(it.engine, () => seen.length === 1);
  for (const id of ["a", "b"]) await it.state.teardown({ ...INTS, id });
  await it.clock.advance(0);
  assertEquals(seen, ["a", "a"]);
});

Deno.test("QueueRunner fails a map job that names what is no primary", async () => {
  await using it = house();
  await it.engine.registerQueue(queueController(() => {}, {
    inputs: [{ ...INTS, kind: "q-primary" }, { ...STRS, kind: "q-mapped" }],
    mapInput: (_context, { id }) => Promise.resolve([{ ...INTS, id }, { ...STRS, id }]),
  }));
  it.start();
  await it.state.create(item(STRS, "a", ""));
  await it.clock.sleeping();
  assertEquals(
    it.engine.controllers()[0]?.lastError,
    "unexpected primary input in the mapped output: default/test/str",
  );
  assertEquals([
    queueMetric(it, "mapped_out"),
    queueMetric(it, "processed"),
    queueMetric(it, "crashes"),
  ], [
    0,
    0,
    1,
  ]);
});

Deno.test("QueueRunner maps a destroyed resource by what was known of it last", async () => {
  await using it = house();
  const mapped: unknown[] = [];
  await it.engine.registerQueue(queueController(() => {}, {
    inputs: [{ ...INTS, kind: "q-primary" }, { ...STRS, kind: "q-mapped" }],
    mapInput(_context, changed) {
      mapped.push(changed);
      return Promise.resolve([]);
    },
  }));
  it.start();
  const { metadata } = await it.state.create(item(STRS, "a", "", { of: "me" }));
  await it.clock.advance(0);
  await it.state.addFinalizer(metadata, ["F"]);
  await it.clock.advance(0);
  await it.state.teardown(metadata);
  await it.state.removeFinalizer(metadata, ["F"]);
  await it.state.destroy(metadata);
  await it.clock.advance(0);
  const about = { ...STRS, id: "a", labels: metadata.labels };
  assertEquals(mapped.at(0), { ...about, phase: "running", finalizersEmpty: true });
  assertEquals(mapped.at(-1), { ...about, phase: "tearingDown", finalizersEmpty: true });
});

Deno.test("QueueRunner maps destroy-ready inputs only when they are", async () => {
  await using it = house();
  let maps = 0;
  await it.engine.registerQueue(queueController(() => {}, {
    inputs: [{ ...STRS, kind: "q-mapped-destroy-ready" }],
    mapInput() {
      maps++;
      return Promise.resolve([]);
    },
  }));
  it.start();
  const mapped = async () => {
    await it.clock.advance(0);
    return maps;
  };
  const { metadata } = await it.state.create(item(STRS, "a", ""));
  await it.state.addFinalizer(metadata, ["F"]);
  await it.state.teardown(metadata);
  assertEquals(await mapped(), 0);
  await it.state.removeFinalizer(metadata, ["F"]);
  assertEquals(await mapped(), 1);
  await it.state.create(item(STRS, "b", ""));
  await it.state.destroy({ ...STRS, id: "b" });
  assertEquals(await mapped(), 1);
});

Deno.test("QueueRunner ends jobs in flight with their signal, and drops what is queued", async () => {
  await using it = house();
  const order: string[] = [];
  await it.engine.registerQueue(queueController(async ({ id }, { signal }) => {
    order.push(`begin ${id}`);
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    await it.clock.sleep(0);
    order.push(`end ${id}`);
    throw signal.reason;
  }, { shutdown: () => void order.push("shutdown") }));
  for (const id of ["a", "b"]) await it.state.create(item(INTS, id, ""));
  const running = it.start();
  await until(it.engine, () => order.length === 1);
  it.stop.abort();
  await running;
  assertEquals(order, ["begin a", "end a", "shutdown"]);
  assertEquals([queueMetric(it, "crashes"), it.clock.pendingMs], [0, []]);
  assertEquals(it.engine.controllers()[0]?.phase, "ended");
});

Deno.test("QueueRunner runs the run hook again, and anew after a minute of health", async () => {
  await using it = house();
  let lifeMs = 0;
  let runs = 0;
  await it.engine.registerQueue(queueController(() => {}, {
    async run({ signal }) {
      runs++;
      if (lifeMs > 0) await it.clock.sleep(lifeMs, { signal });
      if (runs === 10) return;
      throw new Error("no");
    },
  }));
  it.start();
  for (let failures = 1; failures <= 6; failures++) {
    await it.clock.sleeping();
    assert(isBackoff(it.clock.pendingMs[0], failures));
    lifeMs = failures === 6 ? 60_000 : 0;
    await it.clock.advance(it.clock.pendingMs[0] ?? 0);
  }
  // A minute is not more than a minute.
  await it.clock.advance(60_000);
  assert(isBackoff(it.clock.pendingMs[0], 7));
  lifeMs = 60_001;
  await it.clock.advance(it.clock.pendingMs[0] ?? 0);
  await it.clock.advance(60_001);
  lifeMs = 0;
  assert(isBackoff(it.clock.pendingMs[0], 1));
  await it.clock.advance(750);
  assertEquals(it.engine.controllers()[0]?.lastError, "no");
  await it.clock.advance(60_000);
  // It returned: that was its end.
  assertEquals([runs, it.clock.pendingMs], [10, []]);
});

Deno.test("QueueRunner calls the shutdown hook of a controller whose hook throws, once", async () => {
  await using it = house();
  let shutdowns = 0;
  await it.engine.registerQueue(queueController(() => {}, {
    shutdown() {
      shutdowns++;
      throw new Error("no");
    },
  }));
  const running = it.start();
  await it.clock.advance(0);
  it.stop.abort();
  await running;
  assertEquals([shutdowns, it.log.lines.map(({ message }) => message)], [1, [
    "shutdown hook failed",
  ]]);
});

Deno.test("QueueRunner lets timers have their turn in a long queue", async () => {
  await using it = house();
  let jobs = 0;
  let turned = -1;
  await it.engine.registerQueue(queueController(() => void jobs++));
  await Promise.all(
    Array.from({ length: 2_000 }, (_, n) => it.state.create(item(INTS, `${n}`, ""))),
  );
  it.start();
  setTimeout(() => turned = jobs, 0);
  await until(it.engine, () => jobs === 2_000);
  assert(turned < 2_000);
});

Deno.test("QueueRunner lets go of what a job followed when the job has ended", async () => {
  await using it = house();
  const followed: AbortSignal[] = [];
  await it.engine.registerQueue(queueController(async (pointer, context) => {
    followed.push(context.signal, await context.contextWithTeardown(pointer));
    assertEquals(followed.map(({ aborted }) => aborted), [false, false]);
  }));
  await it.state.create(item(INTS, "a", ""));
  it.start();
  await until(it.engine, () => followed.length === 2 && followed.every(({ aborted }) => aborted));
  assertEquals(followed[0]?.reason.message, "the job has ended");
  assertEquals(queueMetric(it, "crashes"), 0);
});
