/** The kernel's log as an agent tells it, to several at once. Root alone may write to it. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
// @ts-types="types/std_streams.d.ts"
import { TextLineStream } from "@std/streams";
import { hostBench, said, servingPid, strataCommand } from "../host/host_process.ts";

const KERNEL_LOG = "/dev/kmsg";

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

Deno.test("strata dmesg --tail follows the kernel's log, and leaves nothing open when it is gone", async () => {
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
});
