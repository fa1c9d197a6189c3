// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertGreater } from "@std/assert";
import type { Kernel } from "../../fs/kernel/kernel.ts";
import { openLinux } from "../../fs/kernel/linux.ts";
import { assertRefused } from "../conformance/kernel_bench.ts";
import { linuxBench } from "./linux_bench.ts";
import { insideNamespaces } from "./namespaces.ts";

/** SIGTERM. Source: asm/signal.h. */
const SIGTERM = 15;

// Inside, the test is PID 1 of its namespace: orphans come to it.
const test = insideNamespaces(import.meta.url, () => openLinux({ bind: "at once" }));

test("reapOrphans() reaps what nobody waits for and leaves owned children their exit", async (kernel) => {
  assertEquals(kernel.reapOrphans(), 0);
  // Nothing is awaited before the reaping, so that Deno itself has no chance to reap.
  const child = new Deno.Command("/bin/sh", { args: ["-c", "exit 5"] }).spawn();
  {
    using _owned = kernel.ownChild(child.pid);
    until(() => stateOf(kernel, child.pid) === "Z");
    makeOrphans(3);
    until(() => zombies(kernel).length === 4);
    // The owned one ended first, and hides the others from a plain waitid.
    assertEquals(kernel.reapOrphans(), 3);
    assertEquals(zombies(kernel), [child.pid]);
    assertEquals(kernel.reapOrphans(), 0);
    assertEquals((await child.status).code, 5);
  }
  assertEquals(zombies(kernel), []);
});

test("reapOrphans() reaps many at once", (kernel) => {
  makeOrphans(50);
  until(() => zombies(kernel).length === 50);
  assertEquals(kernel.reapOrphans(), 50);
  assertEquals(kernel.reapOrphans(), 0);
});

test("reapOrphans() called at every chance takes no exit status from runTool()", async (kernel) => {
  using bench = linuxBench(kernel);
  using _reaping = kernel.onChildExit(() => kernel.reapOrphans());
  const codes = await Promise.all(Array.from({ length: 20 }, async () => {
    const running = kernel.runTool(bench.tools.talker, []);
    kernel.reapOrphans();
    return (await running).code;
  }));
  assertEquals(codes, Array.from({ length: 20 }, () => 7));
});

test("onChildExit() tells of an orphan's end until disposed of", async (kernel) => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Listening alone does not keep the process alive.
  const late = setTimeout(() => reject(new Error("nothing was told in 10 s")), 10_000);
  {
    using _listening = kernel.onChildExit(() => {
      if (kernel.reapOrphans() > 0) resolve();
    });
    makeOrphans(1);
    await promise;
    clearTimeout(late);
  }
  assertEquals(zombies(kernel), []);
});

test("runTool() kills what a tool started along with it", async (kernel) => {
  using bench = linuxBench(kernel);
  kernel.writeFile(`${bench.root}/tool`, "#!/bin/sh\nsleep infinity & wait\n", { mode: 0o755 });
  const stop = new AbortController();
  const running = kernel.runTool(`${bench.root}/tool`, [], { signal: stop.signal });
  until(() => processes(kernel).length === 2);
  stop.abort(new Error("enough"));
  const outcome = await running.catch((error: unknown) => String(error));
  assertEquals(outcome, "Error: enough");
  until(() => processes(kernel).length === 0);
  assertGreater(kernel.reapOrphans(), 0);
});

test("signalAll() reaches every other process and tells when there is none", async (kernel) => {
  using bench = linuxBench(kernel);
  assertEquals(kernel.signalAll(0), false);
  const running = kernel.runTool(bench.tools.sleeper, []);
  assertEquals(kernel.signalAll(0), true);
  until(() => kernel.readText(`/proc/${processes(kernel)[0]}/cmdline`).startsWith("sleep"));
  assertEquals(kernel.signalAll(SIGTERM), true);
  assertEquals((await running).signal, "SIGTERM");
  assertEquals(kernel.signalAll(0), false);
});

test("setOpenFilesLimit() sets both limits", (kernel) => {
  kernel.setOpenFilesLimit(5_000n);
  assert(/^Max open files +5000 +5000 /m.test(kernel.readText("/proc/self/limits")));
});

test("trimHeap() gives back what is free between small things that live", async (kernel) => {
  const taken = (): number => Deno.memoryUsage().rss;
  const before = taken();
  // 160 MiB, of which every 64th piece stays.
  const pieces = Array.from({ length: 10_000 }, () => new Uint8Array(16 * 1024).fill(1).buffer);
  const most = taken() - before;
  // Whoever has moved a buffer's bytes has freed it, without waiting for garbage to be collected.
  const kept = pieces.map((piece, index) => index % 64 === 0 ? piece : piece.transfer(0));
  await kernel.trimHeap();
  const left = taken() - before;
  assert(left < most / 2, `${left} of ${most} bytes are still held`);
  assertEquals(kept.filter(({ byteLength }) => byteLength > 0).length, 157);
});

test("openInRoot() and openBlockDevice() leave no descriptor behind", async (kernel) => {
  using bench = linuxBench(kernel);
  const { root } = bench;
  kernel.writeFile(`${root}/file`, "x", { mode: 0o644 });
  const open = () => kernel.names("/proc/self/fd").length;
  const before = open();
  for (let round = 0; round < 10; round++) {
    using file = kernel.openInRoot(root, "/file");
    const reading = file.read(new Uint8Array(1), 0n);
    file[Symbol.dispose]();
    assertEquals(await reading, 1);
    using directory = kernel.openInRoot(root, "/");
    directory.names();
    using _disk = kernel.openBlockDevice(`${root}/file`, { access: "read-only" });
    assertRefused(() => kernel.openInRoot(root, "/missing"), "ENOENT");
    assertRefused(() => kernel.writeFile(root, "x", { mode: 0o644 }), "EISDIR", "EBUSY");
    assertRefused(() => kernel.attachLoop(root), "EINVAL");
  }
  assertEquals(open(), before);
});

/** Starts processes that end at once and whose parent has ended before. */
function makeOrphans(count: number): void {
  const script = `for i in $(seq ${count}); do sh -c : & done`;
  new Deno.Command("/bin/sh", { args: ["-c", script], stdout: "null" }).outputSync();
}

/** Waits without giving anybody else of this process a turn. */
function until(condition: () => boolean): void {
  const lateMs = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > lateMs) throw new Error("it did not come about in 10 s");
  }
}

function processes(kernel: Kernel): number[] {
  const pids = kernel.names("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.filter((pid) => pid !== Deno.pid && !["Z", "X"].includes(stateOf(kernel, pid)));
}

function zombies(kernel: Kernel): number[] {
  const pids = kernel.names("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.filter((pid) => stateOf(kernel, pid) === "Z");
}

function stateOf(kernel: Kernel, pid: number): string {
  try {
    const stat = kernel.readText(`/proc/${pid}/stat`);
    return stat[stat.lastIndexOf(")") + 2] ?? "";
  } catch {
    return "X"; // Gone between the listing and the reading.
  }
}
