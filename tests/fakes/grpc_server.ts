/** The whole API over an empty state, on a unix socket, by the clocks of this process: for judges and benchmarks. */
import { type Api, createApi } from "../../api/api.ts";
import type { BusyPoll } from "../../api/http2/busy_poll.ts";
import type { ExchangeHandler } from "../../api/http2/exchange.ts";
import { type Http2Listening, listenHttp2 } from "../../api/listen_http2.ts";
import type { Log } from "../../runtime/core/ports.ts";
import { resourceTypes } from "../../runtime/core/resource_types.ts";
import type { LocalState } from "../../runtime/core/state.ts";
import type { HistoryOptions } from "../../runtime/state/event_ring.ts";
import { memoryState } from "../../runtime/state/memory.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { systemRandom } from "../../runtime/system/random.ts";
import { FakeMachine } from "./api.ts";
import { FakeGraph } from "./graph.ts";

/** What may differ. */
export interface ServedOptions {
  readonly path: string;
  readonly history?: HistoryOptions;
  /** Of callers over TCP; nobody is let in there unless given. */
  readonly token?: string;
  /** Looks for requests that are near; nobody does unless given. */
  readonly poll?: BusyPoll | undefined;
  /** Ends the server. */
  readonly signal: AbortSignal;
}

/** A server at work. */
export interface Served {
  readonly listening: Http2Listening;
  readonly state: LocalState;
  /** What answers, for further listeners. */
  readonly handler: ExchangeHandler;
  /** The same for HTTP/1.1. */
  readonly handle: Api["handle"];
}

/** Serves; every resource type is a stranger to this server. */
export async function serveState(
  { path, history, token, poll, signal }: ServedOptions,
): Promise<Served> {
  const clock = systemClock();
  const random = systemRandom();
  const log = errorLog();
  const state = memoryState({ clock, random, ...(history === undefined ? {} : { history }) });
  const api = createApi({
    state,
    types: resourceTypes([]),
    machine: new FakeMachine(),
    graph: new FakeGraph(),
    health: () => ({ ready: true, unmet: [] }),
    reservedOwner: () => false,
    log,
    clock,
    random,
    signal,
    ...(token === undefined ? {} : { token }),
  });
  const address = { path, mode: 0o600 };
  const listening = await listenHttp2({ address, handler: api.exchange, poll, clock, log, signal });
  return { listening, state, handler: api.exchange, handle: api.handle };
}

/** Errors alone, to standard error. */
export function errorLog(): Log {
  const log: Log = {
    write(level, message, facts) {
      if (level !== "error") return;
      const text = `${message} ${JSON.stringify(facts)}\n`;
      Deno.stderr.write(new TextEncoder().encode(text)).catch(() => {});
    },
    named: () => log,
  };
  return log;
}
