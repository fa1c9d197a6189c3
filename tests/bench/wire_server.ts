/**
 * Serves an empty state on a unix socket as the agent serves its own, until standard input ends:
 * `wire_server.ts SOCKET [FOLDER]`. With a folder of certificates also over mTLS, and over HTTP/1.1 on `http.sock` there and
 * on TCP by {@linkcode TOKEN}: the ports are printed in this order. What listens for apid is `machine.sock` there.
 */
import { join } from "@std/path/posix";
import { listenHttp2 } from "../../api/listen_http2.ts";
import { listenTcp } from "../../api/listen_tcp.ts";
import { listenTls } from "../../api/listen_tls.ts";
import { listenUnix } from "../../api/listen_unix.ts";
import { EVENT_INTERVAL, systemBusyPoll } from "../../roles/event_loop.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { errorLog, type Served, serveState } from "../fakes/grpc_server.ts";
import { HTTP_SOCKET, LISTENING, MACHINE_SOCKET, TOKEN } from "./wire_servers.ts";

/** Events: more than any load leaves undelivered, so that no watch is overrun. */
const HISTORY_CAPACITY = 16_384;

const [path, folder] = Deno.args;
if (path === undefined) throw new RangeError("Cannot serve: name a socket");
const stop = new AbortController();
const served = await serveState({
  path,
  token: TOKEN,
  history: { initial: HISTORY_CAPACITY, maximum: HISTORY_CAPACITY },
  poll: systemBusyPoll(Deno.env.get(EVENT_INTERVAL)),
  signal: stop.signal,
});
const further = folder === undefined ? undefined : await listenFurther(served, folder);
const line = [LISTENING, ...further?.ports ?? []].join(" ");
await Deno.stdout.write(new TextEncoder().encode(`${line}\n`));
// Whoever asks what is held wants no garbage counted: V8 leaves it lying as long as it has room.
for await (const _ of Deno.stdin.readable) (globalThis as { gc?: () => void }).gc?.();
stop.abort();
await Promise.all([served.listening.closed, ...further?.closed ?? []]);

async function listenFurther({ handler, handle }: Served, place: string) {
  const read = (name: string): Promise<string> => Deno.readTextFile(join(place, name));
  const parts = { handler, handle, clock: systemClock(), log: errorLog(), signal: stop.signal };
  const address = { hostname: "127.0.0.1", port: 0 };
  const certificates = {
    cert: await read("server.crt"),
    key: await read("server.key"),
    ca: await read("ca.crt"),
  };
  const tls = await listenTls({ ...parts, ...address, certificates });
  const tcp = listenTcp({ ...parts, ...address });
  const unix = await listenUnix({ ...parts, path: join(place, HTTP_SOCKET), mode: 0o600 });
  const machine = { path: join(place, MACHINE_SOCKET), mode: 0o600, by: "apid" } as const;
  const apid = await listenHttp2({ ...parts, address: machine });
  const closed = [tls.closed, tcp.closed, unix.closed, apid.closed];
  return { ports: [tls.port, tcp.port], closed };
}
