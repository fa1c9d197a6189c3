// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { VERITY_BLOCK_BYTES, VERITY_DATA_BLOCKS_MAX, verityTreeBlocks } from "./verity_layout.ts";
import {
  differingBlocks,
  differingDataBlocks,
  type VerityTree,
  VerityTreeBuilder,
} from "./verity_tree.ts";

const SALT = new Uint8Array(32).fill(0xa5);

/** Data whose every block differs. */
function dataOf(blocks: number): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(blocks * VERITY_BLOCK_BYTES);
  const view = new DataView(data.buffer);
  for (let block = 0; block < blocks; block++) {
    view.setUint32(block * VERITY_BLOCK_BYTES, block + 1);
  }
  return data;
}

function treeOf(data: Uint8Array, pieceBytes: number = 1 << 16): VerityTree {
  const dataBlocks = data.length / VERITY_BLOCK_BYTES;
  const builder = new VerityTreeBuilder({ dataBlocks, salt: SALT });
  for (let at = 0; at < data.length; at += pieceBytes) {
    builder.push(data.subarray(at, at + pieceBytes));
  }
  return builder.finish();
}

function flip(bytes: Uint8Array, at: number): void {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
}

function saltedDigest(block: Uint8Array): Uint8Array {
  return createHash("sha256").update(SALT).update(block).digest();
}

Deno.test("verityTreeBlocks() counts the blocks of every level", () => {
  const counts = [1, 2, 128, 129, 128 * 128, 128 * 128 + 1].map(verityTreeBlocks);
  assertEquals(counts, [0, 1, 1, 3, 129, 132]);
  assertEquals(verityTreeBlocks(VERITY_DATA_BLOCKS_MAX), 8192 + 64 + 1);
});

Deno.test("verityTreeBlocks() refuses no blocks and too many", () => {
  for (const blocks of [0, -1, 1.5, NaN, VERITY_DATA_BLOCKS_MAX + 1]) {
    assertThrows(() => verityTreeBlocks(blocks), RangeError, "it may be 1 to 1048576");
  }
});

Deno.test("VerityTreeBuilder gives a tree whose every digest is that of what lies below it", () => {
  const data = dataOf(300);
  const { bytes, rootHash } = treeOf(data);
  assertEquals(bytes.length, 4 * VERITY_BLOCK_BYTES, "one block above three");
  const block = (of: Uint8Array, index: number): Uint8Array =>
    of.subarray(index * VERITY_BLOCK_BYTES, (index + 1) * VERITY_BLOCK_BYTES);
  const digest = (of: Uint8Array, index: number): Uint8Array =>
    of.subarray(index * 32, (index + 1) * 32);
  assertEquals(rootHash, saltedDigest(block(bytes, 0)).toHex());
  for (let index = 0; index < 3; index++) {
    assertEquals(digest(bytes, index).toHex(), saltedDigest(block(bytes, 1 + index)).toHex());
  }
  const leaves = bytes.subarray(VERITY_BLOCK_BYTES);
  for (const index of [0, 1, 127, 128, 299]) {
    assertEquals(digest(leaves, index).toHex(), saltedDigest(block(data, index)).toHex());
  }
  assertEquals([...leaves.subarray(300 * 32)].some((byte) => byte !== 0), false, "zeros behind");
});

Deno.test("VerityTreeBuilder takes one block, whose digest is the root hash", () => {
  const data = dataOf(1);
  const { bytes, rootHash } = treeOf(data);
  assertEquals([bytes.length, rootHash], [0, saltedDigest(data).toHex()]);
});

Deno.test("VerityTreeBuilder gives the same tree however the data is cut", () => {
  const data = dataOf(130);
  const whole = treeOf(data, data.length);
  for (const pieceBytes of [1000, 4095, 4096, 4097, 100_000]) {
    assertEquals(treeOf(data, pieceBytes), whole, `pieces of ${pieceBytes}`);
  }
});

Deno.test("VerityTreeBuilder refuses more and less than was announced, and another salt", () => {
  const two = { dataBlocks: 2, salt: SALT };
  assertThrows(
    () => new VerityTreeBuilder(two).push(dataOf(3)),
    RangeError,
    "more came than 2 blocks",
  );
  const short = new VerityTreeBuilder(two);
  short.push(dataOf(2).subarray(1));
  assertThrows(() => short.finish(), RangeError, "8191 bytes came of 2 blocks of 4096");
  assertThrows(
    () => new VerityTreeBuilder({ dataBlocks: 2, salt: new Uint8Array(31) }),
    RangeError,
    "salt of 31 bytes",
  );
});

Deno.test("differingDataBlocks() names the blocks of the data that changed", () => {
  const data = dataOf(300);
  const one = treeOf(data).bytes;
  flip(data, 5 * VERITY_BLOCK_BYTES + 17);
  flip(data, 299 * VERITY_BLOCK_BYTES);
  const other = treeOf(data).bytes;
  assertEquals(differingDataBlocks({ one, other, dataBlocks: 300 }, 8), [5, 299]);
  assertEquals(differingDataBlocks({ one, other, dataBlocks: 300 }, 1), [5]);
  assertEquals(differingDataBlocks({ one, other: one, dataBlocks: 300 }, 8), []);
});

Deno.test("differingBlocks() counts what one has and the other lacks", () => {
  const one = dataOf(3);
  assertEquals(differingBlocks(one, one.subarray(0, 5000), 8), [1, 2]);
  assertEquals(differingBlocks(one, one.slice(), 8), []);
});
