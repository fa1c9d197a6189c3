/** Part of the kernel's suite: mounting. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { MS } from "../../fs/kernel/constants.ts";
import { SyscallError } from "../../fs/kernel/syscall_error.ts";
import { assertRefused, type Claim, mountLines, tmpfsAt } from "./kernel_bench.ts";

export function mountConformance(claim: Claim): void {
  attaching(claim);
  leaving(claim);
  changing(claim);
  waiting(claim);
}

function attaching(claim: Claim): void {
  claim("mount() covers the target and mountinfo tells how", ({ kernel, root }) => {
    const target = `${root}/a place`;
    kernel.mkdir(target, 0o755);
    kernel.writeFile(`${target}/below`, "", { mode: 0o644 });
    kernel.mount({ ...tmpfsAt(target), flags: MS.NOSUID | MS.NODEV });
    assertEquals(kernel.names(target), []);
    const [line = "", ...more] = mountLines(kernel, target.replace(" ", "\\040"));
    assertEquals(more, []);
    assertMatch(line, /^\d+ \d+ \d+:\d+ \/ \S+ rw,nosuid,nodev,\S* (?:\S+ )?- tmpfs tmpfs rw/);
  });

  claim("mount() refuses a target that does not exist", ({ kernel, root }) => {
    const error = assertRefused(() => kernel.mount(tmpfsAt(`${root}/missing`)), "ENOENT");
    assertEquals(error.message, `Cannot mount "${root}/missing": ENOENT (2)`);
  });

  claim("mount() refuses a file as the target", ({ kernel, root }) => {
    kernel.writeFile(`${root}/file`, "", { mode: 0o644 });
    assertRefused(() => kernel.mount(tmpfsAt(`${root}/file`)), "ENOTDIR");
  });

  claim("mount() refuses a file system the kernel does not know", ({ kernel, root }) => {
    const request = { ...tmpfsAt(root), fstype: "nosuchfs", data: "" };
    assertRefused(() => kernel.mount(request), "ENODEV");
  });

  claim(
    "mountOutside() mounts as mount() does, and refuses in its words",
    async ({ kernel, root }) => {
      const target = `${root}/outside`;
      kernel.mkdir(target, 0o755);
      await kernel.mountOutside({ ...tmpfsAt(target), flags: MS.NOSUID | MS.NODEV });
      const [line = ""] = mountLines(kernel, target);
      assertMatch(line, / rw,nosuid,nodev,\S* (?:\S+ )?- tmpfs tmpfs rw/);
      const missing = tmpfsAt(`${root}/missing`);
      const error = await assertRejects(() => kernel.mountOutside(missing), SyscallError);
      assertEquals(error.message, `Cannot mount "${root}/missing": ENOENT (2)`);
      const unknown = { ...tmpfsAt(root), fstype: "nosuchfs", data: "" };
      await assertRejects(() => kernel.mountOutside(unknown), SyscallError, "ENODEV");
      const split = tmpfsAt(`${root}\0/x`);
      await assertRejects(() => kernel.mountOutside(split), RangeError, "NUL");
    },
  );

  claim("mount() refuses a path with a NUL as a RangeError", ({ kernel, root }) => {
    assertThrows(() => kernel.mount(tmpfsAt(`${root}\0/x`)), RangeError, "NUL");
  });

  claim("mount() lays one mount over another and unmount() uncovers it", ({ kernel, root }) => {
    const target = `${root}/stack`;
    kernel.mkdir(target, 0o755);
    for (const name of ["lower", "upper"]) {
      kernel.mount(tmpfsAt(target));
      kernel.writeFile(`${target}/${name}`, name, { mode: 0o644 });
    }
    assertEquals(kernel.names(target), ["upper"]);
    assertEquals(mountLines(kernel, target).length, 2);
    kernel.unmount(target);
    assertEquals(kernel.names(target), ["lower"]);
    kernel.unmount(target);
    assertEquals(kernel.names(target), []);
    assertRefused(() => kernel.unmount(target), "EINVAL");
  });

  claim("mount() with RDONLY has changes refused", ({ kernel, root }) => {
    kernel.mount({ ...tmpfsAt(root), flags: MS.RDONLY });
    const write = () => kernel.writeFile(`${root}/x`, "", { mode: 0o644 });
    assertRefused(write, "EROFS");
    assertRefused(() => kernel.mkdir(`${root}/d`, 0o755), "EROFS");
    assertRefused(() => kernel.symlink("x", `${root}/l`), "EROFS");
  });

  claim("moveMount() takes a mount with all below it", ({ kernel, root }) => {
    const [from, to] = [`${root}/from`, `${root}/to`];
    for (const path of [from, to]) kernel.mkdir(path, 0o755);
    kernel.mount(tmpfsAt(from));
    kernel.mkdir(`${from}/inner`, 0o755);
    kernel.mount(tmpfsAt(`${from}/inner`));
    kernel.writeFile(`${from}/inner/file`, "here", { mode: 0o644 });
    kernel.moveMount(from, to);
    assertEquals(kernel.readText(`${to}/inner/file`), "here");
    assertEquals(kernel.names(from), []);
    assertEquals(mountLines(kernel, `${to}/inner`).length, 1);
    assertRefused(() => kernel.moveMount(from, to), "EINVAL");
    assertRefused(() => kernel.moveMount(to, `${to}/inner`), "ELOOP");
  });
}

function leaving(claim: Claim): void {
  claim("unmount() refuses where nothing is mounted", ({ kernel, root }) => {
    kernel.mkdir(`${root}/bare`, 0o755);
    assertRefused(() => kernel.unmount(`${root}/bare`), "EINVAL");
    assertRefused(() => kernel.unmount(`${root}/missing`), "ENOENT");
  });

  claim("unmount() does not follow a link", ({ kernel, root }) => {
    kernel.mkdir(`${root}/real`, 0o755);
    kernel.mount(tmpfsAt(`${root}/real`));
    kernel.symlink("real", `${root}/link`);
    assertRefused(() => kernel.unmount(`${root}/link`), "EINVAL");
    assertEquals(mountLines(kernel, `${root}/real`).length, 1);
  });

  claim("unmount() refuses what is in use, unless it may detach", ({ kernel, root }) => {
    const target = `${root}/busy`;
    kernel.mkdir(target, 0o755);
    kernel.mount(tmpfsAt(target));
    kernel.mkdir(`${target}/inner`, 0o755);
    kernel.mount(tmpfsAt(`${target}/inner`));
    assertRefused(() => kernel.unmount(target), "EBUSY");
    kernel.unmount(`${target}/inner`);
    using held = kernel.openInRoot(target, "/inner");
    assertRefused(() => kernel.unmount(target), "EBUSY");
    kernel.unmount(target, { detach: true });
    assertEquals(mountLines(kernel, target), []);
    assertEquals(held.status.type, "directory");
  });
}

function changing(claim: Claim): void {
  claim("remount() makes a mount read-only and writable again", ({ kernel, root }) => {
    const target = `${root}/m`;
    kernel.mkdir(target, 0o755);
    kernel.mount(tmpfsAt(target));
    const write = () => kernel.writeFile(`${target}/x`, "1", { mode: 0o644 });
    write();
    kernel.remount(target, MS.REMOUNT | MS.RDONLY);
    assertRefused(write, "EROFS");
    assertMatch(mountLines(kernel, target)[0] ?? "", / ro,.* - tmpfs tmpfs ro/);
    kernel.remount(target, MS.REMOUNT);
    write();
    kernel.remount(target, MS.REMOUNT | MS.BIND | MS.RDONLY);
    assertRefused(write, "EROFS");
    assertMatch(mountLines(kernel, target)[0] ?? "", / ro,.* - tmpfs tmpfs rw/);
  });

  claim("remount() changes propagation", ({ kernel, root }) => {
    const target = `${root}/m`;
    kernel.mkdir(target, 0o755);
    kernel.mount(tmpfsAt(target));
    kernel.remount(target, MS.SHARED);
    assertMatch(mountLines(kernel, target)[0] ?? "", / shared:\d+ - /);
    kernel.remount(target, MS.PRIVATE | MS.REC);
    assert(!(mountLines(kernel, target)[0] ?? "").includes("shared"));
  });

  claim("remount() refuses where nothing is mounted", ({ kernel, root }) => {
    kernel.mkdir(`${root}/bare`, 0o755);
    assertRefused(() => kernel.remount(`${root}/bare`, MS.REMOUNT | MS.RDONLY), "EINVAL");
  });

  claim("statfs() tells the size a tmpfs was given", ({ kernel, root }) => {
    kernel.mount(tmpfsAt(root));
    const { size, available } = kernel.statfs(root);
    assertEquals(size, 1n << 20n);
    assert(available <= size && available > 0n);
    assertRefused(() => kernel.statfs(`${root}/missing`), "ENOENT");
  });
}

function waiting(claim: Claim): void {
  claim(
    "mountsChanged() tells of a mount made between two calls, once",
    async ({ kernel, root }) => {
      await kernel.mountsChanged(0);
      assertEquals(await kernel.mountsChanged(0), false);
      kernel.mount(tmpfsAt(root));
      assertEquals(await kernel.mountsChanged(0), true);
      assertEquals(await kernel.mountsChanged(0), false);
      kernel.unmount(root);
      assertEquals(await kernel.mountsChanged(60_000), true);
    },
  );

  claim("mountsChanged() wakes at a mount made while it waits", async ({ kernel, root }) => {
    await kernel.mountsChanged(0);
    const changed = kernel.mountsChanged(60_000);
    kernel.mount(tmpfsAt(root));
    assertEquals(await changed, true);
  });

  claim("mountsChanged() ends with the reason of its signal", async ({ kernel }) => {
    await kernel.mountsChanged(0);
    const stop = new AbortController();
    const changed = kernel.mountsChanged(60_000, { signal: stop.signal });
    stop.abort(new RangeError("enough"));
    await assertRejects(() => changed, RangeError, "enough");
  });

  claim("mountsChanged() refuses times out of range", async ({ kernel }) => {
    for (const timeoutMs of [-1, 60_001, NaN]) {
      await assertRejects(() => kernel.mountsChanged(timeoutMs), RangeError, "0 to 60000");
    }
  });
}
