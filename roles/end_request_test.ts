// @ts-types="../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { FakeLog } from "../tests/fakes/log.ts";
import { EndRequest } from "./end_request.ts";

Deno.test("EndRequest.ask() counts the first wish, whoever comes later", async () => {
  const log = new FakeLog();
  const end = new EndRequest(log);
  assertEquals(end.pending, false);
  const name = end.ask("power-off", "SIGTERM");
  assertEquals([end.pending, end.ask("restart", "api")], [true, name]);
  assertEquals(await end.wanted, "power-off");
  assertEquals(log.lines.map(({ message, facts }) => [message, facts]), [
    ["ending: power-off", { by: "SIGTERM", actor: name }],
  ]);
});
