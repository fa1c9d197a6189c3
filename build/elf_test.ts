// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { BuildError } from "./build_error.ts";
import { ELF_HEADER_BYTES, elfEnd } from "./elf.ts";

function header(tableAt: bigint, entries: number): Uint8Array {
  const bytes = new Uint8Array(ELF_HEADER_BYTES);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0x28, tableAt, true);
  view.setUint16(0x3a, 64, true);
  view.setUint16(0x3c, entries, true);
  return bytes;
}

Deno.test("elfEnd() is the end of the section header table", () => {
  assertEquals(elfEnd(header(97_758_000n, 34)), 97_758_000 + 34 * 64);
});

Deno.test("elfEnd() refuses what is not a 64-bit ELF image with sections", () => {
  const wrong = (bytes: Uint8Array, message: string): void => {
    assertThrows(() => elfEnd(bytes), BuildError, `Cannot read ELF header: ${message}`);
  };
  const narrow = header(4096n, 3);
  narrow[4] = 1;
  wrong(narrow, "not 64 bits, little-endian");
  wrong(new Uint8Array(ELF_HEADER_BYTES), "no magic");
  wrong(header(4096n, 3).subarray(0, 63), "too short");
  wrong(header(0n, 3), "no section header table");
  wrong(header(4096n, 0), "no section header table");
  wrong(header(1n << 60n, 3), "no section header table");
});
