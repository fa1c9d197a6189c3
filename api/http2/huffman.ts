import { compressionFault } from "./hpack_decoder_fault.ts";

/**
 * Bits of the code of each byte, and at last of EOS: RFC 7541 appendix B. The code is canonical:
 * shorter codes come first, and codes of one length count up in the order of their symbols, so
 * the lengths say it all.
 */
// deno-fmt-ignore: sixteen bytes, one row
const CODE_BITS = Uint8Array.of(
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
  28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
   6, 10, 10, 12, 13,  6,  8, 11, 10, 10,  8, 11,  8,  6,  6,  6,
   5,  5,  5,  6,  6,  6,  6,  6,  6,  6,  7,  8, 15,  6, 12, 10,
  13,  6,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,
   7,  7,  7,  7,  7,  7,  7,  7,  8,  7,  8, 13, 19, 13, 14,  6,
  15,  5,  6,  5,  6,  5,  6,  6,  6,  5,  7,  7,  6,  6,  6,  5,
   6,  7,  6,  5,  5,  6,  7,  7,  7,  7,  7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
  21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
);

/** The symbol that never stands in a string; the first of its bits are the padding. */
const EOS = 256;

/** Bits of the longest code that is written in one step: with seven bits pending they stay below 32. */
const STEP_BITS_MAX = 24;

/** The code of each symbol, its last bit lowest. */
const CODES = canonicalCodes();

/*
 * Decoding walks the tree of the code by four bits at a time. A state is an inner node of the tree:
 * there are 256, the root is 0. A transition says, from its lowest bit: the byte that was completed (8 bits),
 * whether one was, whether EOS was, and from bit 16 on the next state times 16.
 */
const EMITS = 0x100;
const MEETS_EOS = 0x200;
const NEXT_SHIFT = 16;

/** By state: whether a string may end there. */
const END_GOOD = 1;
const END_TOO_LONG = 2;
/** Bits of padding at most: a whole byte of it says nothing. */
const PADDING_BITS_MAX = 7;

/** Made when the first string is decoded: a boot has none, and would wait for 8192 steps of a loop nobody compiled. */
const DECODING = {
  get tables(): DecodingTables {
    const value = decodingTables();
    Object.defineProperty(this, "tables", { value });
    return value;
  },
};

function canonicalCodes(): Uint32Array {
  const codes = new Uint32Array(EOS + 1);
  let code = 0;
  for (let bits = 1; bits <= 30; bits++) {
    code *= 2;
    for (let symbol = 0; symbol <= EOS; symbol++) {
      if (CODE_BITS[symbol] === bits) codes[symbol] = code++;
    }
  }
  return codes;
}

/** The tree: for node n, what follows a 0 at 2n and a 1 at 2n + 1; a node, or the complement of a symbol. */
function codeTree(): Int16Array {
  const tree = new Int16Array(2 * EOS);
  let nodes = 1;
  for (let symbol = 0; symbol <= EOS; symbol++) {
    const code = CODES[symbol] ?? 0;
    let node = 0;
    for (let bit = (CODE_BITS[symbol] ?? 0) - 1; bit > 0; bit--) {
      const branch = 2 * node + (code >>> bit & 1);
      if (tree[branch] === 0) tree[branch] = nodes++;
      node = tree[branch] ?? 0;
    }
    tree[2 * node + (code & 1)] = ~symbol;
  }
  return tree;
}

interface DecodingTables {
  readonly transitions: Uint32Array;
  readonly ends: Uint8Array;
}

function decodingTables(): DecodingTables {
  const tree = codeTree();
  const transitions = new Uint32Array(16 * EOS);
  for (let index = 0; index < transitions.length; index++) {
    let node = index >>> 4;
    let transition = 0;
    for (let bit = 3; bit >= 0; bit--) {
      node = tree[2 * node + (index >>> bit & 1)] ?? 0;
      if (node < 0) {
        transition |= ~node === EOS ? MEETS_EOS : EMITS | ~node;
        node = 0;
      }
    }
    transitions[index] = transition | node << 4 << NEXT_SHIFT;
  }
  const ends = new Uint8Array(EOS);
  let bits = 0;
  for (let node = 0; node >= 0; node = tree[2 * node + 1] ?? -1) {
    ends[node] = bits++ <= PADDING_BITS_MAX ? END_GOOD : END_TOO_LONG;
  }
  return { transitions, ends };
}

/** Bytes that a Huffman string of `length` bytes needs for decoding: codes have five bits at least. */
export function huffmanRoom(length: number): number {
  return (length * 8 / 5 | 0) + 1;
}

/**
 * Decodes the Huffman string that lies in `bytes` at `from` to `to` into the beginning of `into`, which has {@linkcode huffmanRoom}
 * for it.
 *
 * @returns Bytes written.
 * @throws {ConnectionFault} COMPRESSION_ERROR: EOS inside, padding over 7 bits, or of other bits than ones.
 */
export function readHuffman(
  bytes: Uint8Array,
  from: number,
  to: number,
  into: Uint8Array,
): number {
  const { transitions, ends } = DECODING.tables;
  let state = 0;
  let met = 0;
  let length = 0;
  // Every step writes, and only a completed byte counts: a branch would be guessed wrong half of the time.
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    const high = transitions[state | byte >>> 4] ?? 0;
    into[length] = high;
    length += high >>> 8 & 1;
    const low = transitions[high >>> NEXT_SHIFT | byte & 15] ?? 0;
    into[length] = low;
    length += low >>> 8 & 1;
    state = low >>> NEXT_SHIFT;
    met |= high | low;
  }
  if ((met & MEETS_EOS) !== 0) throw compressionFault("a Huffman string holds EOS");
  const end = ends[state >>> 4];
  if (end === END_GOOD) return length;
  throw compressionFault(
    end === END_TOO_LONG
      ? `a Huffman string ends in more than ${PADDING_BITS_MAX} bits of padding`
      : "a Huffman string is not padded with ones",
  );
}

/** Bytes that `text`, Latin-1, takes as a Huffman string. */
export function huffmanLength(text: string): number {
  let bits = 0;
  for (let index = 0; index < text.length; index++) bits += CODE_BITS[text.charCodeAt(index)] ?? 0;
  return (bits + 7) >>> 3;
}

/**
 * Writes `text`, Latin-1, at `at` as a Huffman string of {@linkcode huffmanLength} bytes.
 *
 * @returns Where it ends.
 */
export function writeHuffman(into: Uint8Array, text: string, at: number): number {
  let pending = 0;
  let bits = 0;
  let end = at;
  for (let index = 0; index < text.length; index++) {
    const symbol = text.charCodeAt(index);
    let code = CODES[symbol] ?? 0;
    let length = CODE_BITS[symbol] ?? 0;
    if (length > STEP_BITS_MAX) {
      length -= 16;
      pending = pending << length | code >>> 16;
      for (bits += length; bits >= 8;) into[end++] = pending >>> (bits -= 8);
      code &= 0xffff;
      length = 16;
    }
    pending = pending << length | code;
    for (bits += length; bits >= 8;) into[end++] = pending >>> (bits -= 8);
  }
  if (bits > 0) into[end++] = pending << (8 - bits) | 0xff >>> bits;
  return end;
}
