// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { archiveOf, byteSource } from "../tests/fakes/image.ts";
import {
  ARCHIVE_NAMES,
  archiveEnd,
  ArchiveError,
  archiveHeader,
  archivePadding,
  readArchive,
} from "./image_archive.ts";

const CONTENTS = Object.fromEntries(
  ARCHIVE_NAMES.map((name, index) => [name, new Uint8Array(index * 300).fill(65)]),
);

async function refused(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return (await assertRejects(() => readArchive(byteSource(bytes)), ArchiveError)).message;
}

Deno.test("archiveHeader() is a ustar header with a checksum", () => {
  const header = archiveHeader({ name: "vmlinuz", size: 0o1234, mtime: 0o77 });
  const text = new TextDecoder("latin1").decode(header);
  assertEquals(text.slice(0, 8), "vmlinuz\0");
  assertEquals(text.slice(100, 108), "0000644\0");
  assertEquals([text.slice(124, 136), text.slice(136, 148)], ["00000001234\0", "00000000077\0"]);
  assertEquals([text[156], text.slice(257, 265)], ["0", "ustar\x0000"]);
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  assertEquals(text.slice(148, 156), `${sum.toString(8).padStart(6, "0")}\0 `);
});

Deno.test("readArchive() finds every file where archiveHeader() and archivePadding() put it", async () => {
  const bytes = archiveOf(CONTENTS);
  const members = await readArchive(byteSource(bytes));
  assertEquals(members.map(({ name }) => name), ARCHIVE_NAMES);
  for (const { name, offset, size } of members) {
    assertEquals(bytes.subarray(offset, offset + size), CONTENTS[name]);
  }
});

Deno.test("readArchive() refuses every flipped bit outside of the contents", async () => {
  const bytes = archiveOf(CONTENTS);
  const members = await readArchive(byteSource(bytes));
  const isContent = (at: number): boolean =>
    members.some(({ offset, size }) => at >= offset && at < offset + size);
  for (let at = 0; at < bytes.length; at++) {
    if (isContent(at)) continue;
    const bit = 1 << (at % 8);
    bytes[at] = (bytes[at] ?? 0) ^ bit;
    await refused(bytes);
    bytes[at] = (bytes[at] ?? 0) ^ bit;
  }
});

Deno.test("readArchive() refuses what was cut off anywhere, and what goes on", async () => {
  const bytes = archiveOf(CONTENTS);
  for (let length = 0; length < bytes.length; length += 100) {
    const message = await refused(bytes.slice(0, length));
    assertEquals(message.includes(`cut off at byte ${length}`), true, message);
  }
  const longer = new Uint8Array(bytes.length + 5);
  longer.set(bytes);
  assertEquals(await refused(longer), `5 bytes too many behind byte ${bytes.length}`);
});

Deno.test("readArchive() refuses other files, another order, and sizes that cannot be", async () => {
  const first = (name: string, size: number): Uint8Array<ArrayBuffer> => {
    const bytes = new Uint8Array(4096);
    bytes.set(archiveHeader({ name, size, mtime: 0 }));
    return bytes;
  };
  assertEquals(
    await refused(first("vmlinuz", 0)),
    "no header of manifest.json at byte 0: it is no image, or was changed there",
  );
  await refused(first("manifest.json", 5 * 2 ** 30));
  await refused(first("manifest.json", 2 ** 31));
  await refused(new Uint8Array(1 << 16));
  await refused(new Uint8Array([...archivePadding(5), ...archiveEnd()]));
});
