/** An image on this host, to be read: one file, or the directory of its files. */
// @ts-types="types/std_path_posix.d.ts"
import { join } from "@std/path/posix";
import { ARCHIVE_NAMES, type ByteSource, readArchive } from "./image_archive.ts";

/** Bytes read at a time. */
const PIECE_BYTES = 1 << 20;

/** A file of an image. */
export interface ImageFile {
  /** Bytes. */
  readonly size: number;
  /** The content in pieces, one after the other. @throws {RangeError} It became shorter meanwhile. */
  pieces(): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** An open image. */
export interface ImageSource extends Disposable {
  /** The files it has of those an image has, by name. */
  readonly files: ReadonlyMap<string, ImageFile>;
}

/**
 * Opens the image at `path`.
 *
 * @throws {Deno.errors.NotFound} Nothing is there. {ArchiveError} It is a file, and no image's. Of a directory, what is
 * missing is missing in `files`.
 */
export async function openImage(path: string): Promise<ImageSource> {
  using undo = new DisposableStack();
  const files = (await Deno.stat(path)).isDirectory
    ? await filesIn(path, undo)
    : await membersOf(path, undo);
  const held = undo.move();
  return { files, [Symbol.dispose]: () => held.dispose() };
}

async function filesIn(
  directory: string,
  undo: DisposableStack,
): Promise<ReadonlyMap<string, ImageFile>> {
  const files = new Map<string, ImageFile>();
  for (const name of ARCHIVE_NAMES) {
    try {
      const source = await openSource(join(directory, name), undo);
      files.set(name, partOf(source, { offset: 0, size: source.size }));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return files;
}

async function membersOf(
  path: string,
  undo: DisposableStack,
): Promise<ReadonlyMap<string, ImageFile>> {
  const source = await openSource(path, undo);
  const members = await readArchive(source);
  return new Map(members.map((member) => [member.name, partOf(source, member)]));
}

/** A part of a source as a file. */
export function partOf(
  source: ByteSource,
  { offset, size }: { readonly offset: number; readonly size: number },
): ImageFile {
  return {
    size,
    async *pieces() {
      for (let at = 0; at < size; at += PIECE_BYTES) {
        yield await source.read(offset + at, Math.min(PIECE_BYTES, size - at));
      }
    },
  };
}

async function openSource(path: string, undo: DisposableStack): Promise<ByteSource> {
  const file = undo.use(await Deno.open(path));
  const { size } = await file.stat();
  return {
    size,
    async read(offset, length) {
      await file.seek(offset, Deno.SeekMode.Start);
      const bytes = new Uint8Array(length);
      for (let filled = 0; filled < length;) {
        const count = await file.read(bytes.subarray(filled));
        if (count === null) {
          throw new RangeError(`Cannot read "${path}": it ends at ${offset + filled}`);
        }
        filled += count;
      }
      return bytes;
    },
  };
}
