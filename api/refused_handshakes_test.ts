// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { FakeClock } from "../tests/fakes/clock.ts";
import { FakeLog } from "../tests/fakes/log.ts";
import { TLS_REFUSALS_LOG_MS } from "./limits.ts";
import { RefusedHandshakes } from "./refused_handshakes.ts";

Deno.test("RefusedHandshakes tells of the first, and then of as many as there were meanwhile", async () => {
  const [clock, log] = [new FakeClock(), new FakeLog()];
  const refused = new RefusedHandshakes({ clock, log });
  for (let n = 0; n < 100; n++) refused.tell(`no ${n}`);
  await clock.advance(TLS_REFUSALS_LOG_MS - 1);
  refused.tell("still no");
  assertEquals(log.lines.map(({ facts }) => facts), [{ reason: "no 0" }]);
  await clock.advance(1);
  refused.tell("x".repeat(1000));
  refused.tell("quiet again");
  assertEquals(log.lines.map(({ facts }) => facts), [
    { reason: "no 0" },
    { reason: "x".repeat(200), more: 100 },
  ]);
});
