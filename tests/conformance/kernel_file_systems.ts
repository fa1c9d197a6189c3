/** Part of the kernel's suite: file systems made by descriptor, and mounts known by their number. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { MOUNT_ATTR, MS } from "../../fs/kernel/constants.ts";
import { assertRefused, type Claim, mountLines, tmpfsAt } from "./kernel_bench.ts";

export function fileSystemConformance(claim: Claim): void {
  making(claim);
  leavingExactly(claim);
}

function making(claim: Claim): void {
  const tmpfs = (target: string) => ({
    source: "ours",
    target,
    fstype: "tmpfs",
    attributes: MOUNT_ATTR.NOSUID | MOUNT_ATTR.NODEV | MOUNT_ATTR.NOEXEC,
    parameters: ["size=1m", "mode=0750"],
  });

  claim("attachFileSystem() makes a file system with its parameters and attributes", (bench) => {
    const { kernel, root } = bench;
    const target = `${root}/a place`;
    kernel.mkdir(target, 0o755);
    kernel.attachFileSystem(tmpfs(target));
    const [line = "", ...more] = mountLines(kernel, target.replace(" ", "\\040"));
    assertEquals(more, []);
    assertMatch(line, / rw,nosuid,nodev,noexec,\S* (?:\S+ )?- tmpfs ours rw,size=1/);
    assertEquals(kernel.statfs(target).size, 1n << 20n);
    kernel.writeFile(`${target}/kept`, "kept", { mode: 0o644 });
    kernel.reconfigure(target, ["size=2m"]);
    assertEquals(kernel.statfs(target).size, 2n << 20n);
    assertEquals(kernel.readText(`${target}/kept`), "kept");
  });

  claim(
    "mountsChanged() tells of a remount, and of no reconfiguration",
    async ({ kernel, root }) => {
      const target = `${root}/told`;
      kernel.mkdir(target, 0o755);
      kernel.attachFileSystem(tmpfs(target));
      await kernel.mountsChanged(0);
      await kernel.mountsChanged(0);
      kernel.reconfigure(target, ["size=2m"]);
      assertEquals(await kernel.mountsChanged(0), false);
      kernel.remount(target, MS.REMOUNT | MS.BIND | MS.NOSUID | MS.NODEV | MS.NOEXEC);
      assertEquals(await kernel.mountsChanged(0), true);
    },
  );

  claim("attachFileSystem() follows no link, and refuses what mount() refuses", (bench) => {
    const { kernel, root } = bench;
    kernel.mkdir(`${root}/real/inner`, 0o755);
    kernel.symlink("real", `${root}/link`);
    for (const target of [`${root}/link`, `${root}/link/inner`]) {
      assertRefused(() => kernel.attachFileSystem(tmpfs(target)), "ELOOP");
      assertRefused(() => kernel.reconfigure(target, ["size=2m"]), "ELOOP");
    }
    assertRefused(() => kernel.attachFileSystem(tmpfs(`${root}/missing`)), "ENOENT");
    const unknown = { ...tmpfs(`${root}/real`), fstype: "nosuchfs" };
    assertRefused(() => kernel.attachFileSystem(unknown), "ENODEV");
    assertRefused(() => kernel.reconfigure(`${root}/real`, ["size=2m"]), "EINVAL");
    const long = { ...tmpfs(`${root}/real`), parameters: [`mode=${"0".repeat(256)}`] };
    assertThrows(() => kernel.attachFileSystem(long), RangeError, "at most 255");
  });

  claim("attachFileSystem() merges more layers than a page of mount data could name", (bench) => {
    const { kernel, root } = bench;
    const stem = `${root}/${"l".repeat(100)}`;
    // The uppermost comes first.
    const layers = Array.from({ length: 60 }, (_, count) => `${stem}${count}`);
    for (const [count, layer] of layers.entries()) {
      kernel.mkdir(layer, 0o755);
      kernel.writeFile(`${layer}/each`, `${count}`, { mode: 0o644 });
      kernel.writeFile(`${layer}/of${count}`, `${count}`, { mode: 0o644 });
    }
    const target = `${root}/merged`;
    kernel.mkdir(target, 0o755);
    kernel.attachFileSystem({
      source: "overlay",
      target,
      fstype: "overlay",
      attributes: 0n,
      parameters: layers.map((layer) => `lowerdir+=${layer}`),
    });
    assertEquals(kernel.readText(`${target}/each`), "0");
    assertEquals(kernel.names(target).length, 61);
    assertRefused(() => kernel.writeFile(`${target}/x`, "", { mode: 0o644 }), "EROFS");
  });
}

function leavingExactly(claim: Claim): void {
  claim("unmount() by number detaches that mount only, and follows no link", (bench) => {
    const { kernel, root } = bench;
    const target = `${root}/stack`;
    kernel.mkdir(`${target}`, 0o755);
    kernel.symlink("stack", `${root}/link`);
    for (const name of ["lower", "upper"]) {
      kernel.mount(tmpfsAt(target));
      kernel.writeFile(`${target}/${name}`, name, { mode: 0o644 });
    }
    const ids = mountLines(kernel, target).map((line) => Number(line.split(" ")[0]));
    const [lower = 0, upper = 0] = ids;
    const detach = (path: string, mountId: number) => () =>
      kernel.unmount(path, { detach: true, mountId });
    assertRefused(detach(target, lower), "EINVAL");
    assertRefused(detach(`${root}/link`, upper), "ELOOP");
    assertEquals(kernel.names(target), ["upper"]);
    using _held = kernel.openInRoot(target, "/upper");
    detach(target, upper)();
    assertEquals(kernel.names(target), ["lower"]);
    detach(target, lower)();
    assertRefused(detach(target, lower), "EINVAL");
  });
}
