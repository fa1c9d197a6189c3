// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { Code, ConnectError } from "@connectrpc/connect";
import { create, fromBinary } from "@bufbuild/protobuf";
import { AnySchema, anyUnpack, DurationSchema } from "@bufbuild/protobuf/wkt";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { headerValue } from "../http2/header_pairs.ts";
import { STATUS_MESSAGE_BYTES_MAX } from "../limits.ts";
import { encodeMessage, statusPairs } from "./status.ts";

Deno.test("encodeMessage() leaves printable ASCII, and escapes all else as UTF-8", () => {
  assertEquals(encodeMessage("a ~!b"), "a ~!b");
  assertEquals(encodeMessage("100%\r\n\t\x7f"), "100%25%0D%0A%09%7F");
  assertEquals(encodeMessage("ä€"), "%C3%A4%E2%82%AC");
  assertEquals(encodeMessage("\u{1f600}"), "%F0%9F%98%80");
  assertEquals(encodeMessage("\ud800x"), "%EF%BF%BDx", "half a pair becomes the replacement");
  for (const text of ["", "%", "\u{1f600} ä %41", " a ", "  ", " "]) {
    assertEquals(decodeURIComponent(encodeMessage(text)), text);
  }
});

Deno.test("encodeMessage() keeps spaces at the ends from being trimmed", () => {
  assertEquals(encodeMessage(" a b "), "%20a b%20");
  assertEquals(encodeMessage(" "), "%20");
  assertEquals(encodeMessage("  "), "%20%20");
});

Deno.test("encodeMessage() cuts at a whole character, within the bound whatever the text is", () => {
  for (const unit of ["x", " ", "%", "ä", "€", "\u{1f600}"]) {
    for (const before of ["", "a", "ab", "abc"]) {
      const made = encodeMessage(before + unit.repeat(STATUS_MESSAGE_BYTES_MAX));
      assert(made.length <= STATUS_MESSAGE_BYTES_MAX, `${unit}: ${made.length}`);
      assert(made.length > STATUS_MESSAGE_BYTES_MAX - 20, `${unit}: ${made.length}`);
      const text = decodeURIComponent(made);
      assertEquals(text, before + unit.repeat((text.length - before.length) / unit.length));
    }
  }
});

Deno.test("statusPairs() writes the number of the code, and no message where there is none", () => {
  assertEquals(statusPairs(new ConnectError("", Code.NotFound)), ["grpc-status", "5"]);
  assertEquals(statusPairs(new ConnectError("no €", Code.Unauthenticated)), [
    "grpc-status",
    "16",
    "grpc-message",
    "no %E2%82%AC",
  ]);
});

Deno.test("statusPairs() hands on metadata, but no name of the protocol", () => {
  const metadata = { "x-why": "1", "grpc-status": "0", "content-type": "text/html", "te": "x" };
  const error = new ConnectError("m", Code.Aborted, metadata);
  assertEquals(statusPairs(error), ["grpc-status", "10", "grpc-message", "m", "x-why", "1"]);
});

Deno.test("statusPairs() packs details as google.rpc.Status, those of a message and those of bytes", () => {
  const duration = create(DurationSchema, { seconds: 7n });
  const error = new ConnectError("späte", Code.Unavailable, undefined, [
    { desc: DurationSchema, value: duration },
  ]);
  error.details.push({ type: "google.protobuf.Duration", value: Uint8Array.of(8, 7) });
  const text = headerValue(statusPairs(error), "grpc-status-details-bin") ?? "";
  assert(!text.includes("="), text);
  const reader = new BinaryReader(Uint8Array.fromBase64(text));
  const seen: unknown[] = [];
  while (reader.pos < reader.len) {
    const [field] = reader.tag();
    if (field === 1) seen.push(reader.int32());
    else if (field === 2) seen.push(reader.string());
    else seen.push(anyUnpack(fromBinary(AnySchema, reader.bytes()), DurationSchema));
  }
  assertEquals(seen, [14, "späte", duration, duration]);
});
