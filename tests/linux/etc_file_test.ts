// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { RaceReport } from "./etc_race_root.ts";
import type { EtcReport } from "./etc_root.ts";
import { runRootProgram } from "./small_root.ts";

const UPDATES = 10_000;

/** There and back each. */
const SWAP_PAIRS = 40_000;

Deno.test("placeEtcFile() shows a reader the old content or the new, through 10 000 updates", async () => {
  const report = await runRootProgram<EtcReport>("./etc_root.ts", String(UPDATES));
  const { seen, ...left } = report;
  const contents = new Set(Array.from({ length: UPDATES + 1 }, (_, update) => String(update)));
  assertEquals(Object.keys(seen).filter((content) => !contents.has(content)), []);
  assert(Object.keys(seen).length > 1, "the reader saw it change");
  assertEquals(left, {
    mounts: 1,
    sources: 1,
    last: String(UPDATES),
    mode: 0o666,
    image: "image",
    mountsAfter: 0,
  });
});

Deno.test("placeEtcFile() never leaves /etc while a directory becomes a link and back, 80 000 times", async () => {
  const report = await runRootProgram<RaceReport>("./etc_race_root.ts", String(SWAP_PAIRS));
  const { outcomes, ...left } = report;
  assertEquals(left, { escaped: [], outside: ["outside"], mounts: [1, 0], last: "last" });
  // The race was run: it was placed, and refused because of the link, too.
  assert((outcomes["placed"] ?? 0) > 0, JSON.stringify(outcomes));
  assert(
    Object.keys(outcomes).some((outcome) => /ELOOP|symlink/.test(outcome)),
    JSON.stringify(outcomes),
  );
});
