/** The answer of a stream, against a connection that notes what is said. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { FakeStreamHost } from "../../tests/fakes/http2_hosts.ts";
import { Http2Code, StreamClosed } from "./fault.ts";
import type { RequestHead } from "./header_rules.ts";
import { Stream } from "./stream.ts";

const HEAD: RequestHead = {
  method: "POST",
  scheme: "http",
  path: "/a?b",
  authority: "h:1",
  headers: ["x", "y"],
  contentLength: undefined,
  expectsContinue: false,
};

function begun(
  { head = {}, sendWindow = 100, ended = true }: {
    readonly head?: Partial<RequestHead>;
    readonly sendWindow?: number;
    readonly ended?: boolean;
  } = {},
): { readonly host: FakeStreamHost; readonly stream: Stream } {
  const host = new FakeStreamHost();
  const parts = { id: 1, head: { ...HEAD, ...head }, sendWindow, ended };
  return { host, stream: new Stream(host, parts) };
}

/** Whether `promise` has settled once all that is settled has been told. */
async function isSettled(promise: Promise<void> | undefined): Promise<boolean> {
  let settled = false;
  promise?.then(() => settled = true, () => settled = true);
  for (let round = 0; round < 5; round++) await Promise.resolve();
  return settled;
}

const OK = "HEADERS 1: 88";
const INTERNAL = "RST_STREAM 1: 2";

Deno.test("Stream says of its request what the head says", () => {
  const { stream, host } = begun();
  const { method, path, scheme, authority, headers, peer } = stream;
  assertEquals([method, path, scheme, authority], ["POST", "/a?b", "http", "h:1"]);
  assertEquals([headers, peer], [HEAD.headers, host.peer]);
});

Deno.test("Stream.respond() with the end is the whole answer, and the stream is over", () => {
  const { host, stream } = begun();
  stream.respond(204, [], true);
  stream.respond(200, []);
  stream.end();
  stream.reset(Http2Code.CANCEL);
  assertEquals(host.said(), ["HEADERS 1 END: 89"]);
  assertEquals([host.outcomes, stream.closed], [[{ isWasted: false }], true]);
});

Deno.test("Stream.write() sends each piece in a frame of its own while both windows let it", () => {
  const { host, stream } = begun({ sendWindow: 10 });
  host.window = 12;
  stream.respond(200, []);
  assertEquals(
    [3, 0, 7].map((length) => stream.write(new Uint8Array(length))),
    [undefined, undefined, undefined],
  );
  assertEquals(host.said(), [OK, "DATA 1: 3 bytes", "DATA 1: 7 bytes"]);
  assertEquals([stream.sendWindow, host.window, stream.moved, host.held], [0, 2, 10, 0]);
});

Deno.test("Stream.write() keeps what its own window does not let through for its turn", () => {
  const { host, stream } = begun({ sendWindow: 10 });
  stream.respond(200, []);
  assertEquals(stream.write(new Uint8Array(11)), undefined);
  assertEquals([host.said(), host.turns, host.window], [[OK], [stream], 1000]);
  // A piece that waits costs 64 bytes beside its own.
  assertEquals([stream.waiting, stream.moved, host.held], [11, 0, 75]);
  stream.sendWindow = 100;
  stream.write(new Uint8Array(2));
  assertEquals([host.said(), stream.waiting, host.held], [[], 13, 141]);
  assertEquals([stream.sendSome(12), stream.moved, host.held], [12, 12, 65]);
  assertEquals([stream.sendSome(12), stream.moved, host.held], [1, 13, 0]);
  assertEquals([host.said(false), stream.sendWindow], [
    ["DATA 1: 12 bytes", "DATA 1: 1 bytes"],
    87,
  ]);
});

Deno.test("Stream.sendSome() keeps to its own window, and has nothing where nothing waits", () => {
  const { host, stream } = begun({ sendWindow: 0 });
  stream.respond(200, []);
  assertEquals(stream.sendSome(9), 0);
  stream.write(new Uint8Array(50));
  stream.sendWindow = 30;
  assertEquals([stream.sendSome(20), stream.sendSome(20)], [20, 10]);
  assertEquals(host.said(), [OK, "DATA 1: 20 bytes", "DATA 1: 10 bytes"]);
});

