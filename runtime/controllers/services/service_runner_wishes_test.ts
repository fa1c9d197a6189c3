/** Wishes that come at awkward times, and what is tried again. */
// @ts-types="../../../types/std_assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import { is, running, ServiceBench } from "../../../tests/fakes/services.ts";
import { ServiceRestart, ServiceState } from "../../resources/service.ts";

const { WAITING, RUNNING, STOPPING, FINISHED, FAILED } = ServiceState;
const { NEVER } = ServiceRestart;
/** The longest first pause. */
const FIRST_MS_MAX = 750;

/** Ends `a`, of which something is left that cannot be killed until `clear` is called. */
async function endedStuck(
  bench: ServiceBench,
  end: { readonly code: number },
): Promise<{ readonly clear: () => Promise<void> }> {
  const group = bench.world.group("a");
  Object.assign(group, { isStuck: true, others: 1 });
  bench.world.processOf("a").end(end);
  await bench.becomes("a", is(STOPPING));
  return {
    async clear() {
      group.isStuck = false;
      await bench.pass(1_000);
    },
  };
}

Deno.test("ServiceRunner starts another command that is wished while what is left of the old one is killed", async () => {
  const bench = await running({ restart: NEVER });
  const { clear } = await endedStuck(bench, { code: 0 });
  bench.wish({ a: { restart: NEVER, command: ["/bin/newer"] } });
  await bench.settle();
  assertEquals(bench.world.started.length, 1);
  await clear();
  assertEquals(bench.view("a").state, RUNNING);
  assertEquals(bench.world.processOf("a").request.command, ["/bin/newer"]);
});

Deno.test("ServiceRunner starts what failed with other limits that are wished while what is left of it is killed", async () => {
  for (const [code, state, starts] of [[1, RUNNING, 2], [0, FINISHED, 1]] as const) {
    const bench = await running({ restart: NEVER });
    const { clear } = await endedStuck(bench, { code });
    bench.wish({ a: { restart: NEVER, limits: { processesMax: 9 } } });
    await clear();
    assertEquals([bench.view("a").state, bench.world.started.length], [state, starts]);
  }
});

Deno.test("ServiceRunner starts what failed when its limits are others, and not what finished", async () => {
  for (const [code, state, starts] of [[1, FAILED, 2], [0, FINISHED, 1]] as const) {
    const bench = await running({ restart: NEVER, limits: { memoryMax: 4096n } });
    bench.world.processOf("a").end({ code });
    await bench.becomes("a", is(state));
    bench.wish({ a: { restart: NEVER, limits: { memoryMax: 4096n }, operable: true } });
    await bench.pass(60_000);
    assertEquals([bench.view("a").state, bench.world.started.length], [state, 1]);
    bench.wish({ a: { restart: NEVER, limits: { memoryMax: 8192n } } });
    await bench.pass(60_000);
    assertEquals(bench.world.started.length, starts);
    assertEquals(bench.view("a").state, code === 0 ? FINISHED : RUNNING);
  }
});

Deno.test("ServiceRunner sets limits that were refused when their pause is over, and says so until then", async () => {
  const bench = await running();
  const limits = { processesMax: 8 };
  bench.world.refusal.limit = new Error("EBUSY");
  bench.wish({ a: { limits } });
  await bench.becomes("a", ({ message }) => message !== "");
  bench.supervisor.runner("a")?.wake();
  await bench.settle();
  assertMatch(bench.view("a").message, /^Cannot change its limits: EBUSY; tried again in 0\.\d s$/);
  assertEquals(bench.world.group("a").limits.processesMax, 4096);
  await bench.pass(FIRST_MS_MAX);
  assertEquals(bench.world.group("a").limits.processesMax, 8);
  assertEquals([bench.view("a").state, bench.view("a").message], [RUNNING, ""]);
  assertEquals([bench.world.started.length, bench.world.clock.pendingMs], [1, []]);
});

Deno.test("ServiceRunner sets limits that were refused with the next spec, those from before them too", async () => {
  for (const processesMax of [8, 4096]) {
    const bench = await running({ limits: { processesMax: 4096 } });
    const group = bench.world.group("a");
    bench.world.refusal.limit = new Error("EBUSY");
    bench.wish({ a: { limits: { processesMax: 8 } } });
    await bench.becomes("a", ({ message }) => message !== "");
    // What was refused may have been set in part.
    group.limits = { ...group.limits, processesMax: 5 };
    bench.wish({ a: { limits: { processesMax }, operable: true } });
    await bench.settle();
    assertEquals(group.limits.processesMax, processesMax);
    assertEquals(bench.view("a").message, "");
  }
});

Deno.test("ServiceRunner that an operator restarts while it runs has its first pause before it again", async () => {
  const bench = await running();
  for (let times = 0; times < 12; times++) {
    bench.world.processOf("a").end({ code: 3 });
    await bench.becomes("a", is(WAITING));
    await bench.pass(bench.world.clock.pendingMs[0] ?? 0);
    await bench.becomes("a", is(RUNNING));
  }
  bench.supervisor.runner("a")?.restart();
  await bench.becomes("a", ({ restarts, state }) => restarts === 13 && state === RUNNING);
  bench.world.processOf("a").end({ code: 3 });
  await bench.becomes("a", is(WAITING));
  const [pauseMs = 0] = bench.world.clock.pendingMs;
  assert(pauseMs <= FIRST_MS_MAX, `${pauseMs}`);
});

Deno.test("ServiceRunner waits no longer after an error for being woken, nor after an end for errors", async () => {
  const bench = new ServiceBench();
  const { refusal, clock } = bench.world;
  refusal.conditions = new Error("EIO");
  bench.wish({ a: {} });
  await bench.becomes("a", ({ message }) => message !== "");
  const [firstMs = 0] = clock.pendingMs;
  assert(firstMs <= FIRST_MS_MAX);
  for (let wakes = 0; wakes < 20; wakes++) {
    refusal.conditions = new Error("EIO");
    bench.supervisor.runner("a")?.wake();
    await bench.settle();
    // It was tried.
    assertEquals(refusal.conditions, undefined);
    assertEquals(clock.pendingMs, [firstMs]);
  }
  for (let errors = 0; errors < 12; errors++) {
    refusal.conditions = new Error("EIO");
    await bench.pass(clock.pendingMs[0] ?? 0);
  }
  assert((clock.pendingMs[0] ?? 0) > FIRST_MS_MAX);
  await bench.pass(clock.pendingMs[0] ?? 0);
  await bench.becomes("a", is(RUNNING));
  bench.world.processOf("a").end({ code: 1 });
  await bench.becomes("a", is(WAITING));
  assert((clock.pendingMs[0] ?? 0) <= FIRST_MS_MAX);
  refusal.conditions = new Error("EIO");
  await bench.pass(clock.pendingMs[0] ?? 0);
  // It was started since.
  assertMatch(bench.view("a").message, /^EIO; tried again in 0\.\d s$/);
});
