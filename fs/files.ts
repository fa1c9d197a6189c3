/** Reading files and directories as seen from a root that no link can leave. */
// @ts-types="types/std_path_posix.d.ts"
import { basename, join } from "@std/path/posix";
import type { ExtendedAttribute } from "./kernel/extended_attribute.ts";
import type { FileStatus, Kernel, RootedFile } from "./kernel/kernel.ts";
import { SyscallError } from "./kernel/syscall_error.ts";

/**
 * Bytes of one piece: a message of the wire takes it whole, and a read costs one hop to another thread. Official machines
 * send pieces of 1024 bytes, which no client counts on: it joins what comes until the stream ends, and takes messages of at
 * least 4 MiB (what gRPC for Go takes unless told otherwise). In pieces so small a file passes through our server at less
 * than a quarter of the rate.
 */
const PIECE_BYTES = 64 * 1024;

/** Levels below the root of a listing that are looked into. Linux itself stops paths at 4096 bytes. */
const DEPTH_MAX = 64;

/** Entries and attributes looked at before others get a turn of the event loop: some milliseconds of system calls. */
const LOOKS_A_TURN = 256;

/** Nothing was asked of the kernel, or it has something else at the path than what was asked for. */
export class FileRefusedError extends Error {
  override readonly name = "FileRefusedError";
  /** Whether no path can be written so, or the file at it is of another kind. */
  readonly reason: "path" | "kind";