Deno.test("Stream.write() asks to wait beyond the mark, and lets go on at half of it", async () => {
  const { stream } = begun({ sendWindow: 0 });
  stream.respond(200, []);
  assertEquals(stream.write(new Uint8Array(500 - 64)), undefined);
  const over = begun({ sendWindow: 0 }).stream;
  over.respond(200, []);
  const room = over.write(new Uint8Array(501 - 64));
  over.sendWindow = 1000;
  over.sendSome(250);
  assertEquals(await isSettled(room), false);
  over.sendSome(1);
  assertEquals(await isSettled(room), true);
});

Deno.test("Stream.write() rejects where holding the bytes was too much", async () => {
  const { host, stream } = begun({ sendWindow: 0 });
  host.onHold = (_, bytes) => {
    if (bytes > 0) stream.reset(Http2Code.ENHANCE_YOUR_CALM);
  };
  stream.respond(200, []);
  await assertRejects(async () => await stream.write(new Uint8Array(1)), StreamClosed, "by us");
  assertEquals([host.held, stream.waiting], [0, 0]);
});

Deno.test("Stream.write() of an answer to HEAD sends nothing", () => {
  const { host, stream } = begun({ head: { method: "HEAD" } });
  stream.respond(200, []);
  assertEquals(stream.write(new Uint8Array(5)), undefined);
  stream.end();
  assertEquals(host.said(), [OK, "DATA 1 END: 0 bytes"]);
});

/** How an answer ends: what waits, the trailers, and what the end says in the turns that follow. */
const ENDS: readonly (readonly [number, readonly string[] | undefined, readonly string[]])[] = [
  [0, undefined, ["DATA 1 END: 0 bytes"]],
  [0, ["a", "b"], ["HEADERS 1 END: 4001610162"]],
  [7, undefined, ["DATA 1: 5 bytes", "DATA 1 END: 2 bytes"]],
  [7, ["a", "b"], ["DATA 1: 5 bytes", "DATA 1: 2 bytes", "HEADERS 1 END: 4001610162"]],
];

for (const [length, trailers, frames] of ENDS) {
  const behind = length === 0 ? "an answer that is out" : "what waits";
  Deno.test(`Stream.end() behind ${behind} ends with ${trailers === undefined ? "DATA" : "trailers"}`, () => {
    const { host, stream } = begun({ sendWindow: 0 });
    stream.respond(200, []);
    stream.write(new Uint8Array(length));
    host.said();
    stream.end(trailers);
    stream.end(["twice", "once"]);
    assertEquals([stream.closed, stream.awaitsPeer], [length === 0, length > 0]);
    stream.sendWindow = 100;
    if (length > 0) {
      stream.sendSome(5);
      stream.sendSome(5);
    }
    assertEquals(host.said(length === 0), frames);
    assertEquals([host.outcomes, stream.closed, host.held], [[{ isWasted: false }], true, 0]);
  });
}

Deno.test("Stream.end() before the end of the request resets it with NO_ERROR", () => {
  const { host, stream } = begun({ ended: false });
  stream.respond(200, []);
  stream.end();
  assertEquals(host.said(), [OK, "DATA 1 END: 0 bytes", "RST_STREAM 1: 0"]);
  assertEquals(host.outcomes, [{ resetBy: "us", isWasted: false }]);
});

/** Calls out of order: faults of who answers, which must not look like an answer. */
const MISUSES: Readonly<Record<string, (stream: Stream) => unknown>> = {
  "respond() twice": (stream) => (stream.respond(200, []), stream.respond(200, [])),
  "respond() with what cannot be encoded": (stream) => stream.respond(200, ["a", "\u0100"]),
  "write() before respond()": (stream) => stream.write(new Uint8Array(1)),
  "end() before respond()": (stream) => stream.end(),
  "end() with trailers that cannot be encoded": (stream) => {
    stream.respond(200, []);
    stream.end(["a", "\u0100"]);
  },
  "write() behind end()": (stream) => {
    stream.respond(200, []);
    stream.write(new Uint8Array(1));
    stream.end();
    return stream.write(new Uint8Array(1));
  },
};

