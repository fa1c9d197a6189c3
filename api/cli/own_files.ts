/** Files of the user, read with a bound and written so that no reader sees half of one. */
import type { FileFacts } from "../client/discovery.ts";
import type { OwnFiles } from "./world.ts";
// @ts-types="types/std_path_posix.d.ts"
import { dirname } from "@std/path/posix";

/** The files of the user that this process runs for. */
export const OWN_FILES: OwnFiles = {
  async stat(path): Promise<FileFacts | undefined> {
    try {
      const facts = await Deno.stat(path);
      const type = facts.isSocket
        ? "socket"
        : facts.isDirectory
        ? "directory"
        : facts.isFile
        ? "file"
        : "other";
      return { type, uid: facts.uid ?? 0 };
    } catch (error) {
      if (isOutOfReach(error)) return undefined;
      throw error;
    }
  },
  async readText(path, bytesMax): Promise<string | undefined> {
    try {
      return await readBounded(path, bytesMax);
    } catch (error) {
      if (isOutOfReach(error)) return undefined;
      throw error;
    }
  },
  async rewrite(path, { bytesMax, change }): Promise<void> {
    const target = await Deno.realPath(path).catch(() => path); // A link stays one.
    const folder = dirname(target);
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    // The folder and not the file, which is another one afterwards.
    using lock = await Deno.open(folder);
    await taken(lock, folder);
    let text: string | undefined;
    try {
      text = await readBounded(target, bytesMax);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    await replace(target, await change(text));
  },
};

/** Milliseconds another of ours may take to write the same file, and between two looks. */
const LOCK_MS_MAX = 10_000;
const LOCK_LOOK_MS = 20;

async function taken(lock: Deno.FsFile, folder: string): Promise<void> {
  for (let waitedMs = 0; !await lock.tryLock(true); waitedMs += LOCK_LOOK_MS) {
    if (waitedMs >= LOCK_MS_MAX) throw new Error(`"${folder}" is locked by another program`);
    await new Promise((resolve) => setTimeout(resolve, LOCK_LOOK_MS));
  }
}

/** Whoever reads sees the old file or the new one, also after a crash. */
async function replace(path: string, text: string): Promise<void> {
  const made = `${path}.${crypto.randomUUID()}`;
  try {
    using file = await Deno.open(made, { write: true, createNew: true, mode: 0o600 });
    const bytes = new TextEncoder().encode(text);
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await file.write(rest));
    await file.sync();
    await Deno.rename(made, path);
  } catch (error) {
    await Deno.remove(made).catch(() => {}); // It may not be there, and the first error is the one to tell.
    throw error;
  }
}

/** @throws {RangeError} It is longer. */
async function readBounded(path: string, bytesMax: number): Promise<string> {
  using file = await Deno.open(path);
  const buffer = new Uint8Array(bytesMax + 1);
  let length = 0;
  for (let read = await file.read(buffer); read !== null && read > 0;) {
    length += read;
    read = await file.read(buffer.subarray(length));
  }
  if (length > bytesMax) throw new RangeError(`"${path}" has more than ${bytesMax} bytes`);
  return new TextDecoder().decode(buffer.subarray(0, length));
}

function isOutOfReach(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotADirectory || error instanceof Deno.errors.IsADirectory ||
    error instanceof Deno.errors.NotCapable;
}
