/** The clients of nghttp2 against our server: what they get must be what was answered. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path/posix";
import type { Exchange } from "../../api/http2/exchange.ts";
import { type Http2ListenerLimits, listenHttp2 } from "../../api/listen_http2.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { FakeLog } from "../fakes/log.ts";

/** Bytes of the great body, both ways: many times any window. */
const GREAT_BYTES = 3_000_001;
/** A run that takes longer hangs. */
const RUN_MS_MAX = 60_000;

/** What the server saw of a request. */
interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
  readonly bytes: number;
}

interface Ended {
  readonly stdout: Uint8Array;
  readonly text: string;
}

/** A server that echoes bodies, `/bytes/N` aside, which has N bytes; and what it saw. */
class Peer implements AsyncDisposable {
  readonly folder: string;
  readonly seen: Seen[] = [];
  readonly #stop = new AbortController();
  #closed: Promise<void> = Promise.resolve();
  origin = "";

  constructor(folder: string) {
    this.folder = folder;
  }

  static async begin(limits: Http2ListenerLimits = {}): Promise<Peer> {
    const peer = new Peer(await Deno.makeTempDir({ prefix: "strata-nghttp2-" }));
    const listening = await listenHttp2({
      address: { hostname: "127.0.0.1", port: 0 },
      handler: (exchange) => peer.#answer(exchange),
      limits,
      clock: systemClock(),
      log: new FakeLog(),
      signal: peer.#stop.signal,
    });
    peer.origin = `http://127.0.0.1:${listening.port}`;
    peer.#closed = listening.closed;
    return peer;
  }

  /** Runs a client to its end. @throws {Error} It failed, with what it said. */
  async run(program: "nghttp" | "h2load", ...args: readonly string[]): Promise<Ended> {
    const signal = AbortSignal.timeout(RUN_MS_MAX);
    const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args], signal })
      .output();
    const text = new TextDecoder().decode(stdout);
    if (success) return { stdout, text };
    throw new Error(`Cannot run ${program}: ${text} ${new TextDecoder().decode(stderr)}`);
  }

  /** A file of `length` bytes, the same as the server's. */
  async file(length: number): Promise<string> {
    const path = join(this.folder, `${length}`);
    await Deno.writeFile(path, pattern(length));
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#closed;
    await Deno.remove(this.folder, { recursive: true });
  }

  #answer(exchange: Exchange): void {
    const { method, path, headers } = exchange;
    exchange.collect(8 * 1024 * 1024, (body = new Uint8Array(0)) => {
      this.seen.push({ method, path, headers, bytes: body.length });
      exchange.respond(200, ["content-type", "text/plain"]);
      const wanted = /^\/bytes\/(\d+)$/.exec(path)?.[1];
      exchange.write(wanted === undefined ? body : pattern(Number(wanted)));
      exchange.end(["x-bytes", String(body.length)]);
    });
  }
}

function pattern(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length).map((_, index) => index % 251);
}

function assertBytes(actual: Uint8Array, length: number): void {
  assertEquals(actual.length, length);
  assert(actual.every((byte, index) => byte === index % 251), "other bytes than were answered");
}

/** h2load counts what it got; all must have succeeded. */
function assertAll(text: string, requests: number): void {
  assertStringIncludes(
    text,
    `requests: ${requests} total, ${requests} started, ${requests} done, ` +
      `${requests} succeeded, 0 failed, 0 errored, 0 timeout`,
  );
  assertStringIncludes(text, `status codes: ${requests} 2xx, 0 3xx, 0 4xx, 0 5xx`);
}

Deno.test("nghttp gets the bytes of an answer through windows of 1 byte, 1 KiB and the greatest", async () => {
  await using peer = await Peer.begin();
  // 2^N - 1 bytes: 1, 1023, all.
  for (const [bits, bytes] of [[1, 300], [10, 200_000], [30, GREAT_BYTES]] as const) {
    const { stdout } = await peer.run("nghttp", `-w${bits}`, `${peer.origin}/bytes/${bytes}`);
    assertBytes(stdout, bytes);
  }
  const small = ["-w16", "-W16", "--padding=200", "--no-rfc7540-pri"];
  const { stdout } = await peer.run("nghttp", ...small, `${peer.origin}/bytes/${GREAT_BYTES}`);
  assertBytes(stdout, GREAT_BYTES);
});

