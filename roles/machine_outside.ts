/** Where a machine's life meets this process: its sockets and its signals. A test stands in for them. */
import { type Http2Listening, type Http2ListenOptions, listenHttp2 } from "../api/listen_http2.ts";
import type { HealthProbe } from "../runtime/controllers/services/service_world.ts";
import { listenUnix, type UnixListening, type UnixOptions } from "../api/listen_unix.ts";
import { EVENT_INTERVAL, systemBusyPoll } from "./event_loop.ts";

/** What the life asks of the process. */
export interface MachineOutside {
  listenUnix(options: UnixOptions): Promise<Pick<UnixListening, "closed">>;
  listenHttp2(options: Http2ListenOptions): Promise<Pick<Http2Listening, "closed">>;
  /** Asks services whether they are well; by sockets and programs where it is absent. */
  readonly probe?: HealthProbe;
  /** Calls `act` at each signal `name`, until `until` aborts. */
  onSignal(name: Deno.Signal, act: () => void, until: AbortSignal): void;
}

/** The real ones. */
export const outside: MachineOutside = {
  listenUnix,
  listenHttp2(options) {
    return listenHttp2({ ...options, poll: systemBusyPoll(Deno.env.get(EVENT_INTERVAL)) });
  },
  onSignal(name, act, until): void {
    Deno.addSignalListener(name, act);
    until.addEventListener("abort", () => Deno.removeSignalListener(name, act), { once: true });
  },
};
