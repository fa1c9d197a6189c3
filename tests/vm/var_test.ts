/** /var over its life: a disk that grows, damage that is mended, and a log that could not be replayed. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { readFile, resource } from "./asking.ts";
import { bootMachine, makeDisk, type TestMachine } from "./machine.ts";
import { probe } from "./probe_client.ts";
import { damageXfs, xfsIsClean } from "./xfs.ts";

const IMAGE = "dist/probe-image";
const GIB = 1024 ** 3;

interface Repair {
  readonly reason: string;
  readonly logDiscarded: boolean;
  readonly outcome: string;
}

async function volume(machine: TestMachine): Promise<Readonly<Record<string, unknown>>> {
  return (await resource(machine, "fs/VolumeStatuses.fs.strata/var")).spec;
}

function repairsOf(spec: Readonly<Record<string, unknown>>): readonly Repair[] {
  return spec["repairs"] as readonly Repair[];
}

async function keep(machine: TestMachine, path: string): Promise<void> {
  const answer = await probe(machine, { act: "write", path, text: path });
  assertEquals(answer.error, "");
}

Deno.test("/var grows with its disk and is mended where it is damaged", async (t) => {
  const dir = await Deno.makeTempDir({ prefix: "strata-var-" });
  const disk = await makeDisk(`${dir}/data.img`, GIB);
  try {
    await t.step("a file is written", async () => {
      await using machine = await bootMachine({ image: IMAGE, dir, disks: [disk] });
      await keep(machine, "/var/first");
      await machine.stop();
    });

    await t.step(
      "the next boot mends a damaged file system and grows it, and says so",
      async () => {
        await damageXfs(disk);
        await Deno.truncate(disk, 1.5 * GIB);
        await using machine = await bootMachine({ image: IMAGE, dir, disks: [disk] });
        const spec = await volume(machine);
        assertEquals([spec["phase"], spec["warning"], spec["formattedNow"]], [
          "PHASE_READY",
          "",
          false,
        ]);
        assertEquals(spec["grownFromBytes"], String(GIB - 2 * 1024 * 1024));
        assertEquals(spec["sizeBytes"], String(1.5 * GIB - 2 * 1024 * 1024));
        assertEquals(repairsOf(spec).map(({ logDiscarded, outcome }) => [logDiscarded, outcome]), [
          [false, "repaired"],
        ]);
        assertEquals(await readFile(machine, "/var/first"), "/var/first");
        await keep(machine, "/var/second");
        await machine.powerCut();
      },
    );

    await t.step("a log that cannot be replayed is discarded, and its loss is told", async () => {
      await damageXfs(disk);
      await using machine = await bootMachine({ image: IMAGE, dir, disks: [disk] });
      const spec = await volume(machine);
      assertEquals([spec["phase"], spec["grownFromBytes"]], ["PHASE_READY", "0"]);
      const repairs = repairsOf(spec);
      assertEquals(repairs.map(({ logDiscarded }) => logDiscarded), [false, true]);
      assert(repairs.every(({ reason }) => reason.includes("EUCLEAN")), JSON.stringify(repairs));
      assertEquals(await readFile(machine, "/var/first"), "/var/first");
      await machine.stop();
    });

    await t.step("what is left needs neither replay nor repair", async () => {
      assertEquals(await xfsIsClean(disk), true);
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
