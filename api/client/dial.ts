/** Byte streams to a server: over a unix socket, TCP, and TLS. */
import { isIP } from "node:net";
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from "node:tls";
import type { Clock } from "../../runtime/core/ports.ts";
import type { Duplex } from "../http2/duplex.ts";
import { tlsDuplex } from "../http2/tls_duplex.ts";
import { socketDuplex } from "../socket_duplex.ts";

/** What HTTP/2 is called in the handshake of TLS. */
const ALPN = "h2";

/** Milliseconds between attempts of a {@linkcode patientDial}. */
const PATIENT_RETRY_MS = 20;

/** What a socket answers that is not there, or has not its owner and mode, or is not listened on yet. */
const NOT_YET = [
  Deno.errors.NotFound,
  Deno.errors.PermissionDenied,
  Deno.errors.ConnectionRefused,
] as const;

/** Makes a byte stream to one server. What it throws says why there is none. */
export type Dial = (signal: AbortSignal) => Promise<Duplex>;

/** A TCP port. */
export interface TcpPlace {
  readonly hostname: string;
  readonly port: number;
}

/** Who we are to a server of TLS, and whom we trust; as `node:tls` takes them. */
export type TlsIdentity = Pick<
  ConnectionOptions,
  "ca" | "cert" | "key" | "servername" | "rejectUnauthorized"
>;

/** @param path Of the socket. */
export function dialUnix(path: string): Dial {
  return async () => socketDuplex(await Deno.connect({ transport: "unix", path }));
}

/** Tries again, for as long as the attempt may take: the server is a process that is being started. */
export function patientDial(dial: Dial, clock: Pick<Clock, "sleep">): Dial {
  return async (signal) => {
    for (;;) {
      try {
        return await dial(signal);
      } catch (error) {
        if (!NOT_YET.some((each) => error instanceof each)) throw error;
      }
      await clock.sleep(PATIENT_RETRY_MS, { signal });
    }
  };
}

/** In clear. */
export function dialTcp({ hostname, port }: TcpPlace): Dial {
  return async (signal) =>
    socketDuplex(await Deno.connect({ transport: "tcp", hostname, port, signal }));
}

/** By TLS 1.2 or later. A server that does not choose HTTP/2 is refused. */
export function dialTls({ hostname, port }: TcpPlace, identity: TlsIdentity = {}): Dial {
  return (signal) =>
    new Promise((resolve, reject) => {
      const socket: TLSSocket = connectTls({
        host: hostname,
        port,
        // An address is no name to ask for; it is looked for in the certificate all the same.
        ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
        ...identity,
        minVersion: "TLSv1.2",
        ALPNProtocols: [ALPN],
      });
      const refuse = (reason: unknown): void => {
        signal.removeEventListener("abort", onAbort);
        socket.destroy();
        reject(reason);
      };
      const onAbort = (): void => refuse(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      socket.once("error", refuse);
      socket.once("close", () => refuse(new Error("the server closed the connection")));
      socket.once("secureConnect", () => {
        if (socket.alpnProtocol !== ALPN) {
          return refuse(new Error("the server does not choose HTTP/2 in the handshake of TLS"));
        }
        signal.removeEventListener("abort", onAbort);
        socket.setNoDelay(true);
        resolve(tlsDuplex(socket));
      });
    });
}
