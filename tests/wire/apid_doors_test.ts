// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import type { ApiProxy } from "../../api/proxy/api_proxy.ts";
import { apiCertificate, apiListener } from "../../runtime/resources/apid.ts";
import { Doors } from "../../roles/apid_doors.ts";
import { callerCertificates } from "../fakes/caller_certificates.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLog } from "../fakes/log.ts";
import { listenersOf } from "../fakes/signal_listeners.ts";

const { server: { cert, key }, ca } = await callerCertificates();

/** Nobody comes. */
const PROXY: ApiProxy = {
  handle: () => Promise.resolve(new Response()),
  exchange: () => {},
};

function listen(): Deno.TcpListener {
  return Deno.listen({ hostname: "127.0.0.1", port: 0 });
}

function addressOf({ addr }: Deno.TcpListener): string {
  return `${addr.hostname}:${addr.port}`;
}

Deno.test("Doors try an address again that is taken, tell of it once, and leave nothing behind at the signal", async () => {
  const stop = new AbortController();
  const { signal } = stop;
  const listeners = listenersOf(signal);
  const clock = new FakeClock();
  const log = new FakeLog();
  const [inClear, byTls] = [listen(), listen()];
  const [httpAddress, tlsAddress] = [addressOf(inClear), addressOf(byTls)];
  const doors = new Doors({ proxy: PROXY, clock, log, signal });
  doors.wanted(apiListener.newResource("api", { httpAddress, tlsAddress }).spec);
  doors.certified(
    apiCertificate.newResource("api", { certificate: cert, key, clientAuthorities: ca }).spec,
  );
  const running = doors.run();
  const counts = new Set<number>();
  for (let attempt = 0; attempt < 20; attempt++) {
    await clock.sleeping();
    counts.add(listeners.count);
    await clock.advance(1_000);
  }
  // The one by which they end.
  assertEquals([...counts], [1]);
  const told = log.lines.map(({ level, facts }) => [level, facts["address"]]);
  assertEquals(told.toSorted(), [["error", httpAddress], ["error", tlsAddress]].toSorted());
  inClear.close();
  byTls.close();
  while (doors.addresses.length < 2) {
    await clock.sleeping();
    await clock.advance(1_000);
  }
  assertEquals(doors.addresses, [`http://${httpAddress}`, `https://${tlsAddress}`]);
  stop.abort();
  await running;
  assertEquals(doors.addresses, []);
});
