// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { house, INTS, item, STRS } from "../../tests/fakes/engine_house.ts";
import { isBackoff, QUEUE, queueController, queueMetric } from "../../tests/fakes/queue_house.ts";
import { RequeueError, SkipError } from "./requeue.ts";

Deno.test("QueueRunner backs an item off that fails, ever longer, and anew after a success", async () => {
  await using it = house();
  let failing = true;
  await it.engine.registerQueue(queueController(() => {
    if (failing) throw new Error("no");
  }));
  it.start();
  await it.state.create(item(INTS, "a", ""));
  for (let failures = 1; failures <= 14; failures++) {
    await it.clock.sleeping();
    const [waitMs] = it.clock.pendingMs;
    assert(isBackoff(waitMs, failures), `${failures}: ${waitMs}`);
    failing = failures < 14;
    await it.clock.advance(waitMs ?? 0);
  }
  assertEquals([queueMetric(it, "processed"), queueMetric(it, "crashes"), it.clock.pendingMs], [
    15,
    14,
    [],
  ]);
  failing = true;
  await it.state.destroy({ ...INTS, id: "a" });
  await it.clock.sleeping();
  assert(isBackoff(it.clock.pendingMs[0], 1));
});

Deno.test("QueueRunner keeps a back-off for each item and each job of it", async () => {
  await using it = house();
  await it.engine.registerQueue(queueController(() => Promise.reject(new Error("no")), {
    inputs: [{ ...INTS, kind: "q-primary" }, { ...STRS, kind: "q-mapped" }],
    mapInput: () => Promise.reject(new Error("no")),
  }));
  it.start();
  await it.state.create(item(INTS, "a", ""));
  await it.clock.sleeping();
  for (let n = 0; n < 5; n++) {
    await it.clock.advance(it.clock.pendingMs[0] ?? 0);
    await it.clock.sleeping();
  }
  assert((it.clock.pendingMs[0] ?? 0) > 750);
  await it.state.create(item(STRS, "a", ""));
  await it.clock.advance(0);
  // The map job of the same id begins at half a second, and the queue wakes for it first.
  assert((it.clock.pendingMs[0] ?? Infinity) <= 750);
  assertEquals(queueMetric(it, "mapped_in"), 1);
});

Deno.test("QueueRunner cuts a back-off short at the item's next change, and goes on with it", async () => {
  await using it = house();
  let jobs = 0;
  await it.engine.registerQueue(queueController(() => {
    jobs++;
    throw new Error("no");
  }));
  it.start();
  const { metadata } = await it.state.create(item(INTS, "a", ""));
  for (let change = 1; change <= 6; change++) {
    await it.clock.sleeping();
    await it.state.addFinalizer(metadata, [`f${change}`]);
    await it.clock.advance(0);
    assertEquals(jobs, change + 1);
  }
  // It did not begin anew.
  assert(isBackoff(it.clock.pendingMs[0], 7));
});

Deno.test("QueueRunner does what RequeueError and SkipError say", async () => {
  await using it = house();
  let thrown: unknown;
  await it.engine.registerQueue(queueController(() => {
    if (thrown !== undefined) throw thrown;
  }));
  it.start();
  const counts = () => ["crashes", "skips", "requeues"].map((name) => queueMetric(it, name));
  const { metadata } = await it.state.create(item(INTS, "a", ""));
  const next = async (error: unknown): Promise<number | undefined> => {
    thrown = error;
    await it.state.modify(item(INTS, "a", `${Math.random()}`), (now) => ({
      metadata: now.metadata,
      spec: item(INTS, "a", `${now.metadata.version}`).spec,
    }));
    await it.clock.advance(0);
    return it.clock.pendingMs[0];
  };
  await it.clock.advance(0);
  assertEquals(metadata.version, 1n);
  assertEquals([await next(new RequeueError(7000)), ...counts()], [7000, 0, 0, 1]);
  assertEquals([await next(new RequeueError(0)), ...counts()], [undefined, 0, 0, 1]);
  assertEquals([await next(new SkipError("wait")), ...counts()], [undefined, 0, 1, 1]);
  const skip = new RequeueError(8000, { cause: new SkipError("wait") });
  assertEquals([await next(skip), ...counts()], [8000, 0, 2, 1]);
  const wrapped = new Error("around it", { cause: new SkipError("wait") });
  assertEquals([await next(wrapped), ...counts()], [undefined, 0, 3, 1]);
  const cause = new Error("not yet");
  assert(isBackoff(await next(new Error("no")), 1));
  assertEquals([await next(new RequeueError(9000, { cause })), ...counts()], [9000, 2, 3, 1]);
  // That left the back-off as it was; without an interval it goes on.
  assert(isBackoff(await next(new RequeueError(0, { cause })), 2));
  assertEquals(counts(), [3, 3, 1]);
  // A skip clears it.
  await next(new SkipError("wait"));
  assert(isBackoff(await next(new Error("no")), 1));
  assertEquals(await next(undefined), undefined);
});

Deno.test("QueueRunner takes another's cancelled wait for a failure", async () => {
  await using it = house();
  await it.engine.registerQueue(queueController(() => {
    throw new DOMException("somebody else's", "AbortError");
  }));
  it.start();
  await it.state.create(item(INTS, "a", ""));
  await it.clock.sleeping();
  assertEquals(queueMetric(it, "crashes"), 1);
  const [status] = it.engine.controllers();
  assertEquals([status?.flavour, status?.lastError, status?.phase, status?.queueLength], [
    "queue",
    "somebody else's",
    "running",
    1,
  ]);
  const [line] = it.log.lines;
  assertEquals([line?.name, line?.message, line?.facts["id"]], [QUEUE, "reconcile failed", "a"]);
});

Deno.test("QueueRunner and ControllerRunner go on, whatever is thrown", async () => {
  await using it = house();
  let runs = 0;
  let jobs = 0;
  const nameless: unknown = Object.create(null);
  await it.engine.register({
    name: "test.C",
    inputs: [],
    outputs: [],
    run() {
      runs++;
      throw nameless;
    },
  });
  await it.engine.registerQueue(queueController(() => {
    jobs++;
    throw nameless;
  }));
  await it.state.create(item(INTS, "a", ""));
  it.start();
  await it.clock.sleeping(2);
  await it.clock.advance(60_000);
  assert(runs > 5 && jobs > 5);
  assertEquals(it.engine.controllers().map(({ lastError }) => lastError), [
    "something that has no text",
    "something that has no text",
  ]);
});
