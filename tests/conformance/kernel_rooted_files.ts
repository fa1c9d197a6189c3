/** Part of the kernel's suite: files that cannot leave their root. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Kernel } from "../../fs/kernel/kernel.ts";
import { SyscallError } from "../../fs/kernel/syscall_error.ts";
import { assertRefused, assertRefusedLater, type Claim, tmpfsAt } from "./kernel_bench.ts";

export function rootedFileConformance(claim: Claim): void {
  walking(claim);
  reading(claim);
  listing(claim);
}

function walking(claim: Claim): void {
  claim("openInRoot() stays inside for .., absolute links and links with ..", async (bench) => {
    const { kernel, root } = bench;
    kernel.mkdir(`${root}/jail/etc`, 0o755);
    kernel.writeFile(`${root}/secret`, "outside", { mode: 0o644 });
    kernel.writeFile(`${root}/jail/secret`, "inside", { mode: 0o644 });
    kernel.symlink("/secret", `${root}/jail/etc/absolute`);
    kernel.symlink("../../../secret", `${root}/jail/etc/above`);
    const paths = ["/secret", "secret", "/../secret", "/../../secret", "/etc/absolute"];
    for (const path of [...paths, "/etc/above", "/etc/../../secret"]) {
      assertEquals(await textAt(kernel, `${root}/jail`, path), "inside", path);
    }
    assertEquals(await textAt(kernel, "/", `${root}/secret`), "outside");
  });

  claim("openInRoot() refuses magic links, at the end and on the way", ({ kernel }) => {
    for (const path of ["/proc/self/exe", "/proc/self/root/etc", "/proc/self/cwd"]) {
      const error = assertRefused(() => kernel.openInRoot("/", path), "ELOOP");
      assertEquals(error.subject, path);
    }
    using link = kernel.openInRoot("/", "/proc/self/exe", { follow: false });
    assertEquals(link.status.type, "symlink");
  });

  claim("openInRoot() refuses what is missing and links in a circle", ({ kernel, root }) => {
    kernel.symlink("circle", `${root}/circle`);
    kernel.writeFile(`${root}/file`, "", { mode: 0o644 });
    assertRefused(() => kernel.openInRoot(root, "/circle"), "ELOOP");
    assertRefused(() => kernel.openInRoot(root, "/missing"), "ENOENT");
    assertRefused(() => kernel.openInRoot(root, "/file/x"), "ENOTDIR");
    assertRefused(() => kernel.openInRoot(root, "/file/"), "ENOTDIR");
    assertRefused(() => kernel.openInRoot(`${root}/file`, "/"), "ENOTDIR");
    assertRefused(() => kernel.openInRoot(`${root}/missing`, "/"), "ENOENT");
  });

  claim("openInRoot() with follow: false opens the link itself", ({ kernel, root }) => {
    kernel.symlink("some/where", `${root}/link`);
    using link = kernel.openInRoot(root, "/link", { follow: false });
    assertEquals(link.status.type, "symlink");
    assertEquals(link.readLink(), "some/where");
    using directory = kernel.openInRoot(root, "/");
    assertRefused(() => directory.readLink(), "EINVAL");
  });
}

function reading(claim: Claim): void {
  claim("openInRoot() reads at an offset, to the end and after it", async ({ kernel, root }) => {
    kernel.writeFile(`${root}/file`, "0123456789", { mode: 0o644 });
    using file = kernel.openInRoot(root, "file");
    assertEquals(file.status.size, 10n);
    const buffer = new Uint8Array(4);
    assertEquals(await file.read(buffer, 3n), 4);
    assertEquals(new TextDecoder().decode(buffer), "3456");
    assertEquals(await file.read(buffer, 8n), 2);
    assertEquals(await file.read(buffer, 10n), 0);
    assertEquals(await file.read(buffer, 1_000n), 0);
  });

  claim("openInRoot() reads a file of /proc, which has no size", async ({ kernel }) => {
    using file = kernel.openInRoot("/", "/proc/self/mountinfo");
    assertEquals(file.status.size, 0n);
    const buffer = new Uint8Array(1 << 16);
    const text = new TextDecoder().decode(buffer.subarray(0, await file.read(buffer, 0n)));
    assertEquals(text.includes(" / / "), true);
  });

  claim("openInRoot() waits for nobody at a fifo and reads from none", async (bench) => {
    const { kernel, root } = bench;
    bench.makeFifo(`${root}/fifo`);
    using fifo = kernel.openInRoot(root, "/fifo");
    assertEquals(fifo.status.type, "fifo");
    await assertRefusedLater(() => fifo.read(new Uint8Array(1), 0n), "EINVAL");
    assertRefused(() => fifo.names(), "ENOTDIR");
  });

  claim("openInRoot() reads no directory and nothing once disposed of", async (bench) => {
    const { kernel, root } = bench;
    const directory = kernel.openInRoot(root, "/");
    await assertRefusedLater(() => directory.read(new Uint8Array(1), 0n), "EISDIR");
    directory[Symbol.dispose]();
    directory[Symbol.dispose]();
    assertRefused(() => directory.names(), "EBADF");
    kernel.writeFile(`${root}/file`, "x", { mode: 0o644 });
    const file = kernel.openInRoot(root, "/file");
    file[Symbol.dispose]();
    await assertRejects(() => file.read(new Uint8Array(1), 0n), SyscallError, "EBADF");
  });
}

function listing(claim: Claim): void {
  claim("openInRoot() lists a directory as often as asked, and tells of its entries", (bench) => {
    const { kernel, root } = bench;
    kernel.writeFile(`${root}/file`, "123", { mode: 0o600 });
    kernel.symlink("gone", `${root}/link`);
    kernel.mkdir(`${root}/mounted`, 0o755);
    kernel.mount(tmpfsAt(`${root}/mounted`));
    using directory = kernel.openInRoot(root, "/");
    for (const _ of [1, 2]) {
      assertEquals([...directory.names()].sort(), ["file", "link", "mounted"]);
    }
    const { status, link } = directory.entry("file");
    assertEquals([status.type, status.size, status.mode, link], ["file", 3n, 0o600, ""]);
    assertEquals(directory.entry("link").status.type, "symlink");
    assertEquals(directory.entry("link").link, "gone");
    // What is mounted there is what one would get.
    const mounted = directory.entry("mounted").status;
    assertEquals(mounted.device, kernel.lstat(`${root}/mounted`)?.device);
    assertRefused(() => directory.entry("missing"), "ENOENT");
    for (const name of ["", ".", "..", "a/b", "a\0b"]) {
      assertThrows(() => directory.entry(name), RangeError, "not the name");
    }
  });

  claim("openInRoot() gives no entries of a file", ({ kernel, root }) => {
    kernel.writeFile(`${root}/file`, "", { mode: 0o644 });
    using file = kernel.openInRoot(root, "/file");
    assertRefused(() => file.names(), "ENOTDIR");
    assertRefused(() => file.entry("x"), "ENOTDIR");
  });
}

async function textAt(kernel: Kernel, root: string, path: string): Promise<string> {
  using file = kernel.openInRoot(root, path);
  const buffer = new Uint8Array(100);
  return new TextDecoder().decode(buffer.subarray(0, await file.read(buffer, 0n)));
}
