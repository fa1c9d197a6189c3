/** Part of the kernel's suite: binds. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertMatch } from "@std/assert";
import { MOUNT_ATTR } from "../../fs/kernel/constants.ts";
import type { Kernel } from "../../fs/kernel/kernel.ts";
import { assertRefused, type Claim, mountLines, tmpfsAt } from "./kernel_bench.ts";

const SEALED = MOUNT_ATTR.RDONLY | MOUNT_ATTR.NOSUID | MOUNT_ATTR.NODEV | MOUNT_ATTR.NOEXEC;

export function bindConformance(claim: Claim): void {
  claim("bind() lays a file over a file, with attributes", ({ kernel, root }) => {
    const { source, target } = twoFiles(kernel, root);
    kernel.bind({ source, target, attributes: SEALED });
    assertEquals(kernel.readText(target), "new");
    assertMatch(mountLines(kernel, target)[0] ?? "", / \/source \S+ ro,nosuid,nodev,noexec,/);
    const writeThrough = () => kernel.writeFile(target, "x", { mode: 0o644, direct: true });
    assertRefused(writeThrough, "EROFS");
    kernel.writeFile(source, "through", { mode: 0o644, direct: true });
    assertEquals(kernel.readText(target), "through");
    kernel.unmount(target);
    assertEquals(kernel.readText(target), "old");
  });

  claim("bind() lays a directory over a directory, without what is mounted in it", (bench) => {
    const { kernel, root } = bench;
    const [source, target] = [`${root}/source`, `${root}/target`];
    kernel.mkdir(`${source}/inner`, 0o755);
    kernel.mkdir(target, 0o755);
    kernel.mount(tmpfsAt(`${source}/inner`));
    kernel.writeFile(`${source}/inner/hidden`, "", { mode: 0o644 });
    kernel.bind({ source, target, attributes: MOUNT_ATTR.RDONLY });
    assertEquals(kernel.names(target), ["inner"]);
    assertEquals(kernel.names(`${target}/inner`), []);
    assertRefused(() => kernel.mkdir(`${target}/more`, 0o755), "EROFS");
    kernel.mkdir(`${source}/more`, 0o755);
    assertEquals(kernel.names(target), ["inner", "more"]);
  });

  claim("bind() refuses a directory over a file and what is not there", ({ kernel, root }) => {
    const { source, target } = twoFiles(kernel, root);
    assertRefused(() => kernel.bind({ source: root, target, attributes: 0n }), "EINVAL");
    const missing = `${root}/missing`;
    assertRefused(() => kernel.bind({ source: missing, target, attributes: 0n }), "ENOENT");
    assertRefused(() => kernel.bind({ source, target: missing, attributes: 0n }), "ENOENT");
  });

  claim("bind() and replaceBind() follow no link to their target", ({ kernel, root }) => {
    const { source, target } = twoFiles(kernel, root);
    kernel.mkdir(`${root}/dir`, 0o755);
    kernel.writeFile(`${root}/dir/file`, "old", { mode: 0o644 });
    kernel.symlink("target", `${root}/link`);
    kernel.symlink("dir", `${root}/dirlink`);
    for (const path of [`${root}/link`, `${root}/dirlink/file`]) {
      const request = { source, target: path, attributes: SEALED };
      assertRefused(() => kernel.bind(request), "ELOOP");
      assertRefused(() => kernel.replaceBind(request), "ELOOP");
    }
    assertEquals(kernel.readText(target), "old");
  });

  claim("writeFile() and remove() refuse a file that is mounted over", ({ kernel, root }) => {
    const { source, target } = twoFiles(kernel, root);
    kernel.bind({ source, target, attributes: 0n });
    assertRefused(() => kernel.writeFile(target, "x", { mode: 0o644 }), "EBUSY");
    assertRefused(() => kernel.remove(target), "EBUSY");
  });

  claim("replaceBind() swaps the mount and leaves one", ({ kernel, root }) => {
    const { source, target } = twoFiles(kernel, root);
    kernel.bind({ source, target, attributes: SEALED });
    for (const content of ["first", "second"]) {
      kernel.writeFile(source, content, { mode: 0o644 });
      assertEquals(kernel.readText(target), content === "first" ? "new" : "first");
      kernel.replaceBind({ source, target, attributes: SEALED });
      assertEquals(kernel.readText(target), content);
    }
    assertEquals(mountLines(kernel, target).length, 1);
    assertMatch(mountLines(kernel, target)[0] ?? "", / ro,nosuid,nodev,noexec,/);
    kernel.unmount(target);
    assertEquals(kernel.readText(target), "old");
  });

  claim("replaceBind() refuses where nothing is mounted", ({ kernel, root }) => {
    const { source, target } = twoFiles(kernel, root);
    assertRefused(() => kernel.replaceBind({ source, target, attributes: SEALED }), "EINVAL");
    assertEquals(kernel.readText(target), "old");
  });
}

function twoFiles(kernel: Kernel, root: string): { source: string; target: string } {
  const [source, target] = [`${root}/source`, `${root}/target`];
  kernel.writeFile(source, "new", { mode: 0o644 });
  kernel.writeFile(target, "old", { mode: 0o644 });
  return { source, target };
}
