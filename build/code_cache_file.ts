/**
 * The file in which a program of `deno compile` keeps what V8 made of its modules.
 *
 * All numbers are little-endian. A head: the program's key (u64) and how many entries there are (u32). The lengths of all
 * entries (u64 each). The entries: the bytes of V8, the kind (u8), the module's specifier, that one's length (u32), a hash
 * of the module's text (u64) and one of the bytes (u64), XXH64 with seed 0. Source: Deno 2.7, cli/rt/code_cache.rs.
 */
import xxhash from "xxhash-wasm";
import { BuildError } from "./build_error.ts";

const { h64Raw } = await xxhash();

const HEAD_BYTES = 12;
const LENGTH_BYTES = 8;
/** Bytes of an entry behind its specifier. */
const TAIL_BYTES = 20;

/** One module. */
export interface CodeCacheEntry {
  readonly specifier: string;
  /** 0 for an ES module, 1 for a script. */
  readonly kind: number;
  readonly sourceHash: bigint;
  readonly data: Uint8Array;
}

/** A whole file. */
export interface CodeCacheFile {
  /** Names the program that it was made by. */
  readonly key: bigint;
  readonly entries: readonly CodeCacheEntry[];
}

/** Reads a file. @throws {BuildError} It is cut off, too long, damaged, or of another form. */
export function decodeCodeCache(bytes: Uint8Array): CodeCacheFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < HEAD_BYTES) throw unreadable(`${bytes.length} bytes`);
  const count = view.getUint32(8, true);
  let at = HEAD_BYTES + count * LENGTH_BYTES;
  if (at > bytes.length) throw unreadable(`${count} entries in ${bytes.length} bytes`);
  const entries: CodeCacheEntry[] = [];
  for (let index = 0; index < count; index++) {
    const length = Number(view.getBigUint64(HEAD_BYTES + index * LENGTH_BYTES, true));
    if (length > bytes.length - at) throw unreadable(`entry ${index} has ${length} bytes`);
    entries.push(decodeEntry(bytes.subarray(at, at + length)));
    at += length;
  }
  if (at !== bytes.length) throw unreadable(`${bytes.length - at} bytes are left over`);
  return { key: view.getBigUint64(0, true), entries };
}

/** Makes a file, with its entries in the order of their specifiers: the runtime's own is another one at each run. */
export function encodeCodeCache({ key, entries }: CodeCacheFile): Uint8Array<ArrayBuffer> {
  const ordered = entries.toSorted((a, b) => a.specifier < b.specifier ? -1 : 1);
  const parts = ordered.map((entry) => encodeEntry(entry));
  const headBytes = HEAD_BYTES + parts.length * LENGTH_BYTES;
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, headBytes));
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, key, true);
  view.setUint32(8, parts.length, true);
  let at = headBytes;
  for (const [index, part] of parts.entries()) {
    view.setBigUint64(HEAD_BYTES + index * LENGTH_BYTES, BigInt(part.length), true);
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function decodeEntry(bytes: Uint8Array): CodeCacheEntry {
  const tailAt = bytes.length - TAIL_BYTES;
  if (tailAt < 1) throw unreadable(`an entry has ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const specifierAt = tailAt - view.getUint32(tailAt, true);
  if (specifierAt < 1) throw unreadable("a specifier is longer than its entry");
  const specifier = new TextDecoder("utf-8", { fatal: true }).decode(
    bytes.subarray(specifierAt, tailAt),
  );
  const data = bytes.subarray(0, specifierAt - 1);
  if (h64Raw(data) !== view.getBigUint64(tailAt + 12, true)) {
    throw unreadable(`the bytes of "${specifier}" have another hash`);
  }
  return {
    specifier,
    kind: view.getUint8(specifierAt - 1),
    sourceHash: view.getBigUint64(tailAt + 4, true),
    data,
  };
}

function encodeEntry({ specifier, kind, sourceHash, data }: CodeCacheEntry): Uint8Array {
  const name = new TextEncoder().encode(specifier);
  const tailAt = data.length + 1 + name.length;
  const bytes = new Uint8Array(tailAt + TAIL_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(data);
  view.setUint8(data.length, kind);
  bytes.set(name, data.length + 1);
  view.setUint32(tailAt, name.length, true);
  view.setBigUint64(tailAt + 4, sourceHash, true);
  view.setBigUint64(tailAt + 12, h64Raw(data), true);
  return bytes;
}

function unreadable(why: string): BuildError {
  return new BuildError(`Cannot read the code cache: ${why}`);
}
