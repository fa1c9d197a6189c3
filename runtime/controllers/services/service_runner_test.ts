// @ts-types="../../../types/std_assert.d.ts"
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { SyscallError } from "../../../fs/kernel/syscall_error.ts";
import { is, running, ServiceBench } from "../../../tests/fakes/services.ts";
import { ServiceHealth, ServiceRestart, ServiceState } from "../../resources/service.ts";
import { UnwellError } from "./service_world.ts";

const { WAITING, RUNNING, STOPPING, FINISHED, FAILED } = ServiceState;

Deno.test("ServiceRunner starts what is wished, in its cgroup with its limits", async () => {
  const bench = await running({ command: ["/bin/a", "-v"], limits: { memoryMax: 1n << 20n } });
  const { request, pid } = bench.world.processOf("a");
  assertEquals(request.command, ["/bin/a", "-v"]);
  assertEquals(request.cgroup, "/cgroups/a");
  assertEquals(request.directory, "/");
  assertEquals(request.capabilities, []);
  assertEquals(bench.world.group("a").limits.memoryMax, 1n << 20n);
  assertEquals(bench.view("a").pid, pid);
  assertEquals(bench.view("a").restarts, 0);
});

Deno.test("ServiceRunner changes nothing for the same spec, and restarts for another command", async () => {
  const bench = await running();
  bench.wish({ a: {} });
  await bench.settle();
  assertEquals(bench.world.started.length, 1);
  bench.wish({ a: { command: ["/bin/other"] } });
  await bench.becomes("a", ({ restarts }) => restarts === 1);
  assertEquals(bench.world.started[0]?.signals[0], 15);
  assertEquals(bench.world.running, ["a"]);
  assertEquals(bench.world.processOf("a").request.command, ["/bin/other"]);
});

Deno.test("ServiceRunner changes limits of a running service where it is, and says what refuses them", async () => {
  const bench = await running();
  bench.wish({ a: { limits: { processesMax: 9 } } });
  await bench.settle();
  assertEquals(bench.world.started.length, 1);
  assertEquals(bench.world.group("a").limits.processesMax, 9);
  bench.world.refusal.limit = new Error("EINVAL");
  bench.wish({ a: { limits: { processesMax: 8 } } });
  const { state, message } = await bench.becomes("a", ({ message }) => message !== "");
  assertEquals(state, RUNNING);
  assertMatch(message, /^Cannot change its limits: EINVAL; tried again in 0\.\d s$/);
});

Deno.test("ServiceRunner starts a spec that comes again while the old one stops after it", async () => {
  const bench = await running();
  const first = bench.world.processOf("a");
  first.ignored.add(15);
  bench.wish({ a: undefined });
  await bench.becomes("a", is(STOPPING));
  bench.wish({ a: {} });
  await bench.settle();
  assertEquals(bench.world.started.length, 1);
  await bench.pass(10_000);
  await bench.becomes("a", is(RUNNING));
  assertEquals(first.isRunning, false);
  assertEquals(bench.world.started.length, 2);
});

Deno.test("ServiceRunner whose spec goes ends, and is over when nothing of it is left", async () => {
  const bench = await running();
  bench.world.group("a").others = 3;
  bench.wish({ a: undefined });
  const runner = bench.supervisor.runner("a");
  await bench.becomes("a", is(FINISHED));
  assertEquals(runner?.isOver, true);
  assertEquals([...bench.world.groups], []);
  bench.apply();
  assertEquals(bench.supervisor.ids, []);
  assertEquals(bench.world.clock.pendingMs, []);
});

Deno.test("ServiceRunner kills all of a service that refuses to end when its time is over", async () => {
  const bench = await running({ stopTimeoutMs: 3_000, stopSignal: "SIGINT" });
  const process = bench.world.processOf("a");
  process.ignored.add(2);
  bench.supervisor.runner("a")?.stop();
  const { message } = await bench.becomes("a", is(STOPPING));
  assertEquals(
    message,
    "stopped by an operator: asked to end by SIGINT, killed after 3 s",
  );
  await bench.pass(2_999);
  assertEquals(process.isRunning, true);
  assertEquals(bench.world.kills, []);
  await bench.pass(1);
  const { lastExit } = await bench.becomes("a", is(FINISHED));
  assertEquals(process.signals.slice(0, 2), [2, 9]);
  assertEquals(lastExit?.signal, "SIGKILL");
});

