/**
 * The proxy of the API in front of `wire_server.ts FOLDER`, until standard input ends: `wire_apid_server.ts FOLDER`. By mTLS
 * and by the token on TCP; the ports are printed in this order.
 */
import { join } from "@std/path/posix";
import { access } from "../../api/access.ts";
import { dialUnix } from "../../api/client/dial.ts";
import { listenTcp } from "../../api/listen_tcp.ts";
import { listenTls } from "../../api/listen_tls.ts";
import { apiProxy } from "../../api/proxy/api_proxy.ts";
import { Upstreams } from "../../api/proxy/upstreams.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { systemRandom } from "../../runtime/system/random.ts";
import { errorLog } from "../fakes/grpc_server.ts";
import { LISTENING, MACHINE_SOCKET, TOKEN } from "./wire_servers.ts";

const [folder] = Deno.args;
if (folder === undefined) throw new RangeError("Cannot serve: name a folder");
const read = (name: string): Promise<string> => Deno.readTextFile(join(folder, name));
const stop = new AbortController();
const ports = { clock: systemClock(), log: errorLog() };
const dial = dialUnix(join(folder, MACHINE_SOCKET));
using upstreams = new Upstreams({ ...ports, dial, random: systemRandom() });
const judge = access({ token: TOKEN });
const proxy = apiProxy({ ...ports, upstreams, access: () => judge });
const parts = {
  ...ports,
  hostname: "127.0.0.1",
  port: 0,
  signal: stop.signal,
  handle: proxy.handle,
};
const certificates = {
  cert: await read("server.crt"),
  key: await read("server.key"),
  ca: await read("ca.crt"),
};
const tls = await listenTls({ ...parts, certificates, handler: proxy.exchange });
const tcp = listenTcp(parts);
await Deno.stdout.write(new TextEncoder().encode(`${[LISTENING, tls.port, tcp.port].join(" ")}\n`));
for await (const _ of Deno.stdin.readable);
stop.abort();
await Promise.all([tls.closed, tcp.closed]);
