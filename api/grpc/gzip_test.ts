// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Code, ConnectError } from "@connectrpc/connect";
import { gzipSync } from "node:zlib";
import { bytesOf } from "../../tests/fakes/grpc_client.ts";
import { MESSAGE_BYTES_MAX } from "../limits.ts";
import { deflate, GZIP, inflate } from "./gzip.ts";

function zipped(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gzipSync(bytes));
}

function refuses(bytes: Uint8Array, code: keyof typeof Code): void {
  const error = assertThrows(() => inflate(bytes), ConnectError, "inflate");
  assertEquals(Code[error.code], code);
}

/** What a message says of its own size. */
function lying(bytes: Uint8Array, size: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  new DataView(copy.buffer).setUint32(copy.length - 4, size, true);
  return copy;
}

Deno.test("inflate() gives back what was deflated", () => {
  for (const length of [0, 1, 1000, 100_000]) {
    const bytes = Uint8Array.from({ length }, (_, index) => index * 7);
    assertEquals(new Uint8Array(inflate(deflate(bytes))), bytes);
  }
});

Deno.test("inflate() takes a message of exactly the bound, and none of a byte more", () => {
  assertEquals(inflate(zipped(new Uint8Array(MESSAGE_BYTES_MAX))).length, MESSAGE_BYTES_MAX);
  refuses(zipped(new Uint8Array(MESSAGE_BYTES_MAX + 1)), "ResourceExhausted");
});

Deno.test("inflate() stops at the bound, whatever the trailer says of the size", () => {
  const bomb = zipped(new Uint8Array(64 * 1024 * 1024));
  refuses(bomb, "ResourceExhausted");
  for (const size of [0, 1, 1000, MESSAGE_BYTES_MAX]) {
    refuses(lying(bomb, size), "ResourceExhausted");
  }
});

Deno.test("inflate() refuses a trailer that lies, small messages too", () => {
  const small = zipped(new Uint8Array(1000));
  refuses(lying(small, 999), "InvalidArgument");
  refuses(lying(small, 0xffff_ffff), "ResourceExhausted");
  const wrongSum = new Uint8Array(small);
  wrongSum[small.length - 8] = (small[small.length - 8] ?? 0) ^ 1;
  refuses(wrongSum, "InvalidArgument");
});

Deno.test("inflate() and GZIP stop at the bound they are given", async () => {
  const zip = zipped(new Uint8Array(1000));
  assertEquals(inflate(zip, 1000).length, 1000);
  assertEquals((await GZIP.decompress(zip, 1000)).length, 1000);
  const refused = [
    assertThrows(() => inflate(zip, 999), ConnectError, "more than 999 bytes"),
    await assertRejects(() => GZIP.decompress(zip, 999), ConnectError, "999"),
  ];
  for (const { code } of refused) assertEquals(code, Code.ResourceExhausted);
});

Deno.test("inflate() joins several members, and counts them together", () => {
  const [a, b] = [new Uint8Array(10).fill(1), new Uint8Array(20).fill(2)];
  assertEquals(new Uint8Array(inflate(bytesOf(zipped(a), zipped(b)))), bytesOf(a, b));
  const half = zipped(new Uint8Array(MESSAGE_BYTES_MAX / 2 + 1));
  refuses(bytesOf(half, half), "ResourceExhausted");
  refuses(bytesOf(...Array.from({ length: 64 }, () => half)), "ResourceExhausted");
});

Deno.test("inflate() refuses what is no gzip, or not all of it", () => {
  const whole = zipped(Uint8Array.from({ length: 5000 }, (_, index) => index % 251));
  for (const length of [0, 1, 10, 17, 18, 30, whole.length - 8, whole.length - 1]) {
    const error = assertThrows(() => inflate(whole.subarray(0, length)), ConnectError);
    const codes = [Code.InvalidArgument, Code.ResourceExhausted];
    assertEquals(codes.includes(error.code), true, `${length}: ${Code[error.code]}`);
  }
  refuses(new Uint8Array(100), "InvalidArgument");
  refuses(bytesOf(new Uint8Array([0x1f, 0x8b, 8]), new Uint8Array(50)), "InvalidArgument");
});
