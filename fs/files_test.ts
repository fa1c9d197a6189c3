// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import {
  FileRefusedError,
  type ListedFile,
  listFilesInRoot,
  type Listing,
  readFileInRoot,
} from "./files.ts";
import type { RootedFile } from "./kernel/kernel.ts";
import { SyscallError } from "./kernel/syscall_error.ts";

const { signal } = new AbortController();

/** A tree at /jail, and a secret outside. */
function kernelWithTree(kernel = new FakeKernel()): FakeKernel {
  kernel.addFile("/secret", "outside");
  kernel.addFile("/jail/secret", "inside");
  kernel.addFile("/jail/a/b/c/deep", "12345");
  kernel.addFile("/jail/a/file", "1");
  kernel.addLink("/jail/up", "../../secret");
  kernel.addLink("/jail/absolute", "/secret");
  kernel.addLink("/jail/loop", "loop");
  kernel.addLink("/jail/proc", "/proc/self/root/secret");
  kernel.addNode("/jail/fifo", "fifo");
  return kernel;
}

async function read(kernel: FakeKernel, path: string, root = "/jail"): Promise<string> {
  const pieces = await Array.fromAsync(readFileInRoot(kernel, root, path, signal));
  return pieces.map((piece) => new TextDecoder().decode(piece)).join("");
}

function list(
  kernel: FakeKernel,
  path: string,
  options: Partial<Listing> = {},
): Promise<ListedFile[]> {
  const listing = { path, depth: 1, types: [], attributes: false, signal, ...options };
  return Array.fromAsync(listFilesInRoot(kernel, "/jail", listing));
}

Deno.test("readFileInRoot() stays inside whatever links and dots say", async () => {
  const kernel = kernelWithTree();
  for (const path of ["/secret", "/up", "/absolute", "/../secret", "/a/../../../secret"]) {
    assertEquals(await read(kernel, path), "inside", path);
  }
});

Deno.test("readFileInRoot() refuses magic links and loops", async () => {
  const kernel = kernelWithTree();
  const cases = [["/loop", "/jail"], ["/proc/self/root/secret", "/"], ["/proc/1/cwd/secret", "/"]];
  for (const [path = "", root] of cases) {
    const error = await assertRejects(() => read(kernel, path, root), SyscallError);
    assertEquals(error.message, `Cannot openat2 "${path}": ELOOP (40)`);
  }
});

Deno.test("readFileInRoot() gives pieces of at most 64 KiB, and all of the file", async () => {
  const kernel = new FakeKernel();
  const content = new Uint8Array(64 * 1024 * 2 + 1).map((_, at) => at % 251);
  kernel.addFile("/big", content);
  kernel.addFile("/empty", "");
  const pieces = await Array.fromAsync(readFileInRoot(kernel, "/", "/big", signal));
  assertEquals(pieces.map(({ length }) => length), [64 * 1024, 64 * 1024, 1]);
  assertEquals(new Uint8Array(pieces.flatMap((piece) => [...piece])), content);
  assertEquals(await read(kernel, "/empty", "/"), "");
});

Deno.test("readFileInRoot() refuses what is no regular file, and relative paths", async () => {
  const kernel = kernelWithTree();
  const cases = [
    ["/fifo", 'Cannot read "/fifo": it is a fifo, must be a regular file'],
    ["/a", 'Cannot read "/a": it is a directory, must be a regular file'],
    ["secret", 'Cannot use path "secret": it must be absolute, without NUL'],
    ["", 'Cannot use path "": it must be absolute, without NUL'],
    ["/a\0", 'Cannot use path "/a\\u0000": it must be absolute, without NUL'],
  ] as const;
  for (const [path, message] of cases) {
    const error = await assertRejects(() => read(kernel, path), FileRefusedError);
    assertEquals(error.message, message);
  }
  const missing = await assertRejects(() => read(kernel, "/nothing"), SyscallError);
  assertEquals(missing.message, 'Cannot openat2 "/nothing": ENOENT (2)');
});

Deno.test("readFileInRoot() ends with the reason of its signal and closes the file", async () => {
  const kernel = new FakeKernel();
  kernel.mkdir("/tmpfs", 0o755);
  const tmpfs = { source: "tmpfs", fstype: "tmpfs", flags: 0n, data: "" };
  kernel.mount({ ...tmpfs, target: "/tmpfs" });
  kernel.writeFile("/tmpfs/big", new Uint8Array(200_000), { mode: 0o644 });
  const stop = new AbortController();
  const pieces = readFileInRoot(kernel, "/", "/tmpfs/big", stop.signal);
  assertEquals((await pieces.next()).value?.length, 64 * 1024);
  stop.abort(new RangeError("enough"));
  await assertRejects(() => pieces.next(), RangeError, "enough");
  kernel.unmount("/tmpfs"); // Busy while anything in it is open.
});

