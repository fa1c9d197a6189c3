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

Deno.test("EndRequest.wanted resolves when whoever asked has done all that it does at once", async () => {
  const end = new EndRequest(new FakeLog());
  const order: string[] = [];
  const wanted = end.wanted.then(() => order.push("end"));
  const answered = (async () => {
    end.ask("restart", "api");
    // More than any path from a method to the bytes of its answer has.
    for (let hop = 0; hop < 1000; hop++) await undefined;
    order.push("answer");
  })();
  await Promise.all([wanted, answered]);
  assertEquals(order, ["answer", "end"]);
});
