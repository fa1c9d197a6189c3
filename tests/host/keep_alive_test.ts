// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { listenTcp } from "../../api/listen_tcp.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { FakeLog } from "../fakes/log.ts";
import { Line } from "../fakes/line.ts";

/** Both ends' ports. */
export interface ConnectionEnds {
  readonly localPort: number;
  readonly remotePort: number;
}

/** By the `tr` of /proc/net/tcp, as proc(5) and net/ipv4/tcp_ipv4.c have them. */
const TIMERS: Readonly<Record<string, string>> = {
  "00": "none",
  "01": "retransmit",
  "02": "keep-alive",
  "03": "time-wait",
  "04": "window",
};

/** The timer of the end that has `localPort`, over IPv4's loopback. Deno itself lets only who may do all read there. */
async function timerOf({ localPort, remotePort }: ConnectionEnds): Promise<string | undefined> {
  const [local, remote] = [localPort, remotePort].map((port) =>
    `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`
  );
  const { stdout, success } = await new Deno.Command("cat", { args: ["/proc/net/tcp"] }).output();
  assert(success);
  for (const row of new TextDecoder().decode(stdout).split("\n")) {
    const [, from, to, , , timer = ""] = row.trim().split(/\s+/);
    if (from === local && to === remote) return TIMERS[timer.slice(0, 2)];
  }
  return undefined;
}

function requestOf(path: string): string {
  return `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
}

Deno.test("listenTcp() has the kernel ask a silent peer whether it is still there, whatever it waits for", async () => {
  const stop = new AbortController();
  const asked = Promise.withResolvers<void>();
  const listening = listenTcp({
    hostname: "127.0.0.1",
    port: 0,
    handle: ({ url }) => {
      if (!url.endsWith("/held")) return Promise.resolve(new Response("hello"));
      asked.resolve();
      // A watch of what never changes.
      return Promise.resolve(new Response(new ReadableStream()));
    },
    limits: { closeGraceMs: 0 },
    clock: systemClock(),
    log: new FakeLog(),
    signal: stop.signal,
  });
  const { port } = listening;
  try {
    using idle = await Line.open(port);
    await idle.send(requestOf("/"));
    await idle.until("hello");
    using waiting = await Line.open(port);
    await waiting.send(requestOf("/held"));
    await asked.promise;
    for (const { localPort: remotePort } of [idle, waiting]) {
      let timer = await timerOf({ localPort: port, remotePort });
      // Until the acknowledgement of what was sent is here.
      while (timer === "retransmit") timer = await timerOf({ localPort: port, remotePort });
      assertEquals(timer, "keep-alive");
    }
  } finally {
    stop.abort();
    await listening.closed;
  }
});
