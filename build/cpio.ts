import { BuildError } from "./build_error.ts";

/** What the format's eight hexadecimal digits can say. */
const FIELD_MAX = 0xffff_ffff;

const S_IFCHR = 0o020000;
const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const S_IFLNK = 0o120000;

/** One name in the archive. Everything belongs to root. */
export type CpioEntry =
  & {
    /** Without a leading slash. */
    readonly path: string;
    /** Permission bits. */
    readonly mode: number;
  }
  & (
    | { readonly kind: "directory" }
    | { readonly kind: "file"; readonly content: Uint8Array }
    | { readonly kind: "symlink"; readonly target: string }
    | { readonly kind: "character"; readonly major: number; readonly minor: number }
  );

/**
 * An archive in the "newc" format the kernel unpacks as its first root file system, in
 * pieces. Entries are sorted, parents added where they are not named (0755), inode numbers
 * counted from 1, times all `mtime`: the same entries give the same bytes.
 *
 * @param mtime Seconds since 1970.
 * @throws {BuildError} A path is absolute, holds `..` or a NUL, or is there twice.
 * @see https://docs.kernel.org/driver-api/early-userspace/buffer-format.html
 */
export function* cpioArchive(
  entries: readonly CpioEntry[],
  mtime: number,
): Generator<Uint8Array<ArrayBuffer>> {
  let inode = 0;
  let size = 0;
  for (const entry of withParents(entries)) {
    const content = contentOf(entry);
    const header = headerOf({ entry, inode: ++inode, mtime, bytes: content.length });
    yield header;
    if (content.length > 0) yield content;
    const padding = padTo4(content.length);
    if (padding > 0) yield new Uint8Array(padding);
    size += header.length + content.length + padding;
  }
  const trailer: CpioEntry = {
    path: "TRAILER!!!",
    mode: 0,
    kind: "file",
    content: new Uint8Array(),
  };
  const end = headerOf({ entry: trailer, inode: 0, mtime: 0, bytes: 0 });
  yield end;
  size += end.length;
  // Another archive may follow, and begins on a block of 512.
  const rest = (512 - (size % 512)) % 512;
  if (rest > 0) yield new Uint8Array(rest);
}

function withParents(entries: readonly CpioEntry[]): readonly CpioEntry[] {
  const all = new Map<string, CpioEntry>();
  for (const entry of entries) {
    const parts = entry.path.split("/");
    if (parts.some((part) => part === "" || part === "." || part === ".." || part.includes("\0"))) {
      throw new BuildError(`Cannot archive "${entry.path}": not a plain relative path`);
    }
    if (all.has(entry.path)) {
      throw new BuildError(`Cannot archive "${entry.path}": it is there twice`);
    }
    all.set(entry.path, entry);
  }
  for (const { path } of entries) {
    for (let cut = path.indexOf("/"); cut >= 0; cut = path.indexOf("/", cut + 1)) {
      const parent = path.slice(0, cut);
      const present = all.get(parent);
      if (present === undefined) all.set(parent, { path: parent, mode: 0o755, kind: "directory" });
      else if (present.kind !== "directory") {
        throw new BuildError(`Cannot archive "${path}": "${parent}" is no directory`);
      }
    }
  }
  return [...all.values()].sort((a, b) => a.path < b.path ? -1 : 1);
}

function contentOf(entry: CpioEntry): Uint8Array<ArrayBuffer> {
  if (entry.kind === "symlink") return new TextEncoder().encode(entry.target);
  if (entry.kind !== "file") return new Uint8Array();
  const { buffer, byteOffset, byteLength } = entry.content;
  return buffer instanceof ArrayBuffer
    ? new Uint8Array(buffer, byteOffset, byteLength)
    : new Uint8Array(entry.content);
}

function headerOf(
  of: { entry: CpioEntry; inode: number; mtime: number; bytes: number },
): Uint8Array<ArrayBuffer> {
  const { entry, inode, mtime, bytes } = of;
  const types = { directory: S_IFDIR, file: S_IFREG, symlink: S_IFLNK, character: S_IFCHR };
  const [major, minor] = entry.kind === "character" ? [entry.major, entry.minor] : [0, 0];
  const name = new TextEncoder().encode(`${entry.path}\0`);
  const mode = inode === 0 ? 0 : types[entry.kind] | entry.mode;
  const links = entry.kind === "directory" ? 2 : 1;
  // deno-fmt-ignore: the order of the fields, three groups of the format
  const fields = [inode, mode, 0, 0, links, mtime, bytes,
                  0, 0, major, minor,
                  name.length, 0];
  const text = fields.map((field) => {
    if (field < 0 || field > FIELD_MAX) {
      throw new BuildError(`Cannot archive "${entry.path}": ${field} is more than ${FIELD_MAX}`);
    }
    return field.toString(16).padStart(8, "0");
  });
  const head = new TextEncoder().encode(`070701${text.join("")}`);
  const header = new Uint8Array(head.length + name.length + padTo4(head.length + name.length));
  header.set(head);
  header.set(name, head.length);
  return header;
}

function padTo4(bytes: number): number {
  return (4 - (bytes % 4)) % 4;
}