Deno.test("ServiceRunner kills grandchildren that a service left, though they hold its outputs open", async () => {
  const bench = await running({ restart: ServiceRestart.NEVER });
  const process = bench.world.processOf("a");
  bench.world.group("a").others = 2;
  process.leavesChild = true;
  await process.write("said\nthe last");
  process.end({ code: 0 });
  const { lastExit } = await bench.becomes("a", is(FINISHED));
  assertEquals(bench.world.kills, ["a"]);
  assertEquals(lastExit?.lastLine, "the last");
  assertEquals([...bench.world.groups], []);
});

Deno.test("ServiceRunner does not wait for outputs that somebody outside of the cgroup holds", async () => {
  const bench = await running({ restart: ServiceRestart.NEVER });
  const process = bench.world.processOf("a");
  process.closeOutputs = () => {};
  process.end({ code: 0 });
  await bench.settle();
  assertEquals(bench.view("a").state, RUNNING);
  await bench.pass(500);
  await bench.becomes("a", is(FINISHED));
});

Deno.test("ServiceRunner says what it cannot kill, starts nothing beside it, and goes on when it is gone", async () => {
  const bench = await running();
  const group = bench.world.group("a");
  Object.assign(group, { others: 2, isStuck: true, usage: { ...group.usage, processes: 2 } });
  bench.world.processOf("a").end({ code: 1 });
  await bench.pass(11_000);
  const { message } = await bench.becomes("a", is(STOPPING));
  assertEquals(message, "Cannot end it: 2 of its processes are there 10 s after they were killed");
  assertEquals(bench.world.started.length, 1);
  group.isStuck = false;
  await bench.pass(300);
  await bench.becomes("a", is(WAITING));
  assertEquals([...bench.world.groups], []);
});

Deno.test("ServiceRunner starts again what ended, with pauses that grow, and first ones after a minute", async () => {
  const bench = await running();
  const pauses: number[] = [];
  for (let times = 0; times < 12; times++) {
    bench.world.processOf("a").end({ code: 3 });
    const { message } = await bench.becomes("a", is(WAITING));
    assertMatch(message, /^ended with code 3; starts again in [\d.]+ s$/);
    const [pauseMs = 0] = bench.world.clock.pendingMs;
    pauses.push(pauseMs);
    await bench.pass(pauseMs);
    await bench.becomes("a", is(RUNNING));
  }
  assertEquals(bench.view("a").restarts, 12);
  pauses.forEach((pauseMs, index) => {
    const middle = Math.min(500 * 1.5 ** index, 60_000);
    assertEquals(pauseMs >= middle / 2 && pauseMs <= Math.min(middle * 1.5, 60_000), true);
  });
  await bench.pass(60_000);
  bench.world.processOf("a").end({ code: 3 });
  await bench.becomes("a", is(WAITING));
  assertEquals((bench.world.clock.pendingMs[0] ?? 0) <= 750, true);
});

Deno.test("ServiceRunner rests by the restart rule: a good end or a bad one", async () => {
  const cases = [
    [ServiceRestart.NEVER, { code: 0 }, FINISHED, "ended with code 0"],
    [ServiceRestart.NEVER, { code: 4 }, FAILED, "ended with code 4"],
    [ServiceRestart.NEVER, { signal: 9 }, FAILED, "was ended by SIGKILL"],
    [ServiceRestart.ON_FAILURE, { code: 0 }, FINISHED, "ended with code 0"],
    [ServiceRestart.ON_FAILURE, { code: 1 }, WAITING, "ended with code 1; starts again in"],
    [ServiceRestart.ALWAYS, { code: 0 }, WAITING, "ended with code 0; starts again in"],
  ] as const;
  for (const [restart, end, state, message] of cases) {
    const bench = await running({ restart });
    bench.world.processOf("a").end(end);
    const view = await bench.becomes("a", is(state));
    assertStringIncludes(view.message, message);
    assertEquals(view.pid, 0);
  }
});

