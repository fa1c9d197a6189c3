/**
 * The server that the official suite judges: `state_process.ts STEADY SOCKET`.
 *
 * One state on two unix sockets. The first serves until standard input ends; the second as the lines `stop` and `start`
 * say, and each is answered by a line when it is done. Stopping cuts what is connected there.
 */
// @ts-types="types/std_streams.d.ts"
import { TextLineStream } from "@std/streams";
import { type Http2Listening, listenHttp2 } from "../../api/listen_http2.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { serveState } from "../fakes/grpc_server.ts";
import { FakeLog } from "../fakes/log.ts";

const [steady, socket] = Deno.args;
if (steady === undefined || socket === undefined) {
  throw new RangeError("Cannot serve: name two sockets");
}

/** The socket that comes and goes. */
class Door {
  readonly #start: (signal: AbortSignal) => Promise<Http2Listening>;
  #stop = new AbortController();
  #listening: Http2Listening | undefined;

  constructor(start: (signal: AbortSignal) => Promise<Http2Listening>) {
    this.#start = start;
  }

  async open(): Promise<void> {
    this.#stop = new AbortController();
    this.#listening = await this.#start(this.#stop.signal);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#listening?.closed;
  }
}

async function say(line: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${line}\n`));
}

const stop = new AbortController();
const { listening, handler } = await serveState({ path: steady, signal: stop.signal });
const door = new Door((signal) =>
  listenHttp2({
    address: { path: socket, mode: 0o600 },
    handler,
    limits: { closeGraceMs: 0 },
    clock: systemClock(),
    log: new FakeLog(),
    signal,
  })
);
await door.open();
await say("listening");
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream())
  .pipeThrough(new TextLineStream());
for await (const line of lines) {
  if (line === "stop") {
    await door.close();
    await say("stopped");
  } else {
    await door.open();
    await say("listening");
  }
}
stop.abort();
await Promise.all([listening.closed, door.close()]);
