/** Streams of a client against a connection that notes what they do. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeClientHost } from "../../tests/fakes/http2_hosts.ts";
import type { AnswerHead } from "./answer_rules.ts";
import { ClientStream } from "./client_stream.ts";
import { ConnectionLost, Http2Code, RequestUnprocessed, StreamClosed } from "./fault.ts";

const HEAD: AnswerHead = { status: 200, headers: ["a", "b"], contentLength: undefined };

/** Stream 1 with a window of `sendWindow` bytes. */
function begun(sendWindow = 100, ended = false): { host: FakeClientHost; stream: ClientStream } {
  const host = new FakeClientHost();
  return { host, stream: new ClientStream(host, { id: 1, sendWindow, ended }) };
}

/** DATA of `length` bytes, of which some may be padding. */
function receive(
  stream: ClientStream,
  length: number,
  { last = false, padding = 0 } = {},
): unknown {
  const counted = length + padding;
  return stream.receive(new Uint8Array(7 + counted), { start: 7, end: 7 + length, counted, last });
}

/** Whether `promise` has resolved once all that is settled has been told. */
async function isSettled(promise: Promise<void> | undefined): Promise<boolean> {
  let settled = false;
  promise?.then(() => settled = true, () => settled = true);
  for (let round = 0; round < 5; round++) await Promise.resolve();
  return settled;
}

Deno.test("ClientStream.write() sends each piece in a frame of its own while both windows let it", () => {
  const { host, stream } = begun(10);
  host.window = 12;
  assertEquals(stream.write(new Uint8Array(3)), undefined);
  assertEquals(stream.write(new Uint8Array(0)), undefined);
  assertEquals(stream.write(new Uint8Array(7)), undefined);
  assertEquals(host.said(), ["DATA 1: 3 bytes", "DATA 1: 7 bytes"]);
  assertEquals([stream.sendWindow, host.window, stream.waiting, host.turns], [0, 2, 0, []]);
});

Deno.test("ClientStream.write() keeps what its own window does not let through for its turn, and takes nothing of the connection's", () => {
  const { host, stream } = begun(10);
  assertEquals(stream.write(new Uint8Array(11)), undefined);
  assertEquals([host.said(), stream.waiting, host.turns, host.window], [[], 11, [stream], 1000]);
});

Deno.test("ClientStream.write() sends nothing past what waits already", () => {
  const { host, stream } = begun(10);
  stream.write(new Uint8Array(11));
  stream.sendWindow = 100;
  stream.write(new Uint8Array(2));
  assertEquals([host.said(), stream.waiting], [[], 13]);
  assertEquals(stream.sendSome(1000), 13);
  assertEquals([host.said(false), stream.sendWindow, stream.waiting], [
    ["DATA 1: 13 bytes"],
    87,
    0,
  ]);
});

Deno.test("ClientStream.sendSome() keeps to what it is allowed and to its window", () => {
  const { host, stream } = begun(0);
  stream.write(new Uint8Array(50));
  stream.sendWindow = 30;
  assertEquals([stream.sendSome(20), stream.sendSome(20), stream.waiting], [20, 10, 20]);
  assertEquals(host.said(false), ["DATA 1: 20 bytes", "DATA 1: 10 bytes"]);
  const fresh = begun(0);
  assertEquals([fresh.stream.sendSome(20), fresh.host.said()], [0, []]);
});

Deno.test("ClientStream.write() asks to wait beyond the mark, and lets go on at half of it", async () => {
  // A piece that waits costs 64 bytes beside its own.
  const { stream } = begun(0);
  assertEquals(stream.write(new Uint8Array(500 - 64)), undefined);
  const over = begun(0).stream;
  const room = over.write(new Uint8Array(501 - 64));
  assertEquals(await isSettled(room), false);
  over.sendWindow = 1000;
  over.sendSome(250);
  assertEquals(await isSettled(room), false);
  over.sendSome(1);
  assertEquals(await isSettled(room), true);
});

/** Ways to end a request, the frames that says, and those of later turns. */
const ENDS: Readonly<Record<string, (stream: ClientStream) => void>> = {
  "DATA 1 END: 0 bytes": (stream) => stream.end(),
  "DATA 1 END: 0 bytes,": (stream) => stream.end(new Uint8Array(0)),
  "DATA 1 END: 7 bytes": (stream) => stream.end(new Uint8Array(7)),
  "DATA 1: 7 bytes, DATA 1 END: 0 bytes": (stream) => {
    stream.write(new Uint8Array(7));
    stream.end();
    stream.end();
  },
};

for (const [frames, end] of Object.entries(ENDS)) {
  Deno.test(`ClientStream.end() says ${frames} with room, once, and takes no more`, async () => {
    const { host, stream } = begun();
    end(stream);
    stream.end(new Uint8Array(5));
    assertEquals(host.said().join(", "), frames.replace(/,$/, ""));
    assertEquals([host.turns, host.gone, stream.closed], [[], [], false]);
    const error = await assertRejects(
      async () => await stream.write(new Uint8Array(1)),
      StreamClosed,
    );
    assertEquals([error.message, error.code], ["the stream is over", Http2Code.NO_ERROR]);
  });
}

