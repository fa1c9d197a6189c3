/** The request of a stream, against a connection that notes what is given back and said. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { FakeStreamHost } from "../../tests/fakes/http2_hosts.ts";
import { Http2Code } from "./fault.ts";
import { Stream } from "./stream.ts";

const { PROTOCOL_ERROR, FLOW_CONTROL_ERROR } = Http2Code;

interface Begun {
  readonly host: FakeStreamHost;
  readonly stream: Stream;
}

function begun(
  { contentLength, expectsContinue = false, ended = false }: {
    readonly contentLength?: number;
    readonly expectsContinue?: boolean;
    readonly ended?: boolean;
  } = {},
): Begun {
  const host = new FakeStreamHost();
  const head = {
    method: "POST",
    scheme: "http",
    path: "/",
    authority: "",
    headers: [],
    contentLength,
    expectsContinue,
  };
  return { host, stream: new Stream(host, { id: 1, head, sendWindow: 100, ended }) };
}

/** DATA of `length` bytes, of which some may be padding. @returns The code of the reset that it asks for. */
function receive(
  stream: Stream,
  length: number,
  { last = false, padding = 0 } = {},
): Http2Code | undefined {
  const counted = length + padding;
  const bytes = new Uint8Array(7 + counted).fill(1, 7, 7 + length);
  return stream.receive(bytes, { start: 7, end: 7 + length, counted, last });
}

/** DATA by content-length and the window of 1000 bytes: its length, whether it ends the request, and the fault. */
const FRAMES: readonly (readonly [string, number | undefined, number, boolean, unknown])[] = [
  ["the whole window", undefined, 1000, false, undefined],
  ["more than the window", undefined, 1001, false, FLOW_CONTROL_ERROR],
  ["the whole window and the end", undefined, 1000, true, undefined],
  ["more than the window and the end", undefined, 1001, true, FLOW_CONTROL_ERROR],
  ["its content-length", 20, 20, true, undefined],
  ["its content-length and no end yet", 20, 20, false, undefined],
  ["less than content-length and no end yet", 20, 19, false, undefined],
  ["a byte more than content-length", 20, 21, false, PROTOCOL_ERROR],
  ["a byte more than content-length and the end", 20, 21, true, PROTOCOL_ERROR],
  ["a byte less than content-length and the end", 20, 19, true, PROTOCOL_ERROR],
  ["no byte where none was promised", 0, 0, true, undefined],
];

for (const [name, contentLength, length, last, fault] of FRAMES) {
  Deno.test(`Stream.receive() judges a request of ${name}`, () => {
    const { stream } = begun(contentLength === undefined ? {} : { contentLength });
    assertEquals(receive(stream, length, { last }), fault);
    assertEquals(stream.requestEnded, last && fault === undefined);
    assertEquals(stream.moved, length);
  });
}

Deno.test("Stream.receive() counts what came in several frames", () => {
  const { stream } = begun({ contentLength: 20 });
  assertEquals([receive(stream, 9), receive(stream, 11), stream.moved], [undefined, undefined, 20]);
  assertEquals(receive(stream, 1), PROTOCOL_ERROR);
});

Deno.test("Stream.endRequest() judges by content-length as the last frame does", async () => {
  for (const [came, fault] of [[19, PROTOCOL_ERROR], [20, undefined]] as const) {
    const { stream } = begun({ contentLength: 20 });
    receive(stream, came);
    assertEquals([stream.endRequest(), stream.requestEnded], [fault, fault === undefined]);
    if (fault !== undefined) continue;
    assertEquals((await stream.read())?.length, 20);
    assertEquals(await stream.read(), undefined);
  }
  const { stream } = begun();
  assertEquals([stream.endRequest(), stream.requestEnded], [undefined, true]);
});

Deno.test("Stream.receive() gives padding back at once, unless nothing more comes", () => {
  const { host, stream } = begun();
  receive(stream, 10, { padding: 499 });
  assertEquals(host.widened, []);
  receive(stream, 10, { padding: 1 });
  assertEquals(host.widened, [500]);
  receive(stream, 470);
  assertEquals([host.widened, host.given], [[500], []]);
  const last = begun();
  receive(last.stream, 10, { padding: 600, last: true });
  assertEquals(last.host.widened, []);
});

