// @ts-types="types/std_assert.d.ts"
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { Code, ConnectError } from "@connectrpc/connect";
import { gunzipSync, gzipSync } from "node:zlib";
import { bytesOf, framed } from "../../tests/fakes/grpc_client.ts";
import { GZIP_BYTES_MIN, MESSAGE_BYTES_MAX } from "../limits.ts";
import {
  BODY_BYTES_MAX,
  compressed,
  frameOf,
  joined,
  messagesOf,
  soleMessage,
} from "./message_frames.ts";
import { Refused } from "./refused.ts";

const ABC = Uint8Array.of(97, 98, 99);

/** The announcement of a message that never comes. */
function prefix(length: number): Uint8Array {
  return framed(new Uint8Array(length)).slice(0, 5);
}

function refuses(body: Uint8Array | undefined, code: keyof typeof Code, words: string): void {
  const refused = soleMessage(body, false);
  assert(refused instanceof Refused);
  assertStringIncludes(refused.message, words);
  assertEquals(Code[refused.code], code);
}

function taken(body: Uint8Array, gzip: boolean): Uint8Array {
  const message = soleMessage(body, gzip);
  assert(message instanceof Uint8Array);
  return new Uint8Array(message);
}

async function read(pieces: readonly Uint8Array[], gzip = false): Promise<Uint8Array[]> {
  const left = [...pieces];
  return await Array.fromAsync(messagesOf(() => Promise.resolve(left.shift()), gzip));
}

Deno.test("frameOf() writes the length in four bytes, the greatest first", () => {
  assertEquals(frameOf(ABC), Uint8Array.of(0, 0, 0, 0, 3, 97, 98, 99));
  const long = frameOf(new Uint8Array(0x01_02_03));
  assertEquals(long.subarray(0, 5), Uint8Array.of(0, 0, 1, 2, 3));
});

Deno.test("soleMessage() takes one message, an empty one too", () => {
  assertEquals(soleMessage(framed(ABC), false), ABC);
  assertEquals(soleMessage(framed(new Uint8Array(0)), true), new Uint8Array(0));
  const zipped = framed(new Uint8Array(gzipSync(ABC)), 1);
  assertEquals(taken(zipped, true), ABC);
  assertEquals(taken(framed(new Uint8Array(MESSAGE_BYTES_MAX)), false).length, 4_194_304);
});

Deno.test("soleMessage() refuses every other body, saying what it is", () => {
  refuses(undefined, "ResourceExhausted", "more than 4194304 bytes");
  refuses(prefix(MESSAGE_BYTES_MAX + 1), "ResourceExhausted", "4194305 bytes");
  refuses(Uint8Array.of(0, 255, 255, 255, 255), "ResourceExhausted", "4294967295 bytes");
  refuses(new Uint8Array(0), "Unimplemented", "holds none");
  refuses(bytesOf(framed(ABC), framed(ABC)), "Unimplemented", "holds more");
  refuses(bytesOf(framed(ABC), ABC), "Unimplemented", "holds more");
  refuses(bytesOf(framed(ABC), new Uint8Array(1)), "Unimplemented", "holds more");
  for (const length of [1, 4, 5, 7]) {
    refuses(framed(ABC).subarray(0, length), "InvalidArgument", "ends within a message");
  }
  refuses(framed(ABC, 2), "InvalidArgument", "begins with 2");
  refuses(framed(ABC, 1), "Internal", "grpc-encoding names no compression");
  const bomb = framed(new Uint8Array(gzipSync(new Uint8Array(MESSAGE_BYTES_MAX + 1))), 1);
  const error = assertThrows(() => soleMessage(bomb, true), ConnectError);
  assertEquals(error.code, Code.ResourceExhausted);
  assertEquals(BODY_BYTES_MAX, MESSAGE_BYTES_MAX + 5);
});

Deno.test("messagesOf() finds the same messages however the body is cut", async () => {
  const long = Uint8Array.from({ length: 3000 }, (_, index) => index);
  const messages = [ABC, new Uint8Array(0), long, ABC, new Uint8Array(0)];
  const body = bytesOf(...messages.map((message) => framed(message)));
  for (const size of [1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 1000, 3021, body.length]) {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < body.length; at += size) pieces.push(body.slice(at, at + size));
    pieces.splice(1, 0, new Uint8Array(0));
    // Copied at the end alone: a message must not change when the next one comes.
    assertEquals((await read(pieces)).map((message) => message.slice()), messages, `${size}`);
  }
  assertEquals(await read([]), []);
});

Deno.test("messagesOf() refuses a length over the bound before it comes, and a body that ends within", async () => {
  let reads = 0;
  const greedy = messagesOf(() => {
    reads++;
    return Promise.resolve(prefix(MESSAGE_BYTES_MAX + 1));
  }, false);
  const error = await assertRejects(() => greedy.next(), ConnectError, "4194305");
  assertEquals([Code[error.code], reads], ["ResourceExhausted", 1]);
  for (const cut of [1, 4, 5, 7]) {
    const short = framed(ABC).subarray(0, cut);
    const ended = await assertRejects(() => read([framed(ABC), short]), ConnectError, "within");
    assertEquals(ended.code, Code.InvalidArgument);
  }
});

Deno.test("messagesOf() reads no piece before the messages at hand are taken", async () => {
  let reads = 0;
  const messages = messagesOf(() => {
    reads++;
    return Promise.resolve(reads === 1 ? bytesOf(framed(ABC), framed(ABC)) : undefined);
  }, false);
  await messages.next();
  await messages.next();
  assertEquals(reads, 1);
  assertEquals((await messages.next()).done, true);
});

Deno.test("messagesOf() inflates compressed messages among others", async () => {
  const pieces = [framed(ABC), framed(new Uint8Array(gzipSync(ABC)), 1)];
  assertEquals((await read(pieces, true)).map((message) => new Uint8Array(message)), [ABC, ABC]);
  await assertRejects(() => read(pieces, false), ConnectError, "names no compression");
});

Deno.test("compressed() deflates what gets shorter by it, and leaves the rest as it is", () => {
  const short = frameOf(new Uint8Array(GZIP_BYTES_MIN - 1));
  assertStrictEquals(compressed(short), short);
  let seed = 1;
  const noise = frameOf(
    Uint8Array.from({ length: 2000 }, () => (seed = (seed * 48271) % 2147483647) >> 8),
  );
  assertStrictEquals(compressed(noise), noise);
  const message = new Uint8Array(GZIP_BYTES_MIN);
  const made = compressed(frameOf(message));
  assert(made.length < 100);
  assertEquals([made[0], made[4]], [1, made.length - 5]);
  assertEquals(new Uint8Array(gunzipSync(made.subarray(5))), message);
});

Deno.test("joined() puts pieces one behind the other", () => {
  assertEquals(joined([ABC, new Uint8Array(0), ABC]), bytesOf(ABC, ABC));
  assertEquals(joined([]), new Uint8Array(0));
});
