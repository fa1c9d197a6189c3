/** `strata events` through the end of an agent and the beginning of another one. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
// @ts-types="types/std_streams.d.ts"
import { TextLineStream } from "@std/streams";
import { hostBench, strataCommand } from "./host_process.ts";

Deno.test("strata events goes on when the agent begins anew, and says so", async () => {
  await using bench = await hostBench();
  const first = await bench.serve();
  const template = "jsonpath={.event} {.type} {.id}";
  await using events = strataCommand(bench.folder, [
    ...["--endpoint", `unix:${bench.grpcSocket}`],
    ...["events", "machine", "--tail", "all", "-o", template],
  ]);
  const lines = events.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
    .getReader();
  const next = async (): Promise<string | undefined> => (await lines.read()).value;
  const machine = "MachineStatuses.runtime.strata machine";
  assertEquals(await next(), `created ${machine}`);
  assertEquals(await next(), `updated ${machine}`);
  assertEquals((await first.end("SIGTERM")).code, 0);
  const second = await bench.serve();
  let line = await next();
  // The end of the first agent is a change of its own, where it is still told.
  while (line === `updated ${machine}`) line = await next();
  assertEquals(line, "missed  ");
  assertEquals(await next(), `created ${machine}`);
  assertEquals(await next(), `updated ${machine}`);
  events.kill("SIGINT");
  const [{ code }] = await Promise.all([events.status, lines.cancel(), events.stderr.cancel()]);
  assertEquals(code, 130);
  assertEquals((await second.end("SIGTERM")).code, 0);
});
