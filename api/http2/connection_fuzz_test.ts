/**
 * Drawn sequences of frames, right and damaged, against handlers that do all kinds of things.
 *
 * A failure prints its seed. `deno test api/http2/connection_fuzz_test.ts -- 1 SEED` runs it again; `-- RUNS` and
 * `-- RUNS SEED` run as many from the first seed, or from another.
 */
// @ts-types="types/std_assert.d.ts"
import { fail } from "@std/assert";
import { campaign } from "../../tests/fuzz/campaign.ts";

/** Part of each run of the unit tests; tests/judges runs ten times as many. */
const RUNS = 20_000;

const [runs = RUNS, first = 1] = Deno.args.map(Number);

Deno.test(`serveHttp2() judges ${runs} drawn sequences by RFC 9113, and keeps nothing of them`, async () => {
  const failures = await campaign(first, runs);
  if (failures.length === 0) return;
  fail(
    failures.map(({ seed, faults, trace }) =>
      [`seed ${seed}: ${faults.join("; ")}`, ...trace].join("\n  ")
    ).join("\n"),
  );
});