for (const [name, misuse] of Object.entries(MISUSES)) {
  Deno.test(`Stream resets with INTERNAL_ERROR for ${name}`, async () => {
    const { host, stream } = begun({ sendWindow: 0 });
    const told = misuse(stream);
    assertEquals([host.said().at(-1), stream.closed], [INTERNAL, true]);
    const isWasted = !name.includes("behind") && !name.includes("twice") &&
      !name.includes("trailers");
    assertEquals([host.outcomes, host.held], [[{ resetBy: "us", isWasted }], 0]);
    if (name.startsWith("write()")) {
      await assertRejects(async () => await told, StreamClosed, "the stream was reset by us");
    }
  });
}

Deno.test("Stream.reset() says its code once, and is wasted where the answer had not begun", async () => {
  for (const isWasted of [true, false]) {
    const { host, stream } = begun({ sendWindow: 0 });
    if (!isWasted) stream.respond(200, []);
    const room = isWasted ? undefined : stream.write(new Uint8Array(1000));
    host.said();
    stream.reset(Http2Code.CANCEL);
    stream.reset(Http2Code.NO_ERROR);
    stream.respond(200, []);
    stream.end();
    assertEquals(host.said(), ["RST_STREAM 1: 8"]);
    assertEquals([host.outcomes, host.held], [[{ resetBy: "us", isWasted }], 0]);
    for (const end of [room, stream.read(), stream.write(new Uint8Array(1))]) {
      if (end === undefined) continue;
      const error = await assertRejects(async () => void await end, StreamClosed);
      assertEquals([error.code, error.message], [8, "the stream was reset by us"]);
    }
  }
});

Deno.test("Stream.wasReset() and abandon() end it without a word, with their reasons", async () => {
  for (const responded of [false, true]) {
    const reset = begun();
    if (responded) reset.stream.respond(200, []);
    reset.host.said();
    reset.stream.wasReset(Http2Code.CANCEL);
    reset.stream.wasReset(Http2Code.CANCEL);
    assertEquals([reset.host.said(), reset.host.outcomes], [[], [
      { resetBy: "peer", isWasted: !responded },
    ]]);
    const error = await assertRejects(() => reset.stream.read(), StreamClosed);
    assertEquals([error.code, error.message], [8, "the stream was reset by the peer, code 8"]);
    const left = begun();
    if (responded) left.stream.respond(200, []);
    left.host.said();
    left.stream.abandon(new StreamClosed(Http2Code.NO_ERROR, "gone"));
    assertEquals([left.host.said(), left.host.outcomes], [[], [{ isWasted: false }]]);
    await assertRejects(() => left.stream.read(), StreamClosed, "gone");
  }
});

Deno.test("Stream rejects reads and writes behind an answer that is out", async () => {
  const { stream } = begun();
  stream.respond(204, [], true);
  for (const end of [stream.read(), stream.write(new Uint8Array(1))]) {
    const error = await assertRejects(async () => void await end, StreamClosed);
    assertEquals([error.code, error.message], [0, "the answer has ended"]);
  }
  let isCalled = false;
  stream.collect(10, () => isCalled = true);
  assertEquals(isCalled, false);
});

Deno.test("Stream.onBroken() calls each listener once, and at once where it is broken", () => {
  const { stream } = begun();
  const told: string[] = [];
  stream.onBroken(({ message }) => told.push(`1 ${message}`));
  stream.onBroken(() => {
    throw new Error("a fault of its own");
  });
  stream.onBroken(({ message }) => told.push(`2 ${message}`));
  stream.abandon(new StreamClosed(0, "gone"));
  stream.abandon(new StreamClosed(0, "twice"));
  stream.onBroken(({ message }) => told.push(`3 ${message}`));
  assertEquals(told, ["1 gone", "2 gone", "3 gone"]);
  const answered = begun().stream;
  answered.onBroken(() => told.push("never"));
  answered.respond(204, [], true);
  answered.onBroken(() => told.push("never"));
  answered.abandon(new StreamClosed(0, "gone"));
  assertEquals(told.length, 3);
});
