import { BuildError } from "./build_error.ts";

/** Bytes of an ELF64 header. Source: elf.h, Elf64_Ehdr. */
export const ELF_HEADER_BYTES = 64;

/**
 * Where the ELF image that begins with `header` ends: after its section header table,
 * which linkers write last. What `deno compile` appends begins there.
 *
 * @throws {BuildError} Not a 64-bit little-endian ELF file with a section header table.
 * @see https://man7.org/linux/man-pages/man5/elf.5.html
 */
export function elfEnd(header: Uint8Array): number {
  if (header.length < ELF_HEADER_BYTES) throw new BuildError("Cannot read ELF header: too short");
  const view = new DataView(header.buffer, header.byteOffset, ELF_HEADER_BYTES);
  if (view.getUint32(0) !== 0x7f45_4c46) throw new BuildError("Cannot read ELF header: no magic");
  if (header[4] !== 2 || header[5] !== 1) {
    throw new BuildError("Cannot read ELF header: not 64 bits, little-endian");
  }
  const tableAt = Number(view.getBigUint64(0x28, true));
  const end = tableAt + view.getUint16(0x3a, true) * view.getUint16(0x3c, true);
  if (tableAt < ELF_HEADER_BYTES || end === tableAt || !Number.isSafeInteger(end)) {
    throw new BuildError("Cannot read ELF header: no section header table");
  }
  return end;
}

/** Copies the ELF image at the beginning of the file `from` into the new file `to`, mode 0755. */
export async function carveElf(from: string, to: string): Promise<void> {
  const program = await Deno.readFile(from);
  const end = elfEnd(program);
  if (end > program.length) {
    throw new BuildError(`Cannot carve "${from}": ${program.length} bytes, ${end} are needed`);
  }
  await Deno.writeFile(to, program.subarray(0, end), { createNew: true, mode: 0o755 });
}
