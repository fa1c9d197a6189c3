// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { EtcReport } from "./etc_root.ts";
import { run } from "./linux_bench.ts";

const UPDATES = 200;

Deno.test("placeEtcFile() shows a reader the old content or the new, through 200 updates", () => {
  const root = Deno.makeTempDirSync({ prefix: "strata-etc-" });
  try {
    const program = new URL("./etc_root.ts", import.meta.url).pathname;
    const deno = [Deno.execPath(), "run", "--allow-all", "--no-check", program, root];
    const unshare = ["--mount", "--propagation", "private"];
    const report: EtcReport = JSON.parse(run("unshare", ...unshare, ...deno, String(UPDATES)));
    const { seen, ...left } = report;
    const contents = Array.from({ length: UPDATES + 1 }, (_, update) => String(update));
    assertEquals(Object.keys(seen).filter((content) => !contents.includes(content)), []);
    assert(Object.keys(seen).length > 1, "the reader saw it change");
    assertEquals(left, {
      mounts: 1,
      sources: 1,
      last: String(UPDATES),
      mode: 0o666,
      image: "image",
      mountsAfter: 0,
    });
  } finally {
    Deno.removeSync(root);
  }
});