Deno.test("ServiceRunner tells a kill for want of memory by the count of its cgroup", async () => {
  const bench = await running();
  const group = bench.world.group("a");
  group.usage = { ...group.usage, oomKills: 1n };
  await bench.world.processOf("a").write("hungry\n");
  bench.world.processOf("a").end({ signal: 9 });
  const { lastExit, message } = await bench.becomes("a", is(WAITING));
  assertEquals(lastExit?.outOfMemory, true);
  assertEquals(lastExit?.lastLine, "hungry");
  assertStringIncludes(message, "was ended by SIGKILL (out of memory); starts again in");
});

Deno.test("ServiceRunner says which step refused a launch", async () => {
  const refused = new SyscallError({ call: "execve", errno: 2, subject: "/bin/a" });
  for (const [restart, state] of [[ServiceRestart.NEVER, FAILED], [0, WAITING]] as const) {
    const bench = new ServiceBench();
    bench.world.onStart = (process) => process.end({ refused });
    bench.wish({ a: { restart } });
    const { message } = await bench.becomes("a", ({ message }) => message.startsWith("could"));
    assertEquals(bench.view("a").state, state);
    assertStringIncludes(message, 'could not be started: Cannot execve "/bin/a": ENOENT (2)');
  }
});

Deno.test("ServiceRunner leaves no cgroup of a process that could not be begun", async () => {
  const bench = new ServiceBench();
  bench.world.refusal.start = new SyscallError({ call: "fork", errno: 11, subject: "launch" });
  bench.wish({ a: {} });
  const { message } = await bench.becomes("a", ({ message }) => message !== "");
  assertStringIncludes(message, 'could not be started: Cannot fork "launch": EAGAIN (11); starts');
  assertEquals([...bench.world.groups], []);
  await bench.pass(750);
  await bench.becomes("a", is(RUNNING));
});

Deno.test("ServiceRunner makes what throws on its way the service's message, and tries again", async () => {
  const bench = new ServiceBench();
  bench.world.refusal.conditions = new TypeError("not a list");
  bench.wish({ a: {}, b: {} });
  const { message } = await bench.becomes("a", ({ message }) => message !== "");
  assertStringIncludes(message, "not a list; tried again in");
  await bench.becomes("b", is(RUNNING));
  await bench.pass(750);
  await bench.becomes("a", is(RUNNING));
});

Deno.test("ServiceRunner obeys operators: what is stopped stays so through new specs until it is started", async () => {
  const bench = await running();
  const runner = bench.supervisor.runner("a");
  runner?.stop();
  const { message } = await bench.becomes("a", is(FINISHED));
  assertEquals(message, "stopped by an operator");
  bench.wish({ a: { command: ["/bin/newer"] } });
  await bench.settle();
  assertEquals(bench.world.running, []);
  runner?.start();
  await bench.becomes("a", is(RUNNING));
  assertEquals(bench.world.processOf("a").request.command, ["/bin/newer"]);
  runner?.start();
  await bench.settle();
  assertEquals(bench.world.started.length, 2);
  runner?.restart();
  await bench.becomes("a", ({ restarts, state }) => restarts === 2 && state === RUNNING);
  assertEquals(bench.world.running, ["a"]);
});

Deno.test("ServiceRunner that an operator starts does not pause, nor rest", async () => {
  const bench = await running();
  bench.world.processOf("a").end({ code: 1 });
  await bench.becomes("a", is(WAITING));
  bench.supervisor.runner("a")?.start();
  await bench.becomes("a", is(RUNNING));
  bench.wish({ a: { restart: ServiceRestart.NEVER } });
  bench.world.processOf("a").end({ code: 1 });
  await bench.becomes("a", is(FAILED));
  bench.supervisor.runner("a")?.restart();
  await bench.becomes("a", is(RUNNING));
});

