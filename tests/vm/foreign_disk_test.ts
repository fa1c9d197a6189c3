/** A disk that holds anything else is named and left alone, and the machine can still be reached. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertMatch } from "@std/assert";
import { machineStatusOf, resource } from "./asking.ts";
import { bootMachine, makeDisk } from "./machine.ts";
import { diskDigest, makeForeign } from "./xfs.ts";

Deno.test("a foreign disk is refused by name, never written, and the machine stays reachable", async () => {
  const dir = await Deno.makeTempDir({ prefix: "strata-foreign-" });
  try {
    const disk = await makeDisk(`${dir}/foreign.img`);
    await makeForeign(disk);
    const before = await diskDigest(disk);
    {
      await using machine = await bootMachine({
        image: "dist/image",
        dir,
        disks: [disk],
        waitReady: "live",
      });
      await machine.waitConsole(/not ready/);
      const { spec } = await resource(machine, "fs/VolumeStatuses.fs.strata/var");
      assertMatch(JSON.stringify(spec["refused"]), /\/dev\/vda.*XFS/i);
      const status = await machineStatusOf(machine);
      assertEquals(status["ready"], false);
      assertMatch(JSON.stringify(status["unmetConditions"]), /\/dev\/vda/);
      const ready = await machine.stranger("/readyz");
      assertMatch(await ready.text(), /\/dev\/vda/);
      assertEquals(ready.status, 503);
      await machine.stop();
    }
    assertEquals(await diskDigest(disk), before);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