Deno.test("ClientStream.end() behind what waits ends with the last byte of it", () => {
  for (const end of ["bytes", "nothing"] as const) {
    const { host, stream } = begun(0);
    if (end === "nothing") stream.write(new Uint8Array(7));
    stream.end(end === "bytes" ? new Uint8Array(7) : undefined);
    stream.end();
    assertEquals([host.said(), stream.waiting, host.turns], [[], 7, [stream]], end);
    stream.sendWindow = 10;
    stream.sendSome(6);
    stream.sendSome(6);
    assertEquals(host.said(false), ["DATA 1: 6 bytes", "DATA 1 END: 1 bytes"], end);
  }
});

Deno.test("ClientStream is over with the answer's end, and says nothing where the request had ended", async () => {
  const { host, stream } = begun(100, true);
  assertEquals([stream.receiveHead(HEAD, false), stream.hasHead, stream.closed], [
    undefined,
    true,
    false,
  ]);
  assertEquals([await stream.answer, stream.trailers], [HEAD, []]);
  assertEquals(receive(stream, 5), undefined);
  assertEquals(stream.receiveTrailers(["c", "d"]), undefined);
  assertEquals([stream.closed, host.gone, host.said(), stream.trailers], [true, [1], [], [
    "c",
    "d",
  ]]);
  assertEquals((await stream.read())?.length, 5);
  assertEquals(await stream.read(), undefined);
});

Deno.test("ClientStream stops a request that has not ended, or not left, when the answer ends", () => {
  const open = begun();
  open.stream.receiveHead(HEAD, true);
  assertEquals([open.host.said(), open.host.gone], [["RST_STREAM 1: 8"], [1]]);
  const waiting = begun(0);
  waiting.stream.end(new Uint8Array(5));
  waiting.stream.receiveHead(HEAD, true);
  assertEquals([waiting.host.said(), waiting.stream.waiting], [["RST_STREAM 1: 8"], 0]);
  for (const { stream, host } of [open, waiting]) {
    stream.end(new Uint8Array(5));
    assertEquals([host.said(), host.turns.length, stream.sendSome(9)], [
      [],
      stream === open.stream ? 0 : 1,
      0,
    ]);
  }
});

Deno.test("ClientStream rejects who waits for room when the answer ends first", async () => {
  const { stream } = begun(0);
  const room = stream.write(new Uint8Array(1000));
  stream.receiveHead(HEAD, true);
  await assertRejects(async () => await room, StreamClosed, "the stream is over");
});

Deno.test("ClientStream.receiveHead() takes statuses below 200 for what comes before the answer", () => {
  for (const status of [100, 103, 199]) {
    const { stream } = begun();
    assertEquals([stream.receiveHead({ ...HEAD, status }, false), stream.hasHead], [
      undefined,
      false,
    ]);
    assertEquals(
      stream.receiveHead({ ...HEAD, status }, true),
      "an answer that ends before it begins",
    );
  }
});

/** DATA by the window of 1000 bytes and content-length: what came before, the frame, and why it is refused. */
const PROTOCOL = Http2Code.PROTOCOL_ERROR;
const BEYOND = { code: Http2Code.FLOW_CONTROL_ERROR, message: "DATA beyond the stream's window" };
const FRAMES: readonly (readonly [string, number | undefined, number, boolean, unknown])[] = [
  ["the whole window", undefined, 1000, false, undefined],
  ["more than the window", undefined, 1001, false, BEYOND],
  ["the whole window and the end", undefined, 1000, true, undefined],
  ["more than the window and the end", undefined, 1001, true, BEYOND],
  ["its content-length", 20, 20, true, undefined],
  ["its content-length and no end yet", 20, 20, false, undefined],
  ["a byte more than content-length", 20, 21, false, {
    code: PROTOCOL,
    message: "more than content-length",
  }],
  ["a byte less than content-length", 20, 19, true, {
    code: PROTOCOL,
    message: "less than content-length",
  }],
  ["the end of nothing", 0, 0, true, undefined],
];

for (const [name, contentLength, length, last, fault] of FRAMES) {
  Deno.test(`ClientStream.receive() judges an answer of ${name}`, () => {
    const { stream } = begun(100, true);
    stream.receiveHead({ ...HEAD, contentLength }, false);
    assertEquals(receive(stream, length, { last }), fault);
    assertEquals(stream.closed, last && fault === undefined);
  });
}

Deno.test("ClientStream.receive() refuses DATA before the head of the answer", () => {
  assertEquals(receive(begun().stream, 1), {
    code: PROTOCOL,
    message: "DATA before the head of an answer",
  });
});

