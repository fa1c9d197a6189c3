/** Part of the kernel's suite: files. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { assertRefused, type Claim, tmpfsAt } from "./kernel_bench.ts";

export function fileConformance(claim: Claim): void {
  directories(claim);
  contents(claim);
  kinds(claim);
  removing(claim);
}

function directories(claim: Claim): void {
  claim(
    "entryGone() tells of an entry that went after the call, and of the directory",
    async (bench) => {
      const { kernel, root } = bench;
      const directory = `${root}/watched`;
      const watched = async (act: () => void): Promise<void> => {
        kernel.mkdir(directory, 0o755);
        kernel.writeFile(`${directory}/file`, "", { mode: 0o644 });
        const gone = kernel.entryGone(directory);
        act();
        await gone;
      };
      await watched(() => kernel.remove(`${directory}/file`));
      await watched(() => kernel.remove(directory, { recursive: true }));
      const stop = new AbortController();
      kernel.mkdir(directory, 0o755);
      const never = kernel.entryGone(directory, { signal: stop.signal });
      kernel.writeFile(`${directory}/new`, "", { mode: 0o644 });
      stop.abort(new RangeError("enough"));
      await assertRejects(() => never, RangeError, "enough");
      assertRefused(() => kernel.entryGone(`${root}/missing`), "ENOENT");
      assertRefused(() => kernel.entryGone(`${directory}/new`), "ENOTDIR");
    },
  );

  claim("fileChanged() tells of a write after the call, and of the file's end", async (bench) => {
    const { kernel, root } = bench;
    const file = `${root}/watched-file`;
    kernel.writeFile(file, "one", { mode: 0o644 });
    const changed = kernel.fileChanged(file);
    kernel.writeFile(file, "two", { mode: 0o644, direct: true });
    await changed;
    const gone = kernel.fileChanged(file);
    kernel.remove(file);
    await gone;
    assertRefused(() => kernel.fileChanged(file), "ENOENT");
    kernel.writeFile(file, "one", { mode: 0o644 });
    const stop = new AbortController();
    const never = kernel.fileChanged(file, { signal: stop.signal });
    kernel.readFile(file);
    stop.abort(new RangeError("enough"));
    await assertRejects(() => never, RangeError, "enough");
  });

  claim("writeFile() gives the file its owner and all bits of its mode", ({ kernel, root }) => {
    const owner = { uid: 1234, gid: 5678 };
    kernel.writeFile(`${root}/owned`, "x", { mode: 0o4750, owner });
    const { mode, uid, gid } = kernel.lstat(`${root}/owned`) ?? {};
    assertEquals([mode, uid, gid], [0o4750, 1234, 5678]);
  });

  claim("mkdir() makes what is missing above, with its mode whatever the umask", (bench) => {
    const { kernel, root } = bench;
    kernel.mkdir(`${root}/a/b`, 0o777);
    assertEquals(kernel.lstat(`${root}/a/b`)?.mode, 0o777);
    assertEquals(kernel.lstat(`${root}/a`)?.type, "directory");
    kernel.mkdir(`${root}/a/b`, 0o700);
    assertEquals(kernel.lstat(`${root}/a/b`)?.mode, 0o777);
    kernel.mkdir("/", 0o700);
  });

  claim("mkdir() refuses a file in its place or above it", ({ kernel, root }) => {
    kernel.writeFile(`${root}/file`, "", { mode: 0o644 });
    assertRefused(() => kernel.mkdir(`${root}/file`, 0o755), "EEXIST");
    assertRefused(() => kernel.mkdir(`${root}/file/x`, 0o755), "ENOTDIR", "EEXIST");
  });

  claim("names() are sorted", ({ kernel, root }) => {
    for (const name of ["b", "a", ".c"]) kernel.mkdir(`${root}/${name}`, 0o755);
    assertEquals(kernel.names(root), [".c", "a", "b"]);
    assertRefused(() => kernel.names(`${root}/missing`), "ENOENT");
  });

  claim("a path with a NUL is a RangeError everywhere", ({ kernel, root }) => {
    const path = `${root}/a\0b`;
    const calls: readonly (() => unknown)[] = [
      () => kernel.mkdir(path, 0o755),
      () => kernel.readFile(path),
      () => kernel.writeFile(path, "", { mode: 0o644 }),
      () => kernel.lstat(path),
      () => kernel.names(path),
      () => kernel.readLink(path),
      () => kernel.symlink(path, `${root}/l`),
      () => kernel.symlink("x", path),
      () => kernel.chmod(path, 0o644),
      () => kernel.remove(path),
      () => kernel.openInRoot(root, path),
      () => kernel.unmount(path),
      () => kernel.statfs(path),
    ];
    for (const call of calls) assertThrows(call, RangeError, "NUL");
  });
}

function contents(claim: Claim): void {
  claim("readFile() gives back what writeFile() wrote", ({ kernel, root }) => {
    const path = `${root}/file`;
    const bytes = new Uint8Array(200_000).map((_, at) => at % 251);
    kernel.writeFile(path, bytes, { mode: 0o640, sync: true });
    assertEquals(kernel.readFile(path), bytes);
    assertEquals(kernel.lstat(path)?.mode, 0o640);
    assertEquals(kernel.lstat(path)?.size, 200_000n);
    kernel.writeFile(path, "", { mode: 0o600 });
    assertEquals(kernel.readText(path), "");
    kernel.writeFile(path, "grüße", { mode: 0o600 });
    assertEquals(kernel.readText(path), "grüße");
  });

  claim("readFile() refuses more than asked for, what is missing, and a directory", (bench) => {
    const { kernel, root } = bench;
    const path = `${root}/file`;
    kernel.writeFile(path, "12345", { mode: 0o644 });
    assertEquals(kernel.readText(path, { maxBytes: 5 }), "12345");
    const error = assertRefused(() => kernel.readFile(path, { maxBytes: 4 }), "EFBIG");
    assertEquals(error.subject, path);
    assertRefused(() => kernel.readFile(`${root}/missing`), "ENOENT");
    assertRefused(() => kernel.readFile(`${path}/x`), "ENOTDIR");
    assertRefused(() => kernel.readFile(root), "EISDIR");
  });

  claim("writeFile() puts a new file in place of the old, which readers keep", async (bench) => {
    const { kernel, root } = bench;
    const path = `${root}/file`;
    kernel.writeFile(path, "old", { mode: 0o644 });
    const before = kernel.lstat(path);
    using held = kernel.openInRoot(root, "/file");
    kernel.writeFile(path, "new", { mode: 0o644, sync: true });
    assert(kernel.lstat(path)?.inode !== before?.inode);
    const buffer = new Uint8Array(10);
    assertEquals(await held.read(buffer, 0n), 3);
    assertEquals(new TextDecoder().decode(buffer.subarray(0, 3)), "old");
    assertEquals(kernel.names(root), ["file"]);
  });

  claim("writeFile() with direct writes into the file that is there", ({ kernel, root }) => {
    const path = `${root}/file`;
    kernel.writeFile(path, "long before", { mode: 0o640 });
    const before = kernel.lstat(path);
    kernel.writeFile(path, "after", { mode: 0o600, direct: true });
    assertEquals(kernel.readText(path), "after");
    assertEquals(kernel.lstat(path)?.inode, before?.inode);
    assertEquals(kernel.lstat(path)?.mode, 0o640);
    kernel.writeFile(`${root}/other`, "made", { mode: 0o666, direct: true });
    assertEquals(kernel.lstat(`${root}/other`)?.mode, 0o666);
  });

  claim("writeFile() replaces a link, and with direct follows it", ({ kernel, root }) => {
    kernel.writeFile(`${root}/real`, "real", { mode: 0o644 });
    kernel.symlink("real", `${root}/link`);
    kernel.writeFile(`${root}/link`, "direct", { mode: 0o644, direct: true });
    assertEquals(kernel.readText(`${root}/real`), "direct");
    kernel.writeFile(`${root}/link`, "over", { mode: 0o644 });
    assertEquals(kernel.lstat(`${root}/link`)?.type, "file");
    assertEquals(kernel.readText(`${root}/real`), "direct");
  });

  claim("writeFile() refuses a missing directory and a directory, leaving nothing", (bench) => {
    const { kernel, root } = bench;
    const write = (path: string) => () => kernel.writeFile(path, "x", { mode: 0o644 });
    assertRefused(write(`${root}/missing/x`), "ENOENT");
    kernel.mkdir(`${root}/directory`, 0o755);
    assertRefused(write(`${root}/directory`), "EISDIR");
    assertEquals(kernel.names(root), ["directory"]);
  });
}

function kinds(claim: Claim): void {
  claim("lstat() tells kinds, and undefined where there is nothing", (bench) => {
    const { kernel, root } = bench;
    kernel.writeFile(`${root}/file`, "12", { mode: 0o644 });
    kernel.symlink("nowhere", `${root}/link`);
    bench.makeFifo(`${root}/fifo`);
    const type = (name: string) => kernel.lstat(`${root}/${name}`)?.type;
    assertEquals(["file", "link", "fifo", "."].map(type), ["file", "symlink", "fifo", "directory"]);
    assertEquals(kernel.lstat(`${root}/link`)?.size, 7n);
    assertEquals(kernel.lstat(`${root}/missing`), undefined);
    assertEquals(kernel.lstat(`${root}/file/x`), undefined);
    assertEquals(kernel.lstat(`${root}/file`)?.device, kernel.lstat(root)?.device);
  });

  claim("readLink() gives the target as written and refuses a file", ({ kernel, root }) => {
    kernel.symlink("../some/where", `${root}/link`);
    assertEquals(kernel.readLink(`${root}/link`), "../some/where");
    assertRefused(() => kernel.symlink("x", `${root}/link`), "EEXIST");
    kernel.writeFile(`${root}/file`, "", { mode: 0o644 });
    assertRefused(() => kernel.readLink(`${root}/file`), "EINVAL");
    assertRefused(() => kernel.readLink(`${root}/missing`), "ENOENT");
  });

  claim("chmod() sets the mode", ({ kernel, root }) => {
    kernel.writeFile(`${root}/file`, "", { mode: 0o644 });
    kernel.chmod(`${root}/file`, 0o4711);
    assertEquals(kernel.lstat(`${root}/file`)?.mode, 0o4711);
    assertRefused(() => kernel.chmod(`${root}/missing`, 0o644), "ENOENT");
  });
}

function removing(claim: Claim): void {
  claim("remove() removes a file, a link and an empty directory", ({ kernel, root }) => {
    kernel.writeFile(`${root}/file`, "", { mode: 0o644 });
    kernel.symlink("file", `${root}/link`);
    kernel.mkdir(`${root}/directory`, 0o755);
    kernel.remove(`${root}/link`);
    assertEquals(kernel.names(root), ["directory", "file"]);
    kernel.remove(`${root}/file`);
    kernel.remove(`${root}/directory`);
    assertEquals(kernel.names(root), []);
    assertRefused(() => kernel.remove(`${root}/file`), "ENOENT");
    assertRefused(() => kernel.remove(`${root}/file`, { recursive: true }), "ENOENT");
  });

  claim("remove() takes a tree only when told to, and follows no link", ({ kernel, root }) => {
    kernel.mkdir(`${root}/tree/inner`, 0o755);
    kernel.mkdir(`${root}/kept`, 0o755);
    kernel.writeFile(`${root}/kept/file`, "", { mode: 0o644 });
    kernel.symlink("../kept", `${root}/tree/link`);
    kernel.writeFile(`${root}/tree/inner/file`, "", { mode: 0o644 });
    assertRefused(() => kernel.remove(`${root}/tree`), "ENOTEMPTY");
    kernel.remove(`${root}/tree`, { recursive: true });
    assertEquals(kernel.names(root), ["kept"]);
    assertEquals(kernel.names(`${root}/kept`), ["file"]);
  });

  claim("remove() stops at what is mounted, a bind too", ({ kernel, root }) => {
    kernel.mkdir(`${root}/source`, 0o755);
    kernel.writeFile(`${root}/source/file`, "", { mode: 0o644 });
    for (const name of ["bind", "tmpfs"]) kernel.mkdir(`${root}/${name}/at`, 0o755);
    const bind = { source: `${root}/source`, target: `${root}/bind/at`, attributes: 0n };
    kernel.bind(bind);
    kernel.mount(tmpfsAt(`${root}/tmpfs/at`));
    kernel.writeFile(`${root}/tmpfs/at/file`, "", { mode: 0o644 });
    for (const name of ["bind", "tmpfs"]) {
      const remove = (path: string) => () => kernel.remove(path, { recursive: true });
      assertRefused(remove(`${root}/${name}`), "EBUSY");
      assertRefused(remove(`${root}/${name}/at`), "EBUSY");
      assertEquals(kernel.names(`${root}/${name}/at`), ["file"]);
    }
    assertEquals(kernel.names(`${root}/source`), ["file"]);
  });
}
