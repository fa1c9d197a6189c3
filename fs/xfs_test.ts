// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { parseXfsSuperblock } from "./xfs.ts";

function superblock(): Uint8Array<ArrayBuffer> {
  const sector = new Uint8Array(512);
  const view = new DataView(sector.buffer);
  sector.set(new TextEncoder().encode("XFSB"));
  view.setUint32(4, 4096);
  view.setBigUint64(8, 2n ** 33n);
  sector.set(new TextEncoder().encode("STRATA-VAR"), 108);
  return sector;
}

Deno.test("parseXfsSuperblock() reads size, label and whether mkfs.xfs ended", () => {
  const sector = superblock();
  const facts = { sizeBytes: 2n ** 45n, label: "STRATA-VAR", isUnfinished: false };
  assertEquals(parseXfsSuperblock(sector), facts);
  sector[126] = 1;
  assertEquals(parseXfsSuperblock(sector), { ...facts, isUnfinished: true });
});

Deno.test("parseXfsSuperblock() of anything else is undefined", () => {
  assertEquals(parseXfsSuperblock(new Uint8Array(512)), undefined);
  assertEquals(parseXfsSuperblock(superblock().with(3, 0)), undefined);
});

Deno.test("parseXfsSuperblock() refuses less than a sector", () => {
  assertThrows(
    () => parseXfsSuperblock(new Uint8Array(64)),
    RangeError,
    "Cannot read an XFS superblock of 64 bytes: must be 512",
  );
});