Deno.test("ClientStream.receive() gives padding back at once, unless nothing more comes", () => {
  const { host, stream } = begun(100, true);
  stream.receiveHead(HEAD, false);
  receive(stream, 10, { padding: 499 });
  assertEquals(host.widened, []);
  receive(stream, 10, { padding: 1 });
  assertEquals(host.widened, [500]);
  // Bytes nobody has read are not given back.
  receive(stream, 470);
  assertEquals([host.widened, host.given], [[500], []]);
  const last = begun(100, true);
  last.stream.receiveHead(HEAD, false);
  receive(last.stream, 10, { padding: 600, last: true });
  assertEquals(last.host.widened, []);
});

Deno.test("ClientStream.reset() says its code once, and ends whoever waits", async () => {
  for (const code of [Http2Code.CANCEL, Http2Code.INTERNAL_ERROR]) {
    const { host, stream } = begun(0);
    const room = stream.write(new Uint8Array(1000));
    if (code === Http2Code.CANCEL) stream.reset();
    else stream.reset(code);
    stream.reset(Http2Code.NO_ERROR);
    stream.fail({ code: Http2Code.NO_ERROR, message: "late" });
    stream.end();
    assertEquals([host.said(), host.gone, stream.waiting], [[`RST_STREAM 1: ${code}`], [1], 0]);
    for (const end of [stream.answer, stream.read(), room, stream.write(new Uint8Array(1))]) {
      const error = await assertRejects(async () => await end, StreamClosed);
      assertEquals([error.code, error.message], [code, "the stream was reset by us"]);
    }
  }
});

Deno.test("ClientStream.reset() of a complete answer only throws away what nobody has read", async () => {
  const { host, stream } = begun(100, true);
  stream.receiveHead(HEAD, false);
  receive(stream, 600, { last: true });
  stream.reset();
  assertEquals([host.said(), host.given, host.gone], [[], [600], [1]]);
  assertEquals(await stream.read(), undefined);
});

Deno.test("ClientStream.fail() tells the server the code, and who reads the reason", async () => {
  const { host, stream } = begun();
  stream.fail({ code: Http2Code.FLOW_CONTROL_ERROR, message: "too much" });
  assertEquals([host.said(), host.gone], [["RST_STREAM 1: 3"], [1]]);
  const error = await assertRejects(() => stream.answer, StreamClosed);
  assertEquals([error.code, error.message], [3, "the server's answer is malformed: too much"]);
});

Deno.test("ClientStream.wasReset() by REFUSED_STREAM means that nobody has looked, unless the head was here", async () => {
  const refused = begun();
  refused.stream.wasReset(Http2Code.REFUSED_STREAM);
  const error = await assertRejects(() => refused.stream.answer, RequestUnprocessed);
  assertEquals([error.code, error.message], [7, "the stream was reset by the server, code 7"]);
  const late = begun();
  late.stream.receiveHead(HEAD, false);
  late.stream.wasReset(Http2Code.REFUSED_STREAM);
  await assertRejects(() => late.stream.read(), StreamClosed, "by the server, code 7");
  const calm = begun();
  calm.stream.wasReset(Http2Code.ENHANCE_YOUR_CALM);
  await assertRejects(() => calm.stream.answer, StreamClosed, "by the server, code 11");
  for (const { host } of [refused, late, calm]) assertEquals([host.said(), host.gone], [[], [1]]);
});

Deno.test("ClientStream.abandon() ends with the connection's reason, without a word to the server", async () => {
  const { host, stream } = begun();
  const reason = new ConnectionLost(Http2Code.NO_ERROR, "gone");
  stream.abandon(reason);
  stream.abandon(new ConnectionLost(Http2Code.NO_ERROR, "twice"));
  assertEquals([host.said(), host.gone], [[], [1]]);
  assertEquals(await stream.answer.catch((error: unknown) => error), reason);
});

Deno.test("ClientStream says what of its request waits, until it is sent or thrown away", () => {
  const endings: readonly ((stream: ClientStream) => void)[] = [
    (stream) => void stream.sendSome(1000),
    (stream) => stream.reset(),
    (stream) => stream.wasReset(Http2Code.CANCEL),
    (stream) => stream.abandon(new ConnectionLost(Http2Code.NO_ERROR, "gone")),
    (stream) => void stream.receiveHead(HEAD, true),
  ];
  for (const end of endings) {
    const { host, stream } = begun(100);
    host.window = 0;
    stream.write(new Uint8Array(60))?.catch(() => {});
    stream.end(new Uint8Array(40));
    assert(host.held >= 100, `${host.held} bytes are said to wait`);
    const all = host.held;
    host.window = 1000;
    assertEquals(stream.sendSome(30), 30);
    assert(host.held > 0 && host.held < all, `${host.held} bytes are said to wait`);
    end(stream);
    assertEquals(host.held, 0);
  }
});