Deno.test("ServiceRunner counts processors of all starts together", async () => {
  const bench = await running();
  bench.supervisor.measure();
  assertEquals(bench.view("a").cpuUs, 7n);
  assertEquals(bench.view("a").memory, 4096n);
  bench.supervisor.runner("a")?.restart();
  await bench.becomes("a", ({ restarts, state }) => restarts === 1 && state === RUNNING);
  bench.supervisor.measure();
  assertEquals(bench.view("a").cpuUs, 14n);
});

Deno.test("ServiceRunner leaves nothing behind after 200 restarts", async () => {
  const bench = await running();
  for (let times = 1; times <= 200; times++) {
    await bench.world.processOf("a").write(`start ${times}\n`);
    bench.world.processOf("a").end({ code: 1 });
    await bench.becomes("a", is(WAITING));
    await bench.world.clock.advance(bench.world.clock.pendingMs[0] ?? 0);
    await bench.becomes("a", is(RUNNING));
  }
  assertEquals(bench.view("a").restarts, 200);
  assertEquals(bench.world.running, ["a"]);
  assertEquals([...bench.world.groups.keys()], ["a"]);
  assertEquals(bench.world.clock.pendingMs, []);
  assertEquals(bench.supervisor.changes("a").length, 16);
  const ended = bench.world.started.filter(({ isRunning }) => !isRunning);
  assertEquals(ended.every(({ stdout, stderr }) => stdout.locked && stderr.locked), true);
});

Deno.test("ServiceRunner kills what gives no answer any more, and starts it again", async () => {
  const bench = new ServiceBench();
  let isWell = false;
  bench.world.onAsk = async () => {
    if (!isWell) throw new Error("silence");
    return await Promise.resolve("well");
  };
  const health = { tcp: "localhost:1", initialDelayMs: 1, periodMs: 1_000, restartAfter: 3 };
  bench.wish({ a: { health } });
  await bench.becomes("a", is(RUNNING));
  // Before the first good answer it may take its time.
  await bench.pass(5_000);
  assertEquals(bench.world.started.length, 1);
  isWell = true;
  await bench.pass(1_000);
  isWell = false;
  await bench.pass(2_000);
  isWell = true;
  await bench.pass(1_000);
  isWell = false;
  await bench.pass(2_000);
  assertEquals(bench.world.started.length, 1);
  await bench.pass(2_000);
  const { lastExit } = await bench.becomes("a", ({ restarts }) => restarts === 1);
  assertEquals(bench.world.started[0]?.signals, [9]);
  assertEquals(lastExit?.signal, "SIGKILL");
  const told = bench.supervisor.changes("a").map(({ message }) => message).join("\n");
  assertStringIncludes(told, "did not answer its health check, and was killed");
});

Deno.test("ServiceRunner tells of who answers that it is not well, and kills it only once it is silent", async () => {
  const bench = new ServiceBench();
  let fault: Error | undefined;
  bench.world.onAsk = async () => {
    if (fault !== undefined) throw fault;
    return await Promise.resolve("well");
  };
  const health = { tcp: "localhost:1", initialDelayMs: 1, periodMs: 1_000, restartAfter: 2 };
  bench.wish({ a: { health } });
  await bench.becomes("a", is(RUNNING));
  await bench.pass(1_000);
  const silence = new Error("silence");
  const busy = new UnwellError("too many callers");
  for (const next of [busy, busy, busy, silence, busy, silence]) {
    fault = next;
    await bench.pass(1_000);
  }
  assertEquals(bench.view("a").health, ServiceHealth.UNHEALTHY);
  assertEquals(bench.world.started.map(({ signals }) => signals), [[]]);
  await bench.pass(1_000);
  await bench.becomes("a", ({ restarts }) => restarts === 1);
});
