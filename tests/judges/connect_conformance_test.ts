/** What the official Connect suite says; `campaign:connect` gives a number of rounds, one unless given. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { say } from "../bench/programs.ts";
import type { Mode } from "./connect_conformance/claims.ts";
import { committed, generated } from "./connect_conformance/generate.ts";
import { buildJudge, judge } from "./connect_conformance/judge.ts";

/** Cases of what we claim, in this version of the suite: fewer would be a claim that went unnoticed. */
const CASES: Readonly<Record<Mode, number>> = { server: 3820, client: 4862 };

const ROUNDS = Number(Deno.args[0] ?? 1);

async function inFolder(act: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "strata-connect-" });
  try {
    await act(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

for (const mode of ["server", "client"] as const) {
  Deno.test(`the official Connect suite passes all that is claimed of our ${mode}`, async () => {
    await inFolder(async (directory) => {
      const program = await buildJudge(directory);
      for (let round = 1; round <= ROUNDS; round++) {
        const { cases, passed, faults } = await judge(program, { mode, directory });
        await say(`\nConnect suite, our ${mode}: ${passed} of ${cases} cases passed`);
        assertEquals(faults, "");
        assertEquals(passed, cases);
        assertEquals(cases, CASES[mode]);
      }
    });
  });
}

Deno.test("the messages of the Connect suite are those of its module", async () => {
  await inFolder(async (directory) => {
    await buildJudge(directory);
    const made = await generated(directory);
    assert(made.size > 0);
    assertEquals(await committed(), made);
  });
});