Deno.test("listFilesInRoot() shows the path itself, then depth first in order, as deep as asked", async () => {
  const kernel = kernelWithTree();
  const names = async (depth: number, path = "/a"): Promise<string[]> =>
    (await list(kernel, path, { depth })).map(({ relativeName }) => relativeName);
  assertEquals(await names(0), ["."]);
  assertEquals(await names(1), [".", "b", "file"]);
  assertEquals(await names(2), [".", "b", "b/c", "file"]);
  const all = [".", "b", "b/c", "b/c/deep", "file"];
  for (const depth of [3, 1000, Infinity]) assertEquals(await names(depth), all);
  assertEquals(await names(5, "/a/file"), ["file"]);
});

Deno.test("listFilesInRoot() tells what each file is and does not follow links below", async () => {
  const kernel = kernelWithTree();
  const files = new Map((await list(kernel, "/")).map((file) => [file.name, file]));
  assertEquals([...files.keys()], [
    "/",
    "/a",
    "/absolute",
    "/fifo",
    "/loop",
    "/proc",
    "/secret",
    "/up",
  ]);
  assertEquals(files.get("/secret"), {
    name: "/secret",
    relativeName: "secret",
    type: "file",
    size: 6n,
    mode: 0o644,
    modified: 1_700_000_000n,
    link: "",
    uid: 0,
    gid: 0,
    attributes: [],
    error: "",
  });
  const { type, link } = files.get("/absolute") ?? {};
  assertEquals([type, link, files.get("/fifo")?.type], ["symlink", "/secret", "other"]);
  const [followed] = await list(kernel, "/absolute");
  assertEquals([followed?.type, followed?.size, followed?.relativeName], ["file", 6n, "absolute"]);
});

Deno.test("listFilesInRoot() gives only the types asked for and looks into the others still", async () => {
  const kernel = kernelWithTree();
  const names = async (types: Listing["types"]): Promise<string[]> =>
    (await list(kernel, "/", { depth: Infinity, types })).map(({ name }) => name);
  assertEquals(await names(["file"]), ["/a/b/c/deep", "/a/file", "/secret"]);
  assertEquals(await names(["directory"]), ["/", "/a", "/a/b", "/a/b/c"]);
  assertEquals(await names(["symlink", "other"]), ["/absolute", "/fifo", "/loop", "/proc", "/up"]);
});

const TEXT = new TextEncoder();

/** What a listing tells of the attributes of each entry below /a, and the error if any. */
async function attributes(
  kernel: FakeKernel,
  options: Partial<Listing> = {},
): Promise<Record<string, string>> {
  const files = await list(kernel, "/a", { depth: Infinity, attributes: true, ...options });
  const said = files.map((file) => {
    const values = file.attributes.map(({ name, data }) =>
      `${name}=${new TextDecoder().decode(data)}`
    );
    return [file.relativeName, `${values.join(" ")}${file.error}`];
  });
  return Object.fromEntries(said);
}

Deno.test("listFilesInRoot() tells extended attributes when asked, at every level and of links their own", async () => {
  const kernel = kernelWithTree();
  kernel.addLink("/jail/a/link", "file");
  for (const path of ["/jail/a", "/jail/a/b/c", "/jail/a/file", "/jail/a/link"]) {
    kernel.setAttribute(path, "user.of", TEXT.encode(path));
  }
  kernel.setAttribute("/jail/a/file", "security.selinux", TEXT.encode("label"));
  assertEquals(await attributes(kernel), {
    ".": "user.of=/jail/a",
    "b": "",
    "b/c": "user.of=/jail/a/b/c",
    "b/c/deep": "",
    "file": "security.selinux=label user.of=/jail/a/file",
    "link": "user.of=/jail/a/link",
  });
  const one = await list(kernel, "/a/link", { attributes: true });
  assertEquals(one.map((each) => each.attributes.length), [2], "a link asked for is followed");
  const unasked = await list(kernel, "/a", { depth: Infinity });
  assertEquals(unasked.flatMap((each) => each.attributes), []);
});

Deno.test("listFilesInRoot() leaves out attributes that are refused and tells the rest of the entry", async () => {
  const cases = [
    ["listxattr", "EOPNOTSUPP", "security.selinux=label"],
    ["listxattr", "EIO", "security.selinux=label"],
    ["user.secret", "EACCES", "security.selinux=label user.other=2"],
    ["user.secret", "ENODATA", "security.selinux=label user.other=2"],
    ["security.selinux", "EOPNOTSUPP", "user.secret=1 user.other=2"],
    ["getxattr", "EPERM", ""],
    // Gone between the look at it and the look at its attributes.
    ["/a/file", "ENOENT", ""],
  ] as const;
  for (const [what, code, told] of cases) {
    const kernel = kernelWithTree();
    kernel.setAttribute("/jail/a/file", "user.secret", TEXT.encode("1"));
    kernel.setAttribute("/jail/a/file", "user.other", TEXT.encode("2"));
    kernel.setAttribute("/jail/a/file", "security.selinux", TEXT.encode("label"));
    kernel.refuse(what, code);
    const files = await list(kernel, "/a", { attributes: true });
    assertEquals(files.map(({ name, size, error }) => [name, size, error]), [
      ["/a", 0n, ""],
      ["/a/b", 0n, ""],
      ["/a/file", 1n, ""],
    ]);
    assertEquals((await attributes(kernel))["file"], told, `${what} ${code}`);
  }
});

