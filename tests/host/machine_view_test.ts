/** What an agent on a host tells of the host: usage, events and the kernel's log, by commands of their own. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
// @ts-types="types/std_streams.d.ts"
import { TextLineStream } from "@std/streams";
import { type Bench, hostBench, strataCommand } from "./host_process.ts";

const KERNEL_LOG = "/dev/kmsg";

/** Runs a command that must go well. */
async function said(bench: Bench, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await bench.strata(
    ...["--endpoint", `unix:${bench.grpcSocket}`],
    ...args,
  );
  assertEquals([code, stderr], [0, ""], args.join(" "));
  return stdout;
}

/** The number of the process that serves. */
async function servingPid(bench: Bench): Promise<number> {
  const processes = JSON.parse(await said(bench, "processes", "-o", "json"));
  const found = processes.filter(({ args }: { args: string }) =>
    args.includes(` serve `) && args.includes(bench.grpcSocket)
  );
  assertEquals(found.length, 1);
  return found[0].pid;
}

/** Files of a process that are the kernel's log. */
function logsOpen(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  return [...Deno.readDirSync(folder)].filter(({ name }) => {
    try {
      return Deno.readLinkSync(`${folder}/${name}`) === KERNEL_LOG;
    } catch {
      return false; // Closed meanwhile.
    }
  }).length;
}

Deno.test("strata serve tells memory, processes, and that it has no services", async () => {
  await using bench = await hostBench();
  const serving = await bench.serve();
  const total = BigInt(await said(bench, "memory", "-o", "jsonpath={.memtotal}"));
  const own = /^MemTotal:\s+(\d+)/.exec(await Deno.readTextFile("/proc/meminfo"))?.[1];
  assertEquals(total, BigInt(own ?? 0));
  assert(await servingPid(bench) > 0);
  assertEquals(
    await said(bench, "services"),
    "SERVICE   STATE   HEALTH   LAST CHANGE   LAST EVENT\n",
  );
  assertEquals(await said(bench, "stats"), "SERVICE   MEMORY   CPU\n");
  const why = "this agent runs as an ordinary process on a host, and keeps none";
  for (
    const [args, words] of [
      [["service", "apid", "restart"], `Cannot find service "apid": ${why}`],
      [["logs", "apid"], `Cannot find a log of "apid": ${why}`],
      [["service", "apid"], 'no service "apid": the machine has none'],
    ] as const
  ) {
    const endpoint = ["--endpoint", `unix:${bench.grpcSocket}`];
    const { code, stderr } = await bench.strata(...endpoint, ...args);
    assertEquals([code, stderr], [3, `strata: ${words}\n`]);
  }
  assertEquals((await serving.end("SIGTERM")).code, 0);
});

Deno.test("strata events --machine tells of the agent's life, and ends with it", async () => {
  await using bench = await hostBench();
  const serving = await bench.serve();
  await using events = strataCommand(bench.folder, [
    ...["--endpoint", `unix:${bench.grpcSocket}`],
    ...["events", "--machine", "--tail", "all", "-o", "json"],
  ]);
  const lines = events.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
    .getReader();
  const ids: string[] = [];
  let running = false;
  while (!running) {
    const { value = "{}" } = await lines.read();
    const { id, type, event } = JSON.parse(value);
    assertMatch(id, /^[0-9a-v]{20}$/);
    ids.push(id);
    running = type === "machine.MachineStatusEvent" && event.stage === "RUNNING";
  }
  assertEquals(ids, [...ids].sort());
  assertEquals((await serving.end("SIGTERM")).code, 0);
  const [{ code }] = await Promise.all([events.status, lines.cancel(), events.stderr.cancel()]);
  assertEquals(code, 5);
});

Deno.test({
  name: "strata dmesg --tail follows the kernel's log, and leaves nothing open when it is gone",
  ignore: !mayWriteKernelLog(),
  async fn() {
    await using bench = await hostBench();
    const serving = await bench.serve();
    const pid = await servingPid(bench);
    const mark = crypto.randomUUID();
    const dmesg = ["--endpoint", `unix:${bench.grpcSocket}`, "dmesg"];
    const followers = Array.from(
      { length: 3 },
      () => strataCommand(bench.folder, [...dmesg, "--tail"]),
    );
    // Three that follow, and one file on behalf of all of them.
    while (logsOpen(pid) < 4) await said(bench, "version");
    await Deno.writeTextFile(KERNEL_LOG, `<14>${mark} hello\n`, { create: false });
    for (const follower of followers) {
      const lines = follower.stdout.pipeThrough(new TextDecoderStream())
        .pipeThrough(new TextLineStream()).getReader();
      let line = "";
      while (!line.includes(mark)) line = (await lines.read()).value ?? "";
      assertMatch(line, /^user: {4}info: \[\d{4}-\d\d-\d\dT[0-9:.]+Z\]: \S+ hello$/);
      follower.kill("SIGINT");
      const [{ code }] = await Promise.all([
        follower.status,
        lines.cancel(),
        follower.stderr.cancel(),
      ]);
      assertEquals(code, 130);
    }
    while (logsOpen(pid) > 0) await said(bench, "version");
    assert((await said(bench, "dmesg")).includes(`${mark} hello\n`));
    assertEquals((await serving.end("SIGTERM")).code, 0);
  },
});

function mayWriteKernelLog(): boolean {
  try {
    Deno.openSync(KERNEL_LOG, { read: true, write: true }).close();
    return true;
  } catch {
    return false;
  }
}
