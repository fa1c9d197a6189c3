/** Part of the kernel's suite: disks, images and layers. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { MS } from "../../fs/kernel/constants.ts";
import { assertRefused, type Claim } from "./kernel_bench.ts";

export function deviceConformance(claim: Claim): void {
  blockDevices(claim);
  images(claim);
  overlays(claim);
}

function blockDevices(claim: Claim): void {
  claim("renewXfsCopies() refuses what is no XFS", ({ kernel, root }) => {
    assertRefused(() => kernel.renewXfsCopies(root), "ENOTTY");
    assertRefused(() => kernel.renewXfsCopies(`${root}/missing`), "ENOENT");
  });

  claim("openBlockDevice() reads and writes a file in place", ({ kernel, root }) => {
    const path = `${root}/disk`;
    kernel.writeFile(path, new Uint8Array(4096), { mode: 0o600 });
    using disk = kernel.openBlockDevice(path, { access: "read-write" });
    assertEquals([disk.sizeBytes, disk.sectorBytes], [4096n, 512]);
    disk.writeAt(510n, new Uint8Array([0x55, 0xaa, 1]));
    disk.sync();
    assertEquals([...disk.readAt(509n, 5)], [0, 0x55, 0xaa, 1, 0]);
    assertEquals(kernel.readFile(path)[511], 0xaa);
    assertEquals(disk.readAt(4096n, 0).length, 0);
  });

  claim("openBlockDevice() keeps inside the disk", ({ kernel, root }) => {
    const path = `${root}/disk`;
    kernel.writeFile(path, new Uint8Array(1024), { mode: 0o600 });
    using disk = kernel.openBlockDevice(path, { access: "read-write" });
    assertThrows(() => disk.readAt(1020n, 5), RangeError, "it has bytes 0 to 1024");
    assertThrows(() => disk.readAt(-1n, 1), RangeError);
    assertThrows(() => disk.writeAt(1024n, new Uint8Array(1)), RangeError);
    assertEquals(kernel.lstat(path)?.size, 1024n);
  });

  claim("openBlockDevice() read-only does not write", ({ kernel, root }) => {
    const path = `${root}/disk`;
    kernel.writeFile(path, new Uint8Array(1024), { mode: 0o600 });
    using disk = kernel.openBlockDevice(path, { access: "read-only" });
    assertRefused(() => disk.writeAt(0n, new Uint8Array(1)), "EBADF");
    assertRefused(() => disk.rereadPartitions(), "ENOTTY");
  });

  claim("openBlockDevice() refuses what is no disk", (bench) => {
    const { kernel, root } = bench;
    const open = (path: string) => () => kernel.openBlockDevice(path, { access: "read-only" });
    bench.makeFifo(`${root}/fifo`);
    assertRefused(open(`${root}/fifo`), "ENOTBLK");
    assertRefused(open(root), "EISDIR");
    assertRefused(open(`${root}/missing`), "ENOENT");
  });

  claim("openBlockDevice() gives nothing once disposed of", ({ kernel, root }) => {
    kernel.writeFile(`${root}/disk`, new Uint8Array(1024), { mode: 0o600 });
    const disk = kernel.openBlockDevice(`${root}/disk`, { access: "read-only" });
    disk[Symbol.dispose]();
    disk[Symbol.dispose]();
    assertRefused(() => disk.readAt(0n, 1), "EBADF");
  });
}

function images(claim: Claim): void {
  claim("attachLoop() and mount() show an image, which outlives the disposal", (bench) => {
    const { kernel, root } = bench;
    bench.makeImage(`${root}/image`, { "etc/os-release": "NAME=test\n" });
    const target = `${root}/mounted`;
    kernel.mkdir(target, 0o755);
    let path: string;
    {
      using loop = kernel.attachLoop(`${root}/image`);
      path = loop.path;
      kernel.mount({ source: path, target, fstype: "squashfs", flags: MS.RDONLY, data: "" });
      using device = kernel.openBlockDevice(path, { access: "read-only" });
      assertEquals(device.sizeBytes, kernel.lstat(`${root}/image`)?.size);
      assertEquals(device.sectorBytes, 512);
      assertEquals(new TextDecoder().decode(device.readAt(0n, 4)), "hsqs");
    }
    assertEquals(kernel.lstat(path)?.type, "block");
    assertEquals(kernel.readText(`${target}/etc/os-release`), "NAME=test\n");
    assertRefused(() => kernel.mkdir(`${target}/x`, 0o755), "EROFS");
    assertRefused(() => kernel.unmount(root), "EBUSY");
    kernel.unmount(target);
    assertEquals(kernel.names(target), []);
  });

  claim("attachLoop() refuses a directory and what is missing", ({ kernel, root }) => {
    assertRefused(() => kernel.attachLoop(root), "EINVAL");
    assertRefused(() => kernel.attachLoop(`${root}/missing`), "ENOENT");
  });

  claim("mount() refuses a device without the file system, and what is no device", (bench) => {
    const { kernel, root } = bench;
    kernel.writeFile(`${root}/noise`, new Uint8Array(8192).fill(7), { mode: 0o644 });
    using loop = kernel.attachLoop(`${root}/noise`);
    const mount = (source: string) => () =>
      kernel.mount({ source, target: root, fstype: "squashfs", flags: MS.RDONLY, data: "" });
    assertRefused(mount(loop.path), "EINVAL");
    assertRefused(mount(`${root}/noise`), "ENOTBLK");
    assertRefused(mount(`${root}/missing`), "ENOENT");
  });
}

function overlays(claim: Claim): void {
  claim("mount() of an overlay shows both layers, and keeps what is written in it", (bench) => {
    const { kernel, root } = bench;
    const [lower, upper, work, target] = ["lower", "upper", "work", "merged"].map((name) => {
      kernel.mkdir(`${root}/${name}`, 0o755);
      return `${root}/${name}`;
    }) as [string, string, string, string];
    kernel.writeFile(`${lower}/a`, "lower", { mode: 0o644 });
    kernel.writeFile(`${lower}/b`, "lower", { mode: 0o644 });
    kernel.writeFile(`${upper}/b`, "upper", { mode: 0o644 });
    const data = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    const overlay = { source: "overlay", target, fstype: "overlay", flags: 0n, data };
    kernel.mount(overlay);
    assertEquals(["a", "b"].map((name) => kernel.readText(`${target}/${name}`)), [
      "lower",
      "upper",
    ]);
    kernel.writeFile(`${target}/a`, "written", { mode: 0o644 });
    assertEquals(kernel.readText(`${lower}/a`), "lower");
    kernel.unmount(target);
    assertEquals(kernel.names(target), []);
    kernel.mount(overlay);
    assertEquals(kernel.readText(`${target}/a`), "written");
    assertRefused(
      () => kernel.mount({ ...overlay, data: `lowerdir=${root}/missing` }),
      "ENOENT",
    );
  });
}
