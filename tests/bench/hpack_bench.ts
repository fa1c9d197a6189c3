/**
 * What header compression costs a call: `deno bench tests/bench/hpack_bench.ts`. The request is what
 * grpc-go sends, which puts into the table whatever it can; the answer is ours.
 */
import { HpackDecoder } from "../../api/http2/hpack_decoder.ts";
import { HpackEncoder } from "../../api/http2/hpack_encoder.ts";
import type { HeaderPairs } from "../../api/http2/header_pairs.ts";

const BOUNDS = { tableBytesMax: 4096, listBytesMax: 16_384 };

const REQUEST: HeaderPairs = [
  ":method",
  "POST",
  ":scheme",
  "http",
  ":path",
  "/cosi.resource.State/Get",
  ":authority",
  "localhost:50000",
  "content-type",
  "application/grpc",
  "user-agent",
  "grpc-go/1.81.0",
  "te",
  "trailers",
];
const ANSWER: HeaderPairs = [":status", "200", "content-type", "application/grpc+proto"];
const TRAILERS: HeaderPairs = ["grpc-status", "0"];

/** The first block of a connection, and what the same list gives later. */
const [cold, warm] = blocks(REQUEST);

function blocks(pairs: HeaderPairs): [Uint8Array, Uint8Array] {
  const encoder = new HpackEncoder(BOUNDS);
  return [encoder.encode(pairs).slice(), encoder.encode(pairs).slice()];
}

/** A literal `grpc-timeout: 999876u` with a new name: 0x40 is put into the table, 0x00 is not. */
function deadline(representation: number): Uint8Array {
  const encoder = new TextEncoder();
  const [name, value] = [encoder.encode("grpc-timeout"), encoder.encode("999876u")];
  return Uint8Array.of(representation, name.length, ...name, value.length, ...value);
}

function warmDecoder(): HpackDecoder {
  const decoder = new HpackDecoder(BOUNDS);
  decoder.decode(cold);
  return decoder;
}

function warmEncoder(): HpackEncoder {
  const encoder = new HpackEncoder(BOUNDS);
  for (let times = 0; times < 4; times++) {
    encoder.encode(ANSWER);
    encoder.encode(TRAILERS);
  }
  return encoder;
}

Deno.bench("a decoder of its own and the first block", { group: "decode" }, () => {
  new HpackDecoder(BOUNDS).decode(cold);
});

{
  const decoder = warmDecoder();
  Deno.bench("the first block on a used connection", { group: "decode" }, () => {
    decoder.decode(cold);
  });
}

{
  const decoder = warmDecoder();
  Deno.bench("a repeated block", { group: "decode", baseline: true }, () => {
    decoder.decode(warm);
  });
}

{
  const decoder = warmDecoder();
  // Other bytes each time: what a new deadline does.
  const block = Uint8Array.of(...warm, ...deadline(0x00));
  let turn = 0;
  Deno.bench("a repeated block with a new deadline, not put into the table", {
    group: "decode",
  }, () => {
    block[block.length - 2] = 0x30 + (turn = (turn + 1) % 64);
    decoder.decode(block);
  });
}

{
  const decoder = new HpackDecoder(BOUNDS);
  const block = Uint8Array.of(...cold, ...deadline(0x40));
  Deno.bench("a block that puts all of itself into the table", { group: "decode" }, () => {
    decoder.decode(block);
  });
}

{
  const encoder = warmEncoder();
  Deno.bench("the answer's headers and trailers, constant", { group: "encode" }, () => {
    encoder.encode(ANSWER);
    encoder.encode(TRAILERS);
  });
}

{
  const encoder = warmEncoder();
  Deno.bench("the same lists made anew", { group: "encode", baseline: true }, () => {
    encoder.encode([...ANSWER]);
    encoder.encode([...TRAILERS]);
  });
}

{
  const encoder = warmEncoder();
  Deno.bench("trailers with a message", { group: "encode" }, () => {
    encoder.encode([
      "grpc-status",
      "5",
      "grpc-message",
      "resource Items.bench.strata.dev(bench/1234) doesn%27t exist",
    ]);
  });
}

Deno.bench("an encoder of its own and the first answer", { group: "encode" }, () => {
  const encoder = new HpackEncoder(BOUNDS);
  encoder.encode(ANSWER);
  encoder.encode(TRAILERS);
});