Deno.test("Stream.read() gives the pieces, and the end once for each time it is asked", async () => {
  const { stream } = begun();
  receive(stream, 10);
  assertEquals(await stream.read(), new Uint8Array(10).fill(1));
  const next = stream.read();
  receive(stream, 3, { last: true });
  assertEquals((await next)?.length, 3);
  assertEquals([await stream.read(), await stream.read()], [undefined, undefined]);
  const empty = begun({ ended: true }).stream;
  assertEquals([await empty.read(), await empty.read()], [undefined, undefined]);
});

Deno.test("Stream.collect() gives a whole body, at once where it is here", () => {
  const told: (number | undefined)[] = [];
  const done = (body: Uint8Array | undefined): void => void told.push(body?.length);
  begun({ ended: true }).stream.collect(10, done);
  assertEquals(told, [0]);
  const here = begun().stream;
  receive(here, 10, { last: true });
  here.collect(10, done);
  assertEquals(told, [0, 10]);
  const later = begun().stream;
  receive(later, 4);
  later.collect(10, done);
  assertEquals(told.length, 2);
  receive(later, 6, { last: true });
  assertEquals(told, [0, 10, 10]);
});

/** When somebody who expects 100-continue is told to go on: what was before, and how the body is asked for. */
const INVITATIONS: readonly (readonly [string, boolean, (begun: Begun) => void, string[]])[] = [
  ["nothing has come", true, () => {}, ["HEADERS 1: 48820801"]],
  ["nothing is expected", false, () => {}, []],
  ["some of the body has come", true, ({ stream }) => void receive(stream, 1), []],
  ["an empty frame of it has come", true, ({ stream }) => void receive(stream, 0), []],
  ["the answer has begun", true, ({ stream, host }) => {
    stream.respond(200, []);
    host.said();
  }, []],
  ["the request has ended", true, ({ stream }) => void stream.endRequest(), []],
];

for (const [name, expectsContinue, act, frames] of INVITATIONS) {
  Deno.test(`Stream ${frames.length > 0 ? "invites" : "does not invite"} the body where ${name}`, () => {
    for (const way of ["read", "collect"] as const) {
      const parts = begun({ expectsContinue });
      act(parts);
      if (way === "read") parts.stream.read().catch(() => {});
      else parts.stream.collect(10, () => {});
      assertEquals(parts.host.said(), frames, way);
    }
  });
}

Deno.test("Stream invites once", () => {
  const { host, stream } = begun({ expectsContinue: true });
  stream.read().catch(() => {});
  assertEquals(host.said().length, 1);
  stream.read().catch(() => {});
  assertEquals(host.said(), []);
});

Deno.test("Stream.awaitsPeer is of a body that somebody waits for, and of an answer that is complete", () => {
  const reading = begun();
  assertEquals(reading.stream.awaitsPeer, false);
  reading.stream.read().catch(() => {});
  assertEquals(reading.stream.awaitsPeer, true);
  // Who has begun to answer does not wait for the rest.
  reading.stream.respond(200, []);
  assertEquals(reading.stream.awaitsPeer, false);
  const ended = begun();
  ended.stream.collect(10, () => {});
  assertEquals(ended.stream.awaitsPeer, true);
  ended.stream.endRequest();
  assertEquals(ended.stream.awaitsPeer, false);
  const answer = begun({ ended: true });
  answer.stream.respond(200, []);
  answer.stream.write(new Uint8Array(200));
  assertEquals(answer.stream.awaitsPeer, false);
  answer.stream.end();
  assertEquals(answer.stream.awaitsPeer, true);
});

Deno.test("Stream.moved counts both ways", () => {
  const { stream } = begun();
  receive(stream, 5);
  stream.respond(200, []);
  stream.write(new Uint8Array(7));
  assertEquals([stream.moved, stream.markedBytes, stream.inTurn], [12, -1, false]);
});

Deno.test("Stream throws away a request that nobody read once its answer is out", async () => {
  const { host, stream } = begun();
  receive(stream, 600);
  const { held } = host;
  stream.respond(204, [], true);
  assertEquals([held > 0, host.held, host.given], [true, 0, [600]]);
  await assertRejects(() => stream.read(), Error, "the answer has ended");
});
