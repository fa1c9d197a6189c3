// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { MachineError } from "../api/machine_port.ts";
import { FakeClock } from "../tests/fakes/clock.ts";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import {
  KERNEL_LOG_READERS_MAX,
  KERNEL_LOG_READERS_PER_CLIENT_MAX,
  kernelLogPort,
} from "./kernel_log_port.ts";

function bench() {
  const kernel = new FakeKernel();
  const port = kernelLogPort({ kernel, clock: new FakeClock() });
  const stop = new AbortController();
  const follow = (onlyNew?: boolean, client?: string) => {
    const lines = port.read({
      follow: true,
      onlyNew: onlyNew ?? false,
      signal: stop.signal,
      client,
    });
    return lines[Symbol.asyncIterator]();
  };
  return { kernel, port, stop, follow };
}

const ONCE = { follow: false, onlyNew: false, signal: new AbortController().signal };

Deno.test("kernelLogPort().read() writes records as lines, with the wall clock's time", async () => {
  const { kernel, port } = bench();
  // The kernel has been up for one second at 03:04:05.
  kernel.kernelLog.add("6,0,1500250,-;kernel; says\n SUBSYSTEM=x\n");
  kernel.kernelLog.add("28,1,0,-;a warning\n");
  assertEquals(await Array.fromAsync(port.read(ONCE)), [
    "kern:    info: [2026-01-02T03:04:05.500250Z]: kernel; says\n",
    "daemon: warning: [2026-01-02T03:04:04Z]: a warning\n",
  ]);
  assertEquals(kernel.kernelLog.openCount, 0);
});

Deno.test("kernelLogPort().read() reads thousands of records and nothing twice", async () => {
  const { kernel, port } = bench();
  for (let count = 0; count < 2000; count++) kernel.kernelLog.say(`line ${count}`);
  const lines = await Array.fromAsync(port.read(ONCE));
  assertEquals(lines.length, 2000);
  assertEquals(
    lines.map((line) => line.slice(line.lastIndexOf(" ") + 1)).join(""),
    Array.from({ length: 2000 }, (_, at) => `${at}\n`).join(""),
  );
});

Deno.test("kernelLogPort().read() follows what comes, for several readers by one wait", async () => {
  const { kernel, stop, follow } = bench();
  kernel.kernelLog.say("before");
  const [all, onlyNew] = [follow(), follow(true)];
  assertEquals((await all.next()).value?.slice(-8), " before\n");
  const next = [all.next(), onlyNew.next()];
  // Two readers, and one that waits for both.
  assertEquals(kernel.kernelLog.openCount, 3);
  kernel.kernelLog.say("after");
  for (const each of next) assertEquals((await each).value?.slice(-7), " after\n");
  const ended = [all.next(), onlyNew.next()];
  stop.abort(new Error("enough"));
  for (const each of ended) await assertRejects(() => each, Error, "enough");
  await turns();
  assertEquals(kernel.kernelLog.openCount, 0);
});

Deno.test("kernelLogPort().read() leaves nothing when its reader leaves", async () => {
  const { kernel, follow } = bench();
  kernel.kernelLog.say("one");
  const reader = follow();
  await reader.next();
  await reader.return?.();
  await turns();
  assertEquals(kernel.kernelLog.openCount, 0);
  // And the next one is served anew.
  const again = follow(true);
  const line = again.next();
  kernel.kernelLog.say("two");
  assertEquals((await line).value?.slice(-5), " two\n");
  await again.return?.();
  await turns();
});

Deno.test("kernelLogPort().read() says so where records were overwritten", async () => {
  const { kernel, follow } = bench();
  for (const text of ["one", "two", "three"]) kernel.kernelLog.say(text);
  const reader = follow();
  await reader.next();
  kernel.kernelLog.forget(2);
  assertEquals(
    (await reader.next()).value,
    "strata: warning: [2026-01-02T03:04:05Z]: records before this line were overwritten before they could be read\n",
  );
  assertEquals((await reader.next()).value?.slice(-7), " three\n");
  await reader.return?.();
  await turns();
});

for (
  const [code, refusal] of [["EPERM", "denied"], ["ENOENT", "not-found"], [
    "EIO",
    "invalid",
  ]] as const
) {
  Deno.test(`kernelLogPort().read() refuses as ${refusal} where the kernel says ${code}`, async () => {
    const { kernel, port, follow } = bench();
    kernel.refuse("/dev/kmsg", code);
    const error = await assertRejects(() => Array.fromAsync(port.read(ONCE)), MachineError);
    assertEquals(error.refusal, refusal);
    await assertRejects(() => follow().next(), MachineError);
  });
}

Deno.test("kernelLogPort().read() refuses more readers than there may be", async () => {
  const { kernel, follow } = bench();
  kernel.kernelLog.say("one");
  const readers = Array.from({ length: KERNEL_LOG_READERS_MAX }, () => follow());
  for (const reader of readers) await reader.next();
  const error = await assertRejects(() => follow().next(), MachineError);
  assertEquals(error.refusal, "exhausted");
  for (const reader of readers) await reader.return?.();
  await turns();
  assertEquals(kernel.kernelLog.openCount, 0);
});

Deno.test("kernelLogPort().read() refuses more readers of one address than it may have, until one leaves", async () => {
  const { kernel, follow } = bench();
  kernel.kernelLog.say("one");
  const readers = Array.from(
    { length: KERNEL_LOG_READERS_PER_CLIENT_MAX },
    () => follow(undefined, "192.0.2.1"),
  );
  for (const reader of readers) await reader.next();
  const error = await assertRejects(() => follow(undefined, "192.0.2.1").next(), MachineError);
  const most = KERNEL_LOG_READERS_PER_CLIENT_MAX;
  const words = `192.0.2.1 has ${most} readers already, and may have ${most}`;
  assertEquals([error.refusal, error.message], [
    "exhausted",
    `Cannot read the kernel's log: ${words}`,
  ]);
  const other = follow(undefined, "192.0.2.2");
  await other.next();
  await readers.pop()?.return?.();
  const next = follow(undefined, "192.0.2.1");
  await next.next();
  for (const reader of [...readers, other, next]) await reader.return?.();
  await turns();
  assertEquals(kernel.kernelLog.openCount, 0);
});

/** Lets what was begun come to its end. */
function turns(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
