/** The machine's own connections to a listener that strangers crowd. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { connect, type Socket } from "node:net";
import { listenTcp, type TcpLimits, type TcpListening } from "../../api/listen_tcp.ts";
import { eventLoopTurn } from "../../runtime/system/turn.ts";
import { FakeClock } from "../fakes/clock.ts";
import { Line } from "../fakes/line.ts";
import { FakeLog } from "../fakes/log.ts";

const REQUEST = "GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n";

/** A caller at another address of loopback. */
class Stranger {
  readonly #socket: Socket;
  /** What was answered, once the other side has closed. */
  readonly closed: Promise<string>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    let text = "";
    socket.on("data", (bytes) => text += new TextDecoder().decode(bytes));
    socket.on("error", () => {}); // "close" follows.
    this.closed = new Promise((resolve) => socket.once("close", () => resolve(text)));
  }

  static async open(port: number): Promise<Stranger> {
    const socket = connect({ host: "127.0.0.1", port, localAddress: "127.0.0.2" });
    const stranger = new Stranger(socket);
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    return stranger;
  }

  send(text: string): void {
    this.#socket.write(text);
  }

  async close(): Promise<void> {
    this.#socket.destroy();
    await this.closed;
  }
}

/** A listener that answers nothing before it is told; what comes from 127.0.0.1 is the machine's own. */
class Patient implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #answer = Promise.withResolvers<void>();
  readonly listening: TcpListening;
  asked = 0;

  constructor(limits: TcpLimits) {
    this.listening = listenTcp({
      hostname: "127.0.0.1",
      port: 0,
      handle: async () => {
        this.asked++;
        await this.#answer.promise;
        return new Response("hello");
      },
      isOwn: ({ remoteAddr }) => remoteAddr.hostname === "127.0.0.1",
      limits,
      clock: new FakeClock(),
      log: new FakeLog(),
      signal: this.#stop.signal,
    });
  }

  get port(): number {
    return this.listening.port;
  }

  /** Resolves once `holds`, which something of the test brings about. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await eventLoopTurn();
  }

  answer(): void {
    this.#answer.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.answer();
    this.#stop.abort();
    await this.listening.closed;
  }
}

Deno.test("listenTcp() keeps places for the machine itself, which no stranger takes or is taken away for", async () => {
  await using server = new Patient({ connectionsMax: 2, ownConnectionsMax: 2 });
  const { port, listening } = server;
  using own = await Line.open(port);
  await server.until(() => listening.connections === 1);
  // Who is silent gives way to who comes, and the machine's own to nobody of those.
  const strangers = [];
  for (let count = 1; count <= 6; count++) strangers.push(await Stranger.open(port));
  await Promise.all(strangers.slice(0, 4).map(({ closed }) => closed));
  assertEquals(listening.connections, 3);
  // Nor is it kept out where all of the others are at work.
  for (const stranger of strangers.slice(4)) stranger.send(REQUEST);
  await server.until(() => server.asked === 2);
  const refused = await Stranger.open(port);
  refused.send(REQUEST);
  assertStringIncludes(await refused.closed, "all 2 connections are taken");
  await own.send(REQUEST);
  using other = await Line.open(port);
  await other.send(REQUEST);
  await server.until(() => server.asked === 4);
  server.answer();
  await Promise.all([own.until("hello"), other.until("hello")]);
  for (const stranger of strangers) await stranger.close();
});

Deno.test("listenTcp() gives the place of who is silent on the machine itself to who comes from there", async () => {
  await using server = new Patient({ connectionsMax: 1, ownConnectionsMax: 1 });
  const stranger = await Stranger.open(server.port);
  stranger.send(REQUEST);
  await server.until(() => server.asked === 1);
  using silent = await Line.open(server.port);
  await server.until(() => server.listening.connections === 2);
  using next = await Line.open(server.port);
  assertEquals(await silent.closed(), "");
  await next.send(REQUEST);
  await server.until(() => server.asked === 2);
  server.answer();
  await next.until("hello");
  await stranger.close();
});

Deno.test("listenTcp() counts what the machine has beyond its places with the others", async () => {
  await using server = new Patient({ connectionsMax: 1, ownConnectionsMax: 1 });
  using first = await Line.open(server.port);
  using second = await Line.open(server.port);
  for (const line of [first, second]) await line.send(REQUEST);
  await server.until(() => server.asked === 2);
  using third = await Line.open(server.port);
  await third.send(REQUEST);
  assertStringIncludes(await third.closed(), "all 1 connections are taken");
  server.answer();
  for (const line of [first, second]) await line.until("hello");
});