  constructor(reason: FileRefusedError["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** What is known of one path. */
export interface ListedFile {
  /** Absolute. */
  readonly name: string;
  /** Below the root asked for; "." for the root itself, its base name where it is no directory. */
  readonly relativeName: string;
  readonly type: "file" | "directory" | "symlink" | "other";
  readonly size: bigint;
  readonly mode: number;
  /** Seconds since 1970. */
  readonly modified: bigint;
  readonly link: string;
  readonly uid: number;
  readonly gid: number;
  /** Of a link its own. None unless asked for. */
  readonly attributes: readonly ExtendedAttribute[];
  /** Why nothing more is known of it; "" when all is. */
  readonly error: string;
}

/** What to list. */
export interface Listing {
  /** Absolute. Links in it are followed, within the root. */
  readonly path: string;
  /** Levels below it to show: 1 is its direct children, Infinity is all. */
  readonly depth: number;
  /** Only these are given, and what cannot be looked at; directories left out are still looked into. Empty is all. */
  readonly types: readonly ListedFile["type"][];
  /** Whether to tell extended attributes. Those that cannot be read are left out. */
  readonly attributes: boolean;
  readonly signal: AbortSignal;
}

/**
 * Reads a regular file in pieces of at most 64 KiB, outside the event loop.
 *
 * @param path Absolute; links are followed within `root`, magic links never.
 * @throws {FileRefusedError} The path is not absolute, or no regular file.
 * @throws {SyscallError} `ENOENT`, `EACCES`, `ELOOP`, `EIO`, …; the signal's reason.
 */
export async function* readFileInRoot(
  kernel: Kernel,
  root: string,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  requireAbsolute(path);
  using file = kernel.openInRoot(root, path);
  if (file.status.type !== "file") {
    throw new FileRefusedError(
      "kind",
      `Cannot read "${path}": it is a ${file.status.type}, must be a regular file`,
    );
  }
  for (let offset = 0n;;) {
    signal.throwIfAborted();
    const piece = new Uint8Array(PIECE_BYTES);
    const count = await file.read(piece, offset);
    if (count === 0) return;
    yield piece.subarray(0, count);
    offset += BigInt(count);
  }
}

/**
 * Lists what is at a path and below it: the path itself first, then depth first, names in order. Links below it are
 * told, not followed. What cannot be looked at is an entry with `error`.
 *
 * @throws {FileRefusedError} The path is not absolute.
 * @throws {SyscallError} The path itself cannot be opened; the signal's reason.
 */
export async function* listFilesInRoot(
  kernel: Kernel,
  root: string,
  listing: Listing,
): AsyncGenerator<ListedFile> {
  const { path, attributes, signal } = listing;
  requireAbsolute(path);
  const depth = Math.min(listing.depth, DEPTH_MAX);
  using top = kernel.openInRoot(root, path);
  const wanted = ({ type, error }: ListedFile): boolean =>
    listing.types.length === 0 || listing.types.includes(type) || error !== "";
  const isDirectory = top.status.type === "directory";
  const first = listed(top.status, {
    name: path,
    relativeName: isDirectory ? "." : basename(path),
    link: "",
    attributes: attributes ? attributesOf(top) : [],
  });
  if (wanted(first)) yield first;
  if (!isDirectory || depth < 1) return;
  const place = { root, path, relative: "", depth, attributes, signal };
  let looks = 0;
  for (const file of below(kernel, { directory: top, names: top.names() }, place)) {
    signal.throwIfAborted();
    if (wanted(file)) yield file;
    looks += 1 + file.attributes.length;
    if (looks < LOOKS_A_TURN) continue;
    looks = 0;
    await turn();
  }
}

interface Place {
  readonly root: string;
  readonly path: string;
  readonly relative: string;
  readonly depth: number;
  readonly attributes: boolean;
  readonly signal: AbortSignal;
}

/** A directory held open, and what is in it. */
interface OpenDirectory {
  readonly directory: RootedFile;
  readonly names: readonly string[];
}

function* below(
  kernel: Kernel,
  { directory, names }: OpenDirectory,
  place: Place,
): Generator<ListedFile> {
  for (const name of [...names].sort()) {
    place.signal.throwIfAborted();
    const path = join(place.path, name);
    const relativeName = join(place.relative, name);
    const file = entryOf(directory, name, { place, path, relativeName });
    const isDeeper = file.type === "directory" && place.depth > 1;
    if (!isDeeper) {
      yield file;
      continue;
    }
    using undo = new DisposableStack();
    const opened = openDirectory(kernel, undo, { root: place.root, path });
    if (typeof opened === "string") {
      yield { ...file, error: opened };
      continue;
    }
    yield file;
    yield* below(kernel, opened, {
      ...place,
      path,
      relative: relativeName,
      depth: place.depth - 1,
    });
  }
}

/** Opens a directory that was just seen; it may be gone, or something else by now: then says why it cannot. */
function openDirectory(
  kernel: Kernel,
  undo: DisposableStack,
  { root, path }: { readonly root: string; readonly path: string },
): OpenDirectory | string {
  try {
    const directory = undo.use(kernel.openInRoot(root, path, { follow: false }));
    return { directory, names: directory.names() };
  } catch (error) {
    return messageOf(error);
  }
}

function entryOf(
  directory: RootedFile,
  name: string,
  at: { readonly place: Place; readonly path: string; readonly relativeName: string },
): ListedFile {
  const names = { name: at.path, relativeName: at.relativeName };
  try {
    const { status, link } = directory.entry(name);
    const attributes = at.place.attributes ? attributesOf(directory, name) : [];
    return listed(status, { ...names, link, attributes });
  } catch (error) {
    const nothing = { size: 0n, mode: 0, modified: 0n, uid: 0, gid: 0, link: "", attributes: [] };
    return { ...names, ...nothing, type: "other", error: messageOf(error) };
  }
}

/** None of what is gone by now: what it was is known, and no more is asked of it. */
function attributesOf(file: RootedFile, name?: string): readonly ExtendedAttribute[] {
  try {
    return file.attributes(name);
  } catch (error) {
    if (error instanceof SyscallError) return [];
    throw error;
  }
}

function listed(
  status: FileStatus,
  more: Pick<ListedFile, "name" | "relativeName" | "link" | "attributes">,
): ListedFile {
  const { size, mode, modified, uid, gid, type } = status;
  const known = type === "file" || type === "directory" || type === "symlink";
  return { ...more, type: known ? type : "other", size, mode, modified, uid, gid, error: "" };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function requireAbsolute(path: string): void {
  if (path.startsWith("/") && !path.includes("\0")) return;
  throw new FileRefusedError(
    "path",
    `Cannot use path ${JSON.stringify(path)}: it must be absolute, without NUL`,
  );
}

/** One turn of the event loop: timers and sockets come first. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
