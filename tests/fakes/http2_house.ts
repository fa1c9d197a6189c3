/** A connection of ours with a client in memory and a clock that stands still. */
import type { BusyPoll } from "../../api/http2/busy_poll.ts";
import { type Http2Connection, serveHttp2 } from "../../api/http2/connection.ts";
import type { Http2Limits } from "../../api/http2/connection_limits.ts";
import type { Exchange, ExchangeHandler } from "../../api/http2/exchange.ts";
import { BufferBudget } from "../../api/http2/output_budget.ts";
import { FakeClock } from "./clock.ts";
import { FakeHttp2Client } from "./http2_client.ts";

export interface HouseOptions {
  readonly handler?: ExchangeHandler;
  readonly limits?: Partial<Http2Limits>;
  readonly budget?: BufferBudget;
  readonly poll?: BusyPoll;
}

export class Http2House implements AsyncDisposable {
  readonly client = new FakeHttp2Client();
  readonly clock = new FakeClock();
  readonly exchanges: Exchange[] = [];
  readonly errors: unknown[] = [];
  readonly stop = new AbortController();
  readonly connection: Http2Connection;
  readonly budget: BufferBudget;

  constructor({ handler, limits, budget, poll }: HouseOptions = {}) {
    this.budget = budget ?? new BufferBudget(2 ** 30);
    this.connection = serveHttp2(this.client.duplex, {
      handler: (exchange) => {
        this.exchanges.push(exchange);
        handler?.(exchange);
      },
      peer: { transport: "tcp", client: "192.0.2.1" },
      clock: this.clock,
      ...(limits === undefined ? {} : { limits }),
      budget: this.budget,
      poll,
      onError: (error) => this.errors.push(error),
      signal: this.stop.signal,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.connection.cut();
    await this.connection.finished;
    await this.client.turn();
  }
}

/** Answers as a unary call is answered. */
export function answerUnary(exchange: Exchange): void {
  exchange.collect(1 << 22, (body) => {
    exchange.respond(200, ["content-type", "application/grpc"]);
    exchange.write(body ?? new Uint8Array(0));
    exchange.end(["grpc-status", "0"]);
  });
}
