// @ts-types="../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { packagesOf } from "./host_tools.ts";

Deno.test("packagesOf() names each package once", () => {
  assertEquals(packagesOf(["mkfs.xfs", "xfs_repair", "cc", "lz4"]), [
    "gcc",
    "libc6-dev",
    "lz4",
    "xfsprogs",
  ]);
});
