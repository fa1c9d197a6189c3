/** Part of the kernel's suite: tools, facts of the process, and the network. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { assertRefused, assertRefusedLater, type Claim } from "./kernel_bench.ts";

export function processConformance(claim: Claim): void {
  claim("runTool() gives exit code, outputs and an environment of PATH alone", async (bench) => {
    const result = await bench.kernel.runTool(bench.tools.talker, ["two words", "*"]);
    assertEquals(result, {
      code: 7,
      signal: null,
      stdout: "two words *\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\n",
      stderr: "err\n",
    });
  });

  claim("runTool() tells the signal that ended the tool", async ({ kernel, tools }) => {
    const { code, signal } = await kernel.runTool(tools.killed, []);
    assertEquals([code, signal], [143, "SIGTERM"]);
  });

  claim("runTool() ends a tool that takes too long with a TimeoutError", async (bench) => {
    const { kernel, tools } = bench;
    const error = await assertRejects(
      () => kernel.runTool(tools.sleeper, [], { timeoutMs: 20 }),
      DOMException,
    );
    assertEquals(error.name, "TimeoutError");
    assertEquals(error.message, `Cannot run "${tools.sleeper}": it took over 20 ms`);
  });

  claim("runTool() ends a tool on abort with the signal's reason", async ({ kernel, tools }) => {
    const stop = new AbortController();
    const running = kernel.runTool(tools.sleeper, [], { signal: stop.signal });
    stop.abort(new RangeError("enough"));
    await assertRejects(() => running, RangeError, "enough");
    const again = () => kernel.runTool(tools.sleeper, [], { signal: stop.signal });
    await assertRejects(again, RangeError, "enough");
  });

  claim("runTool() keeps 64 KiB of each output and drops the rest", async ({ kernel, tools }) => {
    const { code, stdout } = await kernel.runTool(tools.chatty, []);
    assertEquals([code, stdout.length], [0, 64 * 1024]);
  });

  claim("runTool() refuses what is missing or no program", async ({ kernel, root, tools }) => {
    await assertRefusedLater(() => kernel.runTool(`${root}/missing`, []), "ENOENT");
    kernel.writeFile(`${root}/text`, "text", { mode: 0o644 });
    await assertRefusedLater(() => kernel.runTool(`${root}/text`, []), "EACCES");
    await assertRejects(() => kernel.runTool(tools.talker, ["a\0b"]), RangeError, "NUL");
  });

  claim("uptimeMs() never goes back", ({ kernel }) => {
    const before = kernel.uptimeMs();
    assert(before > 0);
    assert(kernel.uptimeMs() >= before);
  });

  claim("euid() is root's here", ({ kernel }) => {
    assertEquals(kernel.euid(), 0);
  });

  claim("linkUp(), addAddress() and addDefaultRoute() refuse a link that is not there", (bench) => {
    const { kernel } = bench;
    const error = assertRefused(() => kernel.linkUp("none0"), "ENODEV");
    assertEquals(error.message, 'Cannot RTM_NEWLINK "none0": ENODEV (19)');
    assertRefused(() => kernel.addAddress("none0", "10.9.0.2/24"), "ENODEV");
    assertRefused(() => kernel.addDefaultRoute("10.9.0.1", "none0"), "ENODEV");
  });

  claim("addAddress() and addDefaultRoute() refuse no addresses as RangeErrors", ({ kernel }) => {
    for (const text of ["10.9.0.2", "10.9.0.256/24", "10.9.0/24", "10.9.0.2/33", "::1/64", ""]) {
      assertThrows(() => kernel.addAddress("lo", text), RangeError, JSON.stringify(text));
    }
    assertThrows(() => kernel.addDefaultRoute("10.9.0", "lo"), RangeError, '"10.9.0"');
  });

  claim("setHostname() refuses more than 64 bytes", ({ kernel }) => {
    kernel.setHostname("x".repeat(64));
    assertRefused(() => kernel.setHostname("x".repeat(65)), "EINVAL");
  });

  claim("ownChild() and reapOrphans() do nothing where no child has ended", ({ kernel }) => {
    using _owned = kernel.ownChild(4_000_000);
    assertEquals(kernel.reapOrphans(), 0);
  });
}
