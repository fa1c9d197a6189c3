// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { BuildError } from "./build_error.ts";
import { cpioArchive, type CpioEntry } from "./cpio.ts";

const content = new TextEncoder().encode("hello");

const TREE: readonly CpioEntry[] = [
  { path: "init", mode: 0o755, kind: "file", content },
  { path: "dev/console", mode: 0o600, kind: "character", major: 5, minor: 1 },
  { path: "proc/self/exe", mode: 0o777, kind: "symlink", target: "/init" },
];

function archive(entries: readonly CpioEntry[], mtime: number): Uint8Array {
  return new Uint8Array([...cpioArchive(entries, mtime)].flatMap((piece) => [...piece]));
}

interface Header {
  readonly name: string;
  readonly inode: number;
  readonly mode: string;
  readonly owner: string;
  readonly mtime: number;
  readonly data: string;
  readonly device: string;
}

/** Reads an archive back, as the format's description says. */
function read(bytes: Uint8Array): readonly Header[] {
  const text = new TextDecoder("latin1").decode(bytes);
  const headers: Header[] = [];
  for (let at = 0;;) {
    assertEquals(text.slice(at, at + 6), "070701", `magic at ${at}`);
    const field = (index: number): number => {
      const from = at + 6 + index * 8;
      return parseInt(text.slice(from, from + 8), 16);
    };
    const nameAt = at + 110;
    const name = text.slice(nameAt, nameAt + field(11) - 1);
    const dataAt = Math.ceil((nameAt + field(11)) / 4) * 4;
    if (name === "TRAILER!!!") return headers;
    headers.push({
      name,
      inode: field(0),
      mode: field(1).toString(8),
      owner: `${field(2)}:${field(3)}`,
      mtime: field(5),
      data: text.slice(dataAt, dataAt + field(6)),
      device: `${field(9)}:${field(10)}`,
    });
    at = Math.ceil((dataAt + field(6)) / 4) * 4;
  }
}

Deno.test("cpioArchive() holds every entry, owned by root, sorted, with the parents nobody named", () => {
  const common = { owner: "0:0", mtime: 7, device: "0:0", data: "" };
  assertEquals(read(archive(TREE, 7)), [
    { ...common, inode: 1, name: "dev", mode: "40755" },
    { ...common, inode: 2, name: "dev/console", mode: "20600", device: "5:1" },
    { ...common, inode: 3, name: "init", mode: "100755", data: "hello" },
    { ...common, inode: 4, name: "proc", mode: "40755" },
    { ...common, inode: 5, name: "proc/self", mode: "40755" },
    { ...common, inode: 6, name: "proc/self/exe", mode: "120777", data: "/init" },
  ]);
});

Deno.test("cpioArchive() gives the same bytes whatever the order of its entries", () => {
  assertEquals(archive(TREE, 7), archive([...TREE].reverse(), 7));
});

Deno.test("cpioArchive() ends on a block of 512, so that another archive may follow", () => {
  assertEquals(archive(TREE, 7).length % 512, 0);
  assertEquals(archive([], 0).length, 512);
});

Deno.test("cpioArchive() refuses a path that is absolute, climbs, or is there twice", () => {
  const at = (path: string): CpioEntry => ({ path, mode: 0o755, kind: "directory" });
  const refused = (entries: readonly CpioEntry[], message: string): void => {
    assertThrows(() => archive(entries, 0), BuildError, message);
  };
  refused([at("/etc")], 'Cannot archive "/etc": not a plain relative path');
  refused([at("a/../b")], 'Cannot archive "a/../b": not a plain relative path');
  refused([at("a\0b")], "not a plain relative path");
  refused([at("a"), at("a")], 'Cannot archive "a": it is there twice');
  refused([...TREE, at("init/x")], 'Cannot archive "init/x": "init" is no directory');
});

Deno.test("cpioArchive() refuses a time its eight digits cannot say", () => {
  assertThrows(() => archive(TREE, 2 ** 32), BuildError, "4294967296 is more than 4294967295");
});