Deno.test("nghttp sends a great body, padded and not, with trailers, and gets it back", async () => {
  await using peer = await Peer.begin();
  const file = await peer.file(GREAT_BYTES);
  const forms = [[], ["--padding=250"], ["--trailer=x-sum: 1"], ["--no-content-length"]];
  for (const form of forms) {
    const { stdout } = await peer.run("nghttp", ...form, "-d", file, `${peer.origin}/echo`);
    assertBytes(stdout, GREAT_BYTES);
  }
  assertEquals(peer.seen.map(({ method, bytes }) => [method, bytes]), [
    ["POST", GREAT_BYTES],
    ["POST", GREAT_BYTES],
    ["POST", GREAT_BYTES],
    ["POST", GREAT_BYTES],
  ]);
});

Deno.test("nghttp is told to go on where it waits for 100-continue", async () => {
  await using peer = await Peer.begin();
  const words = ["-v", "--expect-continue", "-d", await peer.file(1000), `${peer.origin}/echo`];
  const { text } = await peer.run("nghttp", ...words);
  assertMatch(text, /:status: 100/);
  assertMatch(text, /:status: 200/);
  assertStringIncludes(text, "x-bytes: 1000");
});

Deno.test("nghttp sends a header block in CONTINUATION frames, which reach the handler as one", async () => {
  await using peer = await Peer.begin({ headerBytesMax: 64 * 1024 });
  const { text } = await peer.run("nghttp", "-v", "--continuation", `${peer.origin}/bytes/10`);
  // It makes a frame and a half of it.
  assertMatch(text, /send HEADERS frame <length=18\d\d\d/);
  assertMatch(text, /:status: 200/);
  const { headers = [] } = peer.seen.at(-1) ?? {};
  for (let count = 1; count <= 6; count++) {
    const value = headers[headers.indexOf(`continuation-test-${count}`) + 1] ?? "";
    assertMatch(value, /^-{4000,}$/);
  }
});

Deno.test("nghttp is told by GOAWAY of a header block beyond the bound, and another connection is served", async () => {
  await using peer = await Peer.begin();
  const { text } = await peer.run("nghttp", "-v", "--continuation", `${peer.origin}/bytes/10`);
  assertMatch(text, /GOAWAY.*\n.*ENHANCE_YOUR_CALM.*a header block of over 16384 bytes/);
  assertEquals(peer.seen, []);
  const value = "v".repeat(15_000);
  const words = ["-H", `x-great: ${value}`, `${peer.origin}/bytes/10`];
  assertBytes((await peer.run("nghttp", ...words)).stdout, 10);
  const { headers = [] } = peer.seen.at(-1) ?? {};
  assertEquals(headers[headers.indexOf("x-great") + 1], value);
});

Deno.test("nghttp reads header blocks through changing tables", async () => {
  await using peer = await Peer.begin();
  for (const tables of [["-c0"], ["-c0", "-c4096"], ["-c100", "-c65536"], ["-c50"]]) {
    const words = ["-v", "-m20", ...tables, "--encoder-header-table-size=64"];
    const { text } = await peer.run("nghttp", ...words, `${peer.origin}/bytes/5`);
    assertEquals(text.match(/:status: 200/g)?.length, 20);
    assertEquals(text.match(/x-bytes: 0/g)?.length, 20);
  }
  assertEquals(peer.seen.length, 80);
});

Deno.test("h2load gets every answer: many streams, small windows, uploads", async () => {
  await using peer = await Peer.begin();
  const many = ["-n5000", "-c8", "-m100", `${peer.origin}/bytes/113`];
  assertAll((await peer.run("h2load", ...many)).text, 5000);
  const narrow = ["-n200", "-c4", "-m50", "-w10", "-W16", `${peer.origin}/bytes/20000`];
  const { text } = await peer.run("h2load", ...narrow);
  assertAll(text, 200);
  assertMatch(text, /\(4000000\) data/);
  const file = await peer.file(100_000);
  const upload = ["-n200", "-c4", "-m16", "-d", file, `${peer.origin}/echo`];
  assertAll((await peer.run("h2load", ...upload)).text, 200);
  assertEquals(peer.seen.slice(-200).map(({ bytes }) => bytes), Array(200).fill(100_000));
});
