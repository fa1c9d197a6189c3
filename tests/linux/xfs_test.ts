/** What real tools make, as we read it. On image files. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { type DiskContent, examineDisk } from "../../fs/data_disk.ts";
import { openLinux } from "../../fs/kernel/linux.ts";
import { parseXfsSuperblock, XFS_SUPERBLOCK_BYTES } from "../../fs/xfs.ts";
import { run } from "./linux_bench.ts";

const MIB = 1024 * 1024;
/** The smallest that mkfs.xfs makes. */
const XFS_BYTES = 300 * MIB;

/** Opened once: libc stays open between tests. */
const kernel = openLinux({ bind: "at once" });

function image(bytes: number): { readonly path: string } & Disposable {
  const path = Deno.makeTempFileSync({ suffix: ".img" });
  Deno.truncateSync(path, bytes);
  return { path, [Symbol.dispose]: () => Deno.removeSync(path) };
}

function examined(path: string): DiskContent {
  using device = kernel.openBlockDevice(path, { access: "read-only" });
  return examineDisk(device);
}

Deno.test("parseXfsSuperblock() reads what mkfs.xfs wrote", () => {
  using disk = image(XFS_BYTES);
  run("mkfs.xfs", "-q", "-f", "-L", "STRATA-VAR", disk.path);
  using device = kernel.openBlockDevice(disk.path, { access: "read-only" });
  assertEquals(parseXfsSuperblock(device.readAt(0n, XFS_SUPERBLOCK_BYTES)), {
    sizeBytes: BigInt(XFS_BYTES),
    label: "STRATA-VAR",
    isUnfinished: false,
  });
});

Deno.test("openVarVolume() asks for no smaller disk than mkfs.xfs does", () => {
  using disk = image(XFS_BYTES - MIB);
  let said = "";
  try {
    run("mkfs.xfs", "-q", "-f", disk.path);
  } catch (error) {
    said = String(error);
  }
  assertStringIncludes(said, "300MB");
});

Deno.test("examineDisk() names what real tools made", () => {
  const makers = [
    [["mkfs.xfs", "-q", "-f"], "has an XFS file system"],
    [["mkfs.ext4", "-q", "-F"], "has an ext2, ext3 or ext4 file system"],
    [["mkswap", "--quiet"], "has swap space"],
    [["sgdisk", "--new=1:0:0", "--change-name=1:data"], 'has a GPT with partitions 1 "data"'],
  ] as const;
  for (const [[program, ...args], reason] of makers) {
    using disk = image(XFS_BYTES);
    run(program, ...args, disk.path);
    assertEquals(examined(disk.path), { kind: "foreign", reason });
  }
});

Deno.test("examineDisk() finds the file system that outlived its partition table", () => {
  using disk = image(XFS_BYTES);
  using inside = image(XFS_BYTES - 2 * MIB);
  run("mkfs.ext4", "-q", "-F", inside.path);
  run("sgdisk", "--new=1:0:0", disk.path);
  run("dd", `if=${inside.path}`, `of=${disk.path}`, "bs=1M", "seek=1", "conv=notrunc,sparse");
  run("sgdisk", "--zap-all", disk.path);
  const reason = `has an ext2, ext3 or ext4 file system at offset ${MIB}`;
  assertEquals(examined(disk.path), { kind: "foreign", reason });
});
