/** The completion scripts, run by the shells they are for. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { runFake } from "../fakes/cli_world.ts";

Deno.test("completion offers each command its own values of an option in bash", async () => {
  const { out } = await runFake(["completion", "bash"], { env: {} });
  const offered = async (...words: readonly string[]): Promise<string> => {
    const typed = words.map((word) => `'${word}'`).join(" ");
    const script = `${out}
COMP_WORDS=(${typed}); COMP_CWORD=${words.length - 1}; _strata; echo "\${COMPREPLY[*]}"`;
    const bash = new Deno.Command("bash", { args: ["--norc", "-c", script] });
    return new TextDecoder().decode((await bash.output()).stdout).trim();
  };
  assertEquals(await offered("strata", "get", "mounts", "-o", ""), "table wide yaml json name");
  assertEquals(await offered("strata", "boot", "plot", "--output", "s"), "svg");
  assertEquals(await offered("strata", "graph", "-o", "m"), "mermaid");
  assertEquals(await offered("strata", "why", "x", "y", "-o", ""), "text json yaml");
  assertEquals(await offered("strata", "boot", "c"), "chain");
  assertEquals(await offered("strata", "comp"), "completion");
});
