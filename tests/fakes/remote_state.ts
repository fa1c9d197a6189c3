/** A state behind the wire, all in memory: our client, our HTTP/2, our server; and what cuts them apart. */
import { createApi } from "../../api/api.ts";
import { http2Transport } from "../../api/client/http2_transport.ts";
import { type Http2Connection, serveHttp2 } from "../../api/http2/connection.ts";
import type { ExchangeHandler } from "../../api/http2/exchange.ts";
import { type Http2Client, http2Client } from "../../api/http2/http2_client.ts";
import { stateClient } from "../../api/state_client/state_client.ts";
import type { Clock } from "../../runtime/core/ports.ts";
import { type ResourceTypes, resourceTypes } from "../../runtime/core/resource_types.ts";
import type { LocalState, State } from "../../runtime/core/state.ts";
import type { HistoryOptions } from "../../runtime/state/event_ring.ts";
import { memoryState } from "../../runtime/state/memory.ts";
import { FakeMachine } from "./api.ts";
import { FakeClock } from "./clock.ts";
import { duplexPair } from "./duplex_pair.ts";
import { FakeGraph } from "./graph.ts";
import { FakeLog } from "./log.ts";
import { FakeRandom } from "./random.ts";

/** What may differ. */
export interface RemoteOptions {
  readonly history?: HistoryOptions;
  /** Types that both ends know. */
  readonly types?: ResourceTypes;
  /** Held by the server; a state of its own unless given. */
  readonly state?: LocalState;
  /** Of both ends; one that stands still unless given. */
  readonly clock?: Clock;
  readonly protocol?: "grpc" | "connect";
}

export class RemoteState implements AsyncDisposable {
  readonly clock: Clock;
  readonly log = new FakeLog();
  /** What the server holds. */
  local: LocalState;
  /** The same from afar. */
  readonly state: State;
  readonly client: Http2Client;
  readonly types: ResourceTypes;
  readonly #connections = new Set<Http2Connection>();
  #stop = new AbortController();
  #serve: ExchangeHandler | undefined;

  constructor(options: RemoteOptions = {}) {
    const { history, types = resourceTypes([]), protocol = "grpc" } = options;
    const clock = this.clock = options.clock ?? new FakeClock();
    const random = new FakeRandom();
    this.types = types;
    this.local = options.state ??
      memoryState({ clock, random, ...(history === undefined ? {} : { history }) });
    this.client = http2Client({ clock, random, dial: () => this.#dial() });
    const transport = http2Transport({ client: this.client, protocol, clock });
    this.state = stateClient(transport, { types, clock, random });
    this.start();
  }

  /** Serves `state`, or what was served before. */
  start(state: LocalState = this.local): void {
    this.local = state;
    this.#stop = new AbortController();
    const api = createApi({
      state,
      types: this.types,
      machine: new FakeMachine(),
      graph: new FakeGraph(),
      health: () => ({ ready: true, unmet: [] }),
      reservedOwner: (name) => name === "meta",
      log: this.log,
      clock: this.clock,
      random: new FakeRandom(7),
      signal: this.#stop.signal,
    });
    this.#serve = api.exchange;
  }

  /** Ends the server and all of its connections; whoever dials is refused. */
  async stop(): Promise<void> {
    this.#serve = undefined;
    this.#stop.abort();
    await this.cut();
  }

  /** Cuts all connections; the server goes on. */
  async cut(): Promise<void> {
    const finished = [...this.#connections].map((connection) => connection.finished);
    for (const connection of this.#connections) connection.cut();
    await Promise.all(finished);
  }

  #dial(): Promise<ReturnType<typeof duplexPair>["client"]> {
    const handler = this.#serve;
    if (handler === undefined) return Promise.reject(new Error("Connection refused"));
    const { client, server } = duplexPair();
    const connection = serveHttp2(server, {
      handler,
      peer: { transport: "unix" },
      clock: this.clock,
      signal: new AbortController().signal,
    });
    this.#connections.add(connection);
    connection.finished.then(() => this.#connections.delete(connection));
    return Promise.resolve(client);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.stop();
  }
}
