// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { loadOrder, moduleName, parseModulesDep } from "./module_dependencies.ts";

const TABLE = parseModulesDep(
  "fs/xfs/xfs.ko: lib/crc32c.ko crypto/hash.ko\nlib/crc32c.ko: crypto/hash.ko\ncrypto/hash.ko:\n",
);

Deno.test("loadOrder() gives each module once, behind what it needs", () => {
  const order = ["crypto/hash.ko", "lib/crc32c.ko", "fs/xfs/xfs.ko"];
  assertEquals(loadOrder(TABLE, ["fs/xfs/xfs.ko", "lib/crc32c.ko"]), order);
});

Deno.test("loadOrder() names the modules that need one another", () => {
  const circle = parseModulesDep("a.ko: b.ko\nb.ko: a.ko\n");
  assertThrows(
    () => loadOrder(circle, ["a.ko"]),
    RangeError,
    'Cannot load module "a": a needs b needs a',
  );
});

Deno.test("parseModulesDep() names a line without a colon and a module without a line", () => {
  assertThrows(
    () => parseModulesDep("a.ko:\nb.ko\n"),
    SyntaxError,
    'line 2 of modules.dep: "b.ko"',
  );
  assertThrows(() => parseModulesDep("a.ko: b.ko\n"), SyntaxError, '"a.ko" needs "b.ko"');
});

Deno.test("moduleName() is the kernel's name", () => {
  assertEquals(moduleName("kernel/drivers/md/dm-verity.ko.xz"), "dm_verity");
  assertEquals(moduleName("virtio_net"), "virtio_net");
});
