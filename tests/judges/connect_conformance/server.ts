/**
 * The server that the judge asks: `server.ts`, which reads on standard input how it is to listen, and says where.
 *
 * HTTP/2 and HTTP/1.1, in clear and behind TLS, are served as a machine serves them. It ends by a signal.
 */
import type { AddressInfo } from "node:net";
import { createServer, type TlsOptions } from "node:tls";
import { serveHttp2 } from "../../../api/http2/connection.ts";
import { tlsDuplex } from "../../../api/http2/tls_duplex.ts";
import { listenHttp2 } from "../../../api/listen_http2.ts";
import { listenTcp } from "../../../api/listen_tcp.ts";
import { TlsHttp } from "../../../api/tls_http.ts";
import { systemClock } from "../../../runtime/system/clock.ts";
import { systemRandom } from "../../../runtime/system/random.ts";
import { anyService } from "../../fakes/any_service.ts";
import { errorLog } from "../../fakes/grpc_server.ts";
import { HTTPVersion } from "./gen/config_pb.ts";
import {
  type ServerCompatRequest,
  ServerCompatRequestSchema,
  ServerCompatResponseSchema,
} from "./gen/server_compat_pb.ts";
import { ConformanceService } from "./gen/service_pb.ts";
import { conformanceService } from "./service.ts";
import { readMessages, writeMessage } from "./sized_messages.ts";

const HOSTNAME = "127.0.0.1";
const LOCAL = { hostname: HOSTNAME, port: 0 };

const ports = {
  clock: systemClock(),
  random: systemRandom(),
  log: errorLog(),
  signal: new AbortController().signal,
};

/** Listens. @returns The port. */
async function listen(asked: ServerCompatRequest): Promise<number> {
  const { messageReceiveLimit: limit } = asked;
  const { handle, exchange: handler } = anyService(
    ConformanceService,
    conformanceService(ports.clock),
    { ...ports, ...(limit === 0 ? {} : { messageBytesMax: limit }) },
  );
  const isHttp2 = asked.httpVersion === HTTPVersion.HTTP_VERSION_2;
  const tls = tlsOf(asked);
  if (tls === undefined) {
    if (!isHttp2) return listenTcp({ ...ports, ...LOCAL, handle }).port;
    const { port = 0 } = await listenHttp2({ ...ports, address: LOCAL, handler });
    return port;
  }
  const http = new TlsHttp({ ...ports, handle });
  const server = createServer({ ...tls, ALPNProtocols: [isHttp2 ? "h2" : "http/1.1"] });
  server.on("secureConnection", (socket) => {
    socket.on("error", () => {}); // "close" follows.
    if (isHttp2) serveHttp2(tlsDuplex(socket), { ...ports, handler, peer: { transport: "tls" } });
    else http.carry(socket, { transport: "tls" });
  });
  return new Promise((resolve) =>
    server.listen(0, HOSTNAME, () => resolve((server.address() as AddressInfo).port))
  );
}

/**
 * As the machine's listener has it, but for what the judge brings: callers without certificates, and certificates that
 * nobody else vouches for.
 */
function tlsOf({ serverCreds, clientTlsCert }: ServerCompatRequest): TlsOptions | undefined {
  if (serverCreds === undefined) return undefined;
  const [cert, key] = [textOf(serverCreds.cert), textOf(serverCreds.key)];
  if (clientTlsCert.length === 0) return { cert, key };
  return { cert, key, ca: textOf(clientTlsCert), requestCert: true, rejectUnauthorized: true };
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

for await (const asked of readMessages(ServerCompatRequestSchema, Deno.stdin.readable)) {
  const port = await listen(asked);
  const pemCert = asked.useTls ? asked.serverCreds?.cert : undefined;
  await writeMessage(ServerCompatResponseSchema, {
    host: HOSTNAME,
    port,
    ...(pemCert === undefined ? {} : { pemCert }),
  });
}
