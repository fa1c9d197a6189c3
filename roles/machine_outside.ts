/** Where a machine's life meets this process: its sockets and its signals. A test stands in for them. */
import { type Http2Listening, type Http2ListenOptions, listenHttp2 } from "../api/listen_http2.ts";
import { listenTcp, type TcpListening, type TcpOptions } from "../api/listen_tcp.ts";
import type { TlsListening, TlsListenOptions } from "../api/listen_tls.ts";
import { listenUnix, type UnixListening, type UnixOptions } from "../api/listen_unix.ts";

/** What the life asks of the process. */
export interface MachineOutside {
  listenTcp(options: TcpOptions): Pick<TcpListening, "hostname" | "port" | "closed">;
  listenUnix(options: UnixOptions): Promise<Pick<UnixListening, "closed">>;
  listenHttp2(options: Http2ListenOptions): Promise<Pick<Http2Listening, "closed">>;
  /** Loads what TLS needs, which nothing else does. */
  listenTls(options: TlsListenOptions): Promise<Pick<TlsListening, "hostname" | "port" | "closed">>;
  /** Calls `act` at each signal `name`, until `until` aborts. */
  onSignal(name: Deno.Signal, act: () => void, until: AbortSignal): void;
}

/** The real ones. */
export const outside: MachineOutside = {
  listenTcp,
  listenUnix,
  listenHttp2,
  listenTls: async (options) => (await import("../api/listen_tls.ts")).listenTls(options),
  onSignal(name, act, until): void {
    Deno.addSignalListener(name, act);
    until.addEventListener("abort", () => Deno.removeSignalListener(name, act), { once: true });
  },
};
