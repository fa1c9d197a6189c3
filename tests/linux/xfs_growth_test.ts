/** A growth that the power cut short, on a real XFS: what the copies of its superblock say afterwards. */
// @ts-types="types/std_path_posix.d.ts"
import { join } from "@std/path/posix";
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertMatch } from "@std/assert";
import type { Kernel } from "../../fs/kernel/kernel.ts";
import { openLinux } from "../../fs/kernel/linux.ts";
import { growFileSystem } from "../../fs/var_growth.ts";
import { run } from "./linux_bench.ts";
import { insideNamespaces } from "./namespaces.ts";

const MIB = 1024 * 1024;
/** The smallest that mkfs.xfs makes, in four allocation groups. */
const OLD_BYTES = 300 * MIB;
const NEW_BYTES = 340 * MIB;
const GROUP_BYTES = OLD_BYTES / 4;

/** Where the agent marks a growth that is not safe yet. */
const MARK = "system/growing";

const test = insideNamespaces(import.meta.url, () => openLinux({ bind: "at once" }));

/** An XFS in a device that has grown since it was made. */
interface GrownDevice extends Disposable {
  readonly device: string;
  readonly target: string;
  /** What xfs_repair finds wrong with the unmounted file system; "" when nothing is. */
  complaint(): string;
  /** Puts back copies of the superblock that tell of the old size. */
  loseCopies(): void;
  mount(): void;
}

function grownDevice(kernel: Kernel): GrownDevice {
  using undo = new DisposableStack();
  const folder = Deno.makeTempDirSync({ prefix: "strata-growth-" });
  undo.defer(() => Deno.removeSync(folder, { recursive: true }));
  const [image, target] = [join(folder, "disk.img"), join(folder, "var")];
  Deno.mkdirSync(target);
  Deno.createSync(image)[Symbol.dispose]();
  Deno.truncateSync(image, OLD_BYTES);
  run("mkfs.xfs", "-q", image);
  const copies = [1, 2, 3].map((group) => sectorOf(kernel, image, group));
  Deno.truncateSync(image, NEW_BYTES);
  const device = run("losetup", "--find", "--show", image).trim();
  undo.defer(() => run("losetup", "--detach", device));
  const whole = undo.move();
  return {
    device,
    target,
    complaint() {
      try {
        run("xfs_repair", "-n", device);
        return "";
      } catch (error) {
        return String(error);
      }
    },
    loseCopies() {
      using disk = kernel.openBlockDevice(device, { access: "read-write" });
      for (const [index, copy] of copies.entries()) {
        disk.writeAt(BigInt((index + 1) * GROUP_BYTES), copy);
      }
      disk.sync();
    },
    mount() {
      kernel.mount({ source: device, target, fstype: "xfs", flags: 0n, data: "" });
      kernel.mkdir(join(target, "system"), 0o700);
    },
    [Symbol.dispose]: () => whole.dispose(),
  };
}

function sectorOf(kernel: Kernel, path: string, group: number): Uint8Array<ArrayBuffer> {
  using disk = kernel.openBlockDevice(path, { access: "read-only" });
  return disk.readAt(BigInt(group * GROUP_BYTES), 512);
}

test("growFileSystem() leaves copies of the superblock that xfs_repair agrees with", async (kernel) => {
  using disk = grownDevice(kernel);
  const { target } = disk;
  disk.mount();
  assertEquals(await growFileSystem(kernel, disk), BigInt(OLD_BYTES));
  kernel.unmount(target);
  disk.mount();
  assertEquals(await growFileSystem(kernel, disk), undefined);
  assertEquals(kernel.names(join(target, "system")), []);
  kernel.unmount(target);
  assertEquals(disk.complaint(), "");
});

test("growFileSystem() writes again the copies that a power cut kept old, where its mark is left", async (kernel) => {
  using disk = grownDevice(kernel);
  const { target } = disk;
  disk.mount();
  await growFileSystem(kernel, disk);
  kernel.unmount(target);
  disk.loseCopies();
  assertMatch(disk.complaint(), /superblock \d+ conflict|would have been modified/);
  disk.mount();
  kernel.writeFile(join(target, MARK), "", { mode: 0o600, sync: true });
  assertEquals(await growFileSystem(kernel, disk), undefined);
  assertEquals(kernel.names(join(target, "system")), []);
  kernel.unmount(target);
  assertEquals(disk.complaint(), "");
});
