/** A machine whose power goes again and again, at named steps and at random moments. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { runCutRow } from "./power/power_cuts.ts";

const BOOTS = 12;

Deno.test(`a machine gets ready after each of ${BOOTS - 1} power cuts and has lost nothing acknowledged`, async () => {
  const folder = await Deno.makeTempDir({ prefix: "strata-power-cut-" });
  const seed = Number(Deno.args[0] ?? crypto.getRandomValues(new Uint32Array(1))[0]);
  const said: string[] = [];
  const say = (line: string): void => {
    said.push(line);
    Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
  };
  say(`deno task campaign:power boots ${BOOTS} ${seed}`);
  const report = await runCutRow({
    image: "dist/probe-image",
    folder,
    seed,
    boots: BOOTS,
    statesEach: 0,
    say,
  });
  // The first three are cut before they can be, and those at a moment may be.
  assert(report.ready >= 3, said.join("\n"));
  assert(report.acknowledged > 0, said.join("\n"));
  assertEquals(report.repairs, 0, said.join("\n"));
  await Deno.remove(folder, { recursive: true });
});
