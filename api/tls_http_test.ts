// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import type { Arrival } from "./api.ts";
import { LoopbackArrivals } from "./tls_http.ts";

const ADMIN: Arrival = { transport: "tls", client: "10.0.0.7" };
const STRANGER: Arrival = { transport: "tls" };

function end(hostname: string, port = 40_000): Deno.NetAddr {
  return { transport: "tcp", hostname, port };
}

Deno.test("LoopbackArrivals know a connection by its whole address, as its port may be another's at 127.0.0.2", () => {
  const arrivals = new LoopbackArrivals();
  arrivals.add(end("127.0.0.1"), ADMIN);
  assertEquals(arrivals.of(end("127.0.0.1")), ADMIN);
  assertEquals(arrivals.of(end("127.0.0.2")), STRANGER);
  assertEquals(arrivals.of(end("127.0.0.1", 40_001)), STRANGER);
});

Deno.test("LoopbackArrivals forget a connection that is over: the next at its address is a stranger", () => {
  const arrivals = new LoopbackArrivals();
  {
    using _known = arrivals.add(end("127.0.0.1"), ADMIN);
  }
  assertEquals(arrivals.of(end("127.0.0.1")), STRANGER);
});
