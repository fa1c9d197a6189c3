// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import type { Watchdog } from "../fs/kernel/kernel.ts";
import { SyscallError } from "../fs/kernel/syscall_error.ts";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { FakeLog } from "../tests/fakes/log.ts";
import { FakeOutside } from "../tests/fakes/machine.ts";
import { EndRequest } from "./end_request.ts";
import { armWatchdog, obeySignals, prepareProcess, reapOrphans } from "./pid1.ts";

Deno.test("reapOrphans() reaps when told of an end, leaving owned children, until its signal aborts", () => {
  const kernel = new FakeKernel();
  const log = new FakeLog();
  const stop = new AbortController();
  reapOrphans(kernel, log, stop.signal);
  using _owned = kernel.ownChild(7);
  for (const pid of [7, 8]) kernel.endChild(pid);
  assertEquals([...kernel.zombies], [7]);
  assertEquals(log.lines.map(({ level, facts }) => [level, facts]), [["debug", { reaped: 1 }]]);
  stop.abort();
  kernel.endChild(9);
  assertEquals([...kernel.zombies], [7, 9]);
});

/** A kernel whose waitid fails. */
class NoReaping extends FakeKernel {
  override reapOrphans(): number {
    throw new Error("ECHILD");
  }
}

Deno.test("reapOrphans() says and survives that it cannot reap", () => {
  const kernel = new NoReaping();
  const log = new FakeLog();
  const stop = new AbortController();
  reapOrphans(kernel, log, stop.signal);
  kernel.endChild(8);
  assertEquals(log.lines.map(({ level, message }) => [level, message]), [["error", "cannot reap"]]);
  stop.abort();
});

for (
  const [name, ending] of [
    ["SIGTERM", "power-off"],
    ["SIGINT", "restart"],
    ["SIGPWR", "power-off"],
  ] as const
) {
  Deno.test(`obeySignals() takes ${name} as the wish to ${ending}, until its signal aborts`, async () => {
    const end = new EndRequest(new FakeLog());
    const outside = new FakeOutside();
    const over = new AbortController();
    obeySignals(end, outside, over.signal);
    outside.raise(name);
    assertEquals(await end.wanted, ending);
    over.abort();
    assertEquals(outside.signals, []);
  });
}

Deno.test("prepareProcess() raises the limit of open files, catches ctrl-alt-del and tells the kernel its parameters", () => {
  const kernel = new FakeKernel();
  const parameters = {
    "/proc/sys/user/max_user_namespaces": "0",
    "/proc/sys/net/ipv4/tcp_keepalive_time": "600",
    "/proc/sys/net/ipv4/tcp_keepalive_intvl": "60",
  };
  for (const path of Object.keys(parameters)) kernel.addFile(path, "15000\n");
  prepareProcess(kernel);
  for (const [path, value] of Object.entries(parameters)) {
    assertEquals([path, kernel.readText(path)], [path, value]);
  }
  assertEquals([kernel.openFilesLimit, kernel.ctrlAltDelCaught], [1_048_576n, true]);
});

/** A kernel that tells when its watchdog was answered. */
class Answered extends FakeKernel {
  readonly answers: (() => void)[] = [];

  override openWatchdog(path: string, timeoutSeconds: number): Watchdog {
    const watchdog = super.openWatchdog(path, timeoutSeconds);
    return {
      ...watchdog,
      keepAlive: () => {
        try {
          watchdog.keepAlive();
        } finally {
          this.answers.shift()?.();
        }
      },
    };
  }

  answered(): Promise<void> {
    return new Promise((resolve) => this.answers.push(resolve));
  }
}

Deno.test("armWatchdog() answers again and again, whatever an answer meets, and stops when told", async () => {
  const kernel = new Answered();
  const state = kernel.addWatchdog("/dev/watchdog");
  const log = new FakeLog();
  const over = new AbortController();
  // Short, so that the test does not wait: the device's own least time is a second.
  const duty = { timeoutSeconds: 0.003, log, until: over.signal };
  const watchdog = armWatchdog(kernel, "/dev/watchdog", duty);
  assertEquals([state.armed, watchdog.path], [true, "/dev/watchdog"]);
  kernel.refuse("WDIOC_KEEPALIVE", "EIO", { times: 1 });
  await kernel.answered();
  await kernel.answered();
  over.abort();
  assertEquals([state.kept >= 1, state.armed], [true, true]);
  assertEquals(log.lines.map(({ message }) => message), ["cannot answer the watchdog"]);
});

Deno.test("armWatchdog() throws where there is no watchdog", () => {
  const duty = { timeoutSeconds: 5, log: new FakeLog(), until: new AbortController().signal };
  const act = () => armWatchdog(new FakeKernel(), "/dev/watchdog", duty);
  assertEquals(assertThrows(act, SyscallError).is("ENOENT"), true);
});
