/** What every {@linkcode Kernel} must do with the kernel's log. Others write to it meanwhile. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { KernelLog } from "../../fs/kernel/kernel.ts";
import type { Claim } from "./kernel_bench.ts";

/** Registers the claims. */
export function kernelLogConformance(claim: Claim): void {
  claim(
    "openKernelLog() reads what was said, in order, and then nothing",
    ({ kernel, ...bench }) => {
      const mark = crypto.randomUUID();
      for (const word of ["first", "second"]) bench.sayToKernel(`${mark} ${word}`);
      using log = kernel.openKernelLog("oldest");
      const said = textsOf(log).filter((text) => text.includes(mark));
      assertEquals(said.length, 2);
      for (const [at, word] of ["first", "second"].entries()) {
        const record = said[at] ?? "";
        assert(/^\d+,\d+,\d+,[^;]*;/.test(record), record);
        assertEquals(record.slice(record.indexOf(";") + 1), `${mark} ${word}\n`);
      }
    },
  );

  claim("openKernelLog() begins behind the newest when it is told to", ({ kernel, ...bench }) => {
    const mark = crypto.randomUUID();
    bench.sayToKernel(`${mark} before`);
    using log = kernel.openKernelLog("newest");
    bench.sayToKernel(`${mark} after`);
    const said = textsOf(log).filter((text) => text.includes(mark));
    assertEquals(said.map((text) => text.includes("after")), [true]);
  });

  claim("KernelLog.more() resolves when there is more", async ({ kernel, ...bench }) => {
    const mark = crypto.randomUUID();
    using log = kernel.openKernelLog("newest");
    const more = log.more();
    bench.sayToKernel(mark);
    await more;
    for (;;) {
      if (textsOf(log).some((text) => text.includes(mark))) return;
      await log.more();
    }
  });

  claim("KernelLog.more() ends with the signal's reason", async ({ kernel }) => {
    using log = kernel.openKernelLog("newest");
    const stop = new AbortController();
    const ended = (async () => {
      for (;;) {
        textsOf(log);
        await log.more({ signal: stop.signal });
      }
    })();
    stop.abort(new Error("enough"));
    await assertRejects(() => ended, Error, "enough");
  });
}

/** Records that are there. */
function textsOf(log: KernelLog): string[] {
  const texts: string[] = [];
  for (;;) {
    const record = log.next();
    if (record === undefined) return texts;
    if (record !== "overrun") texts.push(new TextDecoder().decode(record));
  }
}
