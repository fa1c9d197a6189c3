// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { BuildError } from "./build_error.ts";
import { selectModules } from "./linux_modules.ts";

const INDEX = {
  dependencies: [
    "kernel/fs/xfs/xfs.ko.xz: kernel/lib/libcrc32c.ko.xz",
    "kernel/lib/libcrc32c.ko.xz:",
    "kernel/drivers/md/dm-verity.ko.xz: kernel/drivers/md/dm-bufio.ko.xz kernel/drivers/md/dm-mod.ko.xz",
    "kernel/drivers/md/dm-bufio.ko.xz: kernel/drivers/md/dm-mod.ko.xz",
    "kernel/drivers/md/dm-mod.ko.xz:",
    "kernel/fs/btrfs/btrfs.ko.xz: kernel/lib/libcrc32c.ko.xz",
    "",
  ].join("\n"),
  builtin: "kernel/drivers/virtio/virtio-pci.ko\n",
};

Deno.test("selectModules() takes what is wanted behind all it needs, and names it unpacked", () => {
  const { files, dependencies } = selectModules(INDEX, ["xfs", "dm_verity", "virtio_pci"]);
  assertEquals(files, [
    "kernel/lib/libcrc32c.ko.xz",
    "kernel/fs/xfs/xfs.ko.xz",
    "kernel/drivers/md/dm-mod.ko.xz",
    "kernel/drivers/md/dm-bufio.ko.xz",
    "kernel/drivers/md/dm-verity.ko.xz",
  ]);
  assertEquals(dependencies.split("\n"), [
    "kernel/drivers/md/dm-bufio.ko: kernel/drivers/md/dm-mod.ko",
    "kernel/drivers/md/dm-mod.ko:",
    "kernel/drivers/md/dm-verity.ko: kernel/drivers/md/dm-bufio.ko kernel/drivers/md/dm-mod.ko",
    "kernel/fs/xfs/xfs.ko: kernel/lib/libcrc32c.ko",
    "kernel/lib/libcrc32c.ko:",
    "",
  ]);
});

Deno.test("selectModules() refuses a module the kernel does not have", () => {
  assertThrows(
    () => selectModules(INDEX, ["overlay"]),
    BuildError,
    'Cannot find kernel module "overlay": neither a module nor built in',
  );
});
