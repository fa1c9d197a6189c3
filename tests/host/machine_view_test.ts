/** What an agent on a host tells of the host: usage and events, by commands of their own. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
// @ts-types="types/std_streams.d.ts"
import { TextLineStream } from "@std/streams";
import { hostBench, said, servingPid, strataCommand } from "./host_process.ts";

Deno.test("strata serve tells memory, processes, and that it has no services", async () => {
  await using bench = await hostBench();
  const serving = await bench.serve();
  const total = BigInt(await said(bench, "memory", "-o", "jsonpath={.memtotal}"));
  const { stdout } = await new Deno.Command("cat", { args: ["/proc/meminfo"] }).output();
  const own = /^MemTotal:\s+(\d+)/.exec(new TextDecoder().decode(stdout))?.[1];
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
