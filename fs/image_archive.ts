/**
 * An image in one file: a POSIX tar archive ("ustar") of its files, in a fixed order. A format of our own would say no
 * more; this one can be listed and unpacked anywhere, by `tar -xf strata-0.1.0.img`.
 *
 * Of the many ways to write the same archive there is one that is taken: the headers are those that
 * {@linkcode archiveHeader} makes, what fills up blocks is zeros, and two blocks of zeros are the end. So every bit of
 * the file is covered: by the manifest, or by being the only one that can be there.
 */
import { IMAGE_FILE_BYTES_MAX, IMAGE_FILES } from "./manifest.ts";

/** Bytes of a block: of a header, and what contents are filled up to. */
export const ARCHIVE_BLOCK_BYTES = 512;

/** Bytes of zeros at the end. */
const END_BYTES = 2 * ARCHIVE_BLOCK_BYTES;

/** What is in it, in this order: what is needed to judge the rest comes first. */
// deno-fmt-ignore: a list
export const ARCHIVE_NAMES: readonly string[] = [
  IMAGE_FILES.manifest, IMAGE_FILES.signature, IMAGE_FILES.kernel, IMAGE_FILES.initramfs, IMAGE_FILES.squashfs,
  IMAGE_FILES.hashTree,
];

/** Where the fields of a header are. Source: POSIX.1, pax, "ustar Interchange Format". */
// deno-fmt-ignore: a table
const FIELDS = {
  name: 0, mode: 100, uid: 108, gid: 116, size: 124, mtime: 136, checksum: 148, type: 156, magic: 257,
} as const;

/** Bytes that can be read at any offset. */
export interface ByteSource {
  readonly size: number;
  /** Reads exactly `length` bytes. @throws {RangeError} There are not so many. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** One file of an archive. */
export interface ArchiveMember {
  readonly name: string;
  /** Where its content begins. */
  readonly offset: number;
  readonly size: number;
}

/** An archive is not one that we would have written. The message says where. */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
}

/** The header of a file. @param mtime Seconds since 1970. */
export function archiveHeader(
  file: { readonly name: string; readonly size: number; readonly mtime: number },
): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(ARCHIVE_BLOCK_BYTES);
  const put = (at: number, text: string): void => header.set(new TextEncoder().encode(text), at);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, "0");
  put(FIELDS.name, file.name);
  put(FIELDS.mode, octal(0o644, 7));
  put(FIELDS.uid, octal(0, 7));
  put(FIELDS.gid, octal(0, 7));
  put(FIELDS.size, octal(file.size, 11));
  put(FIELDS.mtime, octal(file.mtime, 11));
  put(FIELDS.type, "0");
  put(FIELDS.magic, "ustar\x0000");
  put(FIELDS.checksum, " ".repeat(8)); // Counted as if it were blank.
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(FIELDS.checksum, `${octal(sum, 6)}\0 `);
  return header;
}

/** Zeros behind a content of `size` bytes. */
export function archivePadding(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array((ARCHIVE_BLOCK_BYTES - size % ARCHIVE_BLOCK_BYTES) % ARCHIVE_BLOCK_BYTES);
}

/** Zeros at the end of an archive. */
export function archiveEnd(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(END_BYTES);
}

/**
 * Finds the files of an archive. Reads headers and padding, no content; whatever it is given, at most a few kilobytes.
 *
 * @throws {ArchiveError} Another name or order than ours, a header we would not write, a file cut off, more behind it.
 */
export async function readArchive(source: ByteSource): Promise<readonly ArchiveMember[]> {
  const members: ArchiveMember[] = [];
  let at = 0;
  for (const name of ARCHIVE_NAMES) {
    const header = await readPart(source, {
      at,
      length: ARCHIVE_BLOCK_BYTES,
      what: `header of ${name}`,
    });
    const size = sizeIn(header, { name, at });
    const offset = at + ARCHIVE_BLOCK_BYTES;
    const padding = archivePadding(size).length;
    await readZeros(source, { at: offset + size, length: padding, what: `padding of ${name}` });
    members.push({ name, offset, size });
    at = offset + size + padding;
  }
  await readZeros(source, { at, length: END_BYTES, what: "end" });
  if (source.size > at + END_BYTES) {
    throw new ArchiveError(
      `${source.size - at - END_BYTES} bytes too many behind byte ${at + END_BYTES}`,
    );
  }
  return members;
}

/** The size that a header tells, when it is the header that we would have written for it. */
function sizeIn(
  header: Uint8Array,
  { name, at }: { readonly name: string; readonly at: number },
): number {
  const text = (from: number, length: number): string =>
    new TextDecoder("latin1").decode(header.subarray(from, from + length));
  const number = (from: number): number => {
    const digits = text(from, 11);
    return /^[0-7]{11}$/.test(digits) ? parseInt(digits, 8) : -1;
  };
  const [size, mtime] = [number(FIELDS.size), number(FIELDS.mtime)];
  const isPossible = size >= 0 && size <= IMAGE_FILE_BYTES_MAX && mtime >= 0;
  const wanted = isPossible ? archiveHeader({ name, size, mtime }) : undefined;
  if (wanted?.every((byte, index) => byte === header[index])) return size;
  throw new ArchiveError(
    `no header of ${name} at byte ${at}: it is no image, or was changed there`,
  );
}

interface Part {
  readonly at: number;
  readonly length: number;
  readonly what: string;
}

async function readPart(
  source: ByteSource,
  { at, length, what }: Part,
): Promise<Uint8Array<ArrayBuffer>> {
  if (at + length <= source.size) return await source.read(at, length);
  throw new ArchiveError(`cut off at byte ${source.size}, before the end of the ${what}`);
}

async function readZeros(source: ByteSource, part: Part): Promise<void> {
  const bytes = await readPart(source, part);
  const wrong = bytes.findIndex((byte) => byte !== 0);
  if (wrong !== -1) throw new ArchiveError(`byte ${part.at + wrong} (${part.what}) is not zero`);
}
