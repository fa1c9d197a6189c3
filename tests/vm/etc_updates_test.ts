/** A file of /etc that is replaced while it is read, in the machine itself, with all its controllers looking on. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { readFile } from "./asking.ts";
import { bootMachine } from "./machine.ts";
import type { EtcUpdates } from "./probe_etc.ts";
import { probe } from "./probe_client.ts";

/** Updates: what CI has time for, unless a number is given behind `--`, the last of which counts. */
const UPDATES = Number(Deno.args.findLast((word) => !word.startsWith("-")) ?? 100);

/** Updates asked for at once: each makes every controller of mounts look, a tenth of a second under emulation. */
const BATCH = 50;

/** A file of the image that no resource wishes for. */
const NAME = "os-release";

Deno.test("a reader in the machine sees the old content of a file of /etc or the new, and one mount is left", async () => {
  await using machine = await bootMachine({ image: "dist/probe-image", waitReady: "live" });
  await machine.waitConsole(/reachable on/);
  const image = await readFile(machine, `/etc/${NAME}`);
  for (let left = UPDATES; left > 0; left -= BATCH) {
    const updates = Math.min(left, BATCH);
    const { error, value } = await probe(machine, { act: "etc updates", name: NAME, updates });
    assertEquals(error, "");
    const { seen: { reads, changes, ...wrong }, mounts } = value as EtcUpdates;
    assertEquals(wrong, { missing: 0, foreign: 0, torn: 0, back: 0 });
    assert(changes > 1 && reads > changes, `${reads} readings saw ${changes} changes`);
    assertEquals(mounts, [1, 0]);
    assertEquals(await readFile(machine, `/etc/${NAME}`), image);
    const said = `${UPDATES - left + updates} of ${UPDATES} updates, ${reads} readings\n`;
    Deno.stdout.writeSync(new TextEncoder().encode(said));
  }
});