Deno.test("listFilesInRoot() tells attributes beside why a directory cannot be looked into", async () => {
  const kernel = kernelWithTree(new ForgetfulKernel());
  kernel.setAttribute("/jail/a/b", "user.of", TEXT.encode("b"));
  const { b } = await attributes(kernel);
  assertEquals(b, 'user.of=bCannot getdents64 "/a/b": ENOENT (2)');
});

Deno.test("listFilesInRoot() lets others have a turn between entries with many attributes", async () => {
  const kernel = new FakeKernel();
  for (const name of ["x", "y", "z"]) {
    kernel.addFile(`/jail/a/${name}`, "");
    for (let at = 0; at < 255; at++) {
      kernel.setAttribute(`/jail/a/${name}`, `user.${at}`, new Uint8Array(1));
    }
  }
  const turns = async (asked: boolean): Promise<number> => {
    let turns = 0;
    const others = (): void => {
      turns += 1;
      next = setTimeout(others, 0);
    };
    let next = setTimeout(others, 0);
    await list(kernel, "/a", { attributes: asked });
    clearTimeout(next);
    return turns;
  };
  assertEquals(await turns(false), 0);
  assertEquals(await turns(true) >= 3, true);
});

/** Has directories that cannot be read, though they can be opened: such is a process of /proc that ends meanwhile. */
class ForgetfulKernel extends FakeKernel {
  override openInRoot(...[root, path, options]: Parameters<FakeKernel["openInRoot"]>): RootedFile {
    const file = super.openInRoot(root, path, options);
    if (path !== "/a/b") return file;
    const names = (): never => {
      throw new SyscallError({ call: "getdents64", errno: 2, subject: path });
    };
    return { ...file, names };
  }
}

Deno.test("listFilesInRoot() tells why a directory cannot be looked into, once, and goes on", async () => {
  const refusing = kernelWithTree();
  refusing.refuse("/a/b", "EACCES");
  const cases = [
    [refusing, 'Cannot openat2 "/a/b": EACCES (13)'],
    [kernelWithTree(new ForgetfulKernel()), 'Cannot getdents64 "/a/b": ENOENT (2)'],
  ] as const;
  for (const [kernel, error] of cases) {
    for (const types of [[], ["file"]] as const) {
      const files = await list(kernel, "/a", { depth: Infinity, types });
      const below = files.filter(({ name }) => name !== "/a");
      assertEquals(below.map(({ name, error }) => [name, error]), [["/a/b", error], [
        "/a/file",
        "",
      ]]);
    }
  }
  const error = await assertRejects(() => list(refusing, "/a/b"), SyscallError);
  assertEquals(error.message, 'Cannot openat2 "/a/b": EACCES (13)');
});

/** Sees a directory become a link between the look at it and its opening. */
class RacingKernel extends FakeKernel {
  override openInRoot(...[root, path, options]: Parameters<FakeKernel["openInRoot"]>): RootedFile {
    if (path === "/a/b") this.addLink("/jail/a/b", "/elsewhere");
    return super.openInRoot(root, path, options);
  }
}

Deno.test("listFilesInRoot() does not follow what became a link meanwhile", async () => {
  const kernel = kernelWithTree(new RacingKernel());
  kernel.addFile("/jail/elsewhere/hidden", "");
  const files = await list(kernel, "/a", { depth: Infinity });
  assertEquals(files.map(({ name, error }) => [name, error]), [
    ["/a", ""],
    ["/a/b", 'Cannot getdents64 "/a/b": ENOTDIR (20)'],
    ["/a/file", ""],
  ]);
});

Deno.test("listFilesInRoot() refuses relative paths and ends with the reason of its signal", async () => {
  const kernel = kernelWithTree();
  await assertRejects(() => list(kernel, "a"), FileRefusedError, 'Cannot use path "a"');
  const stop = new AbortController();
  const listing = { path: "/", depth: Infinity, types: [], attributes: false, signal: stop.signal };
  const files = listFilesInRoot(kernel, "/jail", listing);
  assertEquals((await files.next()).value?.name, "/");
  stop.abort(new RangeError("enough"));
  await assertRejects(() => files.next(), RangeError, "enough");
});
