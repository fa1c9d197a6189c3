/** Header lists that are right or wrong, and the many ways of writing one as a block. */
import { huffmanLength, writeHuffman } from "../../api/http2/huffman.ts";
import { STATIC_NAMES, STATIC_VALUES } from "../../api/http2/static_table.ts";
import type { Draw } from "./draw.ts";

type Lists = readonly [readonly string[], ...(readonly string[])[]];

const GET = [":method", "GET", ":scheme", "http", ":path", "/"];
const POST = [":method", "POST", ":scheme", "http", ":path", "/service/Method"];

/** Requests that must reach the handler. */
export const GOOD_LISTS: Lists = [
  GET,
  POST,
  [...POST, ":authority", "localhost", "te", "trailers", "content-type", "application/grpc"],
  [":authority", "a:1", ":path", "/x?y=z", ":scheme", "https", ":method", "GET", "host", "a:1"],
  [":method", "HEAD", ":scheme", "http", ":path", "/index.html", "accept", "*/*"],
  [":method", "OPTIONS", ":scheme", "http", ":path", "*"],
  [":method", "CONNECT", ":authority", "localhost:443"],
  [...POST, "content-length", "0"],
  [...POST, "content-length", "10"],
  [...POST, "content-length", "100", "content-length", "100"],
  [...POST, "expect", "100-continue"],
  [...GET, "cookie", "a=b", "cookie", "c=d", "x-empty", "", "x-latin", "\xe9\xff"],
  [...GET, "x-long", "y".repeat(150), "authorization", "Bearer secret"],
];

/** Requests that must not, and whose streams are reset. */
export const BAD_LISTS: Lists = [
  [],
  ["a", "b"],
  [":method", "GET", ":scheme", "http"],
  [":method", "GET", ":path", "/"],
  [":scheme", "http", ":path", "/"],
  [":method", "GET", ":scheme", "http", ":path", ""],
  [":method", "GET", ":scheme", "http", ":path", "no-slash"],
  [":method", "G T", ":scheme", "http", ":path", "/"],
  [...GET, ":method", "GET"],
  [...GET, ":status", "200"],
  [...GET, ":protocol", "websocket"],
  ["a", "b", ...GET],
  [...GET, "Upper", "case"],
  [...GET, "", "no name"],
  [...GET, "bad name", "x"],
  [...GET, "connection", "close"],
  [...GET, "transfer-encoding", "chunked"],
  [...GET, "te", "gzip"],
  [...GET, "a", "nul\0"],
  [...GET, "a", "line\r\nbreak"],
  [...GET, "a", " blank"],
  [...GET, "a", "blank\t"],
  [...GET, "content-length", "ten"],
  [...POST, "content-length", "1", "content-length", "2"],
  [...GET, ":authority", "a", "host", "b"],
  [...GET, ":authority", "user@localhost"],
  [":method", "CONNECT", ":authority", "a:1", ":path", "/"],
  [":method", "CONNECT"],
];

export const TRAILERS: Lists = [
  ["grpc-status", "0"],
  ["x-checksum", "abc", "x-other", ""],
  [],
  [":path", "/"],
  ["Upper", "case"],
  ["connection", "close"],
];

const STATIC = new Map<string, number>();
for (let index = STATIC_NAMES.length - 1; index > 0; index--) {
  STATIC.set(STATIC_NAMES[index] ?? "", index);
  STATIC.set(`${STATIC_NAMES[index]}\0${STATIC_VALUES[index]}`, index);
}

/** Writes the blocks of one connection: often with its table, often without. */
export class BlockWriter {
  readonly #draw: Draw;
  /** What was added, newest first, as far as that is known without keeping count of bytes. */
  #added: string[] = [];

  constructor(draw: Draw) {
    this.#draw = draw;
  }

  write(pairs: readonly string[]): number[] {
    const draw = this.#draw;
    const block: number[] = [];
    if (draw.once(24)) this.#sizeUpdate(block);
    for (let index = 0; index + 1 < pairs.length; index += 2) {
      this.#field(block, pairs[index] ?? "", pairs[index + 1] ?? "");
      if (draw.once(400)) this.#sizeUpdate(block);
    }
    return block;
  }

  #sizeUpdate(block: number[]): void {
    const size = this.#draw.pick([0, 30, 100, 4095, 4096, 4096, 4097, 1 << 20]);
    integer(block, 0x20, 5, size);
    if (size < 4000) this.#added = [];
  }

  #field(block: number[], name: string, value: string): void {
    const draw = this.#draw;
    const key = `${name}\0${value}`;
    const known = STATIC.get(key) ?? (this.#added.indexOf(key) + 1 || -61) + 61;
    if (known > 0 && !draw.once(8)) return integer(block, 0x80, 7, known);
    if (draw.once(300)) return integer(block, 0x80, 7, draw.below(80));
    const isAdded = draw.once(3);
    const [pattern, bits] = isAdded ? [0x40, 6] : [draw.pick([0, 0x10]), 4];
    const named = STATIC.get(name) ?? 0;
    integer(block, pattern, bits, draw.once(6) ? 0 : named);
    if (block.at(-1) === pattern) this.#string(block, name);
    this.#string(block, value);
    if (isAdded) this.#added.unshift(key);
  }

  #string(block: number[], text: string): void {
    if (this.#draw.once(2)) {
      integer(block, 0, 7, text.length);
      for (let at = 0; at < text.length; at++) block.push(text.charCodeAt(at));
      return;
    }
    const coded = new Uint8Array(huffmanLength(text));
    writeHuffman(coded, text, 0);
    integer(block, 0x80, 7, coded.length);
    block.push(...coded);
  }
}

function integer(block: number[], pattern: number, bits: number, value: number): void {
  const mask = (1 << bits) - 1;
  if (value < mask) {
    block.push(pattern | value);
    return;
  }
  block.push(pattern | mask);
  let rest = value - mask;
  for (; rest >= 0x80; rest >>>= 7) block.push(rest & 0x7f | 0x80);
  block.push(rest);
}
