// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { campaign } from "../fuzz/campaign.ts";

/** Behind the seeds that `api/http2/connection_fuzz_test.ts` takes, which says how one is replayed. */
const FIRST_SEED = 20_001;
const RUNS = 180_000;

Deno.test("serveHttp2() judges 180 000 further drawn sequences by RFC 9113", async () => {
  assertEquals(await campaign(FIRST_SEED, RUNS), []);
});
