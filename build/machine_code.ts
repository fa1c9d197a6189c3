/** Programs of a few hundred bytes: a static ELF file for x86-64 made of data and machine code. */
import { ELF_HEADER_BYTES } from "./elf.ts";

/** Where the kernel maps the program: any page but the lowest. */
export const LOAD_ADDRESS = 0x40_0000;

/** Bytes of one program header. Source: elf.h, Elf64_Phdr. */
const PROGRAM_HEADER_BYTES = 56;

/** Where in the file the data begins; the code comes right behind it. */
export const PROGRAM_AT = ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES;

/** Makes the file. Its code is entered at its first byte, and can write nowhere but on its stack. */
export function staticProgram(
  { data, code }: {
    readonly data: Uint8Array<ArrayBuffer>;
    readonly code: Uint8Array<ArrayBuffer>;
  },
): Uint8Array<ArrayBuffer> {
  const codeAt = PROGRAM_AT + data.length;
  const file = new Uint8Array(codeAt + code.length);
  file.set(headers(LOAD_ADDRESS + codeAt, file.length));
  file.set(data, PROGRAM_AT);
  file.set(code, codeAt);
  return file;
}

/** The four bytes of a number in an instruction, lowest first. */
export function int32(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >>> 24) & 0xff];
}

/** An ELF header and one program header that maps the whole file to read and execute. */
function headers(entry: number, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(PROGRAM_AT);
  const view = new DataView(bytes.buffer);
  // Magic, 64 bits, little-endian, version 1, System V.
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true); // e_type: ET_EXEC
  view.setUint16(18, 62, true); // e_machine: EM_X86_64
  view.setUint32(20, 1, true); // e_version
  view.setBigUint64(24, BigInt(entry), true); // e_entry
  view.setBigUint64(32, BigInt(ELF_HEADER_BYTES), true); // e_phoff
  view.setUint16(52, ELF_HEADER_BYTES, true); // e_ehsize
  view.setUint16(54, PROGRAM_HEADER_BYTES, true); // e_phentsize
  view.setUint16(56, 1, true); // e_phnum
  const program = ELF_HEADER_BYTES;
  view.setUint32(program, 1, true); // p_type: PT_LOAD
  view.setUint32(program + 4, 5, true); // p_flags: read, execute
  view.setBigUint64(program + 16, BigInt(LOAD_ADDRESS), true); // p_vaddr
  view.setBigUint64(program + 24, BigInt(LOAD_ADDRESS), true); // p_paddr
  view.setBigUint64(program + 32, BigInt(size), true); // p_filesz
  view.setBigUint64(program + 40, BigInt(size), true); // p_memsz
  view.setBigUint64(program + 48, 0x1000n, true); // p_align
  return bytes;
}
