/** `/metrics` judged by Prometheus' own parser and linter, as `promtool check metrics` does. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path/posix";
import { newMetadata } from "../../runtime/core/metadata.ts";
import { OpaqueSpec } from "../../runtime/core/opaque.ts";
import { output } from "../bench/programs.ts";
import { causalHouse } from "../fakes/causal_house.ts";

/** Downloading and compiling for the first time. */
const BUILD_MS_MAX = 240_000;

/** What ends lines, values and escapes in the format. */
const HOSTILE = [
  'quo"ted',
  "back\\slash",
  "line\nbreak",
  "\\",
  "\\n",
  '"',
  "a\r\tb",
  "é\u{1f600}",
  "{x=1} 2",
];

const MODULE = join(import.meta.dirname ?? Deno.cwd(), "../interop/promlint");

async function builtJudge(directory: string): Promise<(text: string) => Promise<string>> {
  const program = join(directory, "promlint");
  await output({
    program: "go",
    args: ["build", "-o", program, "."],
    cwd: MODULE,
    msMax: BUILD_MS_MAX,
  });
  return async (text) => {
    const child = new Deno.Command(program, { stdin: "piped", stdout: "piped", stderr: "inherit" })
      .spawn();
    const [, { code, stdout }] = await Promise.all([
      new Blob([text]).stream().pipeTo(child.stdin),
      child.output(),
    ]);
    return `${code}: ${new TextDecoder().decode(stdout).trim()}`;
  };
}

/** The numbers of an engine that ran, over resources in namespaces that are hard to write. */
async function numbers(): Promise<string> {
  await using house = await causalHouse();
  for (const namespace of HOSTILE) {
    const metadata = newMetadata({ namespace, type: "os/test", id: "a" });
    await house.state.create({ metadata, spec: new OpaqueSpec(undefined, "a: 1\n") });
  }
  await house.clock.advance(0);
  return await (await house.ask("/metrics")).text();
}

Deno.test("/metrics passes Prometheus' parser and linter, whatever resources are called", async () => {
  const directory = await Deno.makeTempDir({ prefix: "strata-promlint-" });
  try {
    const judge = await builtJudge(directory);
    const text = await numbers();
    const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    assertMatch(await judge(text), new RegExp(`^0: \\d+ families, ${samples.length} samples$`));
    assert(samples.length > 2 * HOSTILE.length);
    // That it judges at all.
    const wrong: readonly (readonly [string, (text: string) => string])[] = [
      ["an escape that is missing", (it) => it.replace('quo\\"ted', 'quo"ted')],
      ["a type told twice", (it) => `${it}${/^# TYPE .*\n/m.exec(it)?.[0]}`],
      ["a number twice", (it) => `${it}${samples.at(-1)}\n`],
      ["a counter without _total", (it) => it.replaceAll("crashes_total", "crashes")],
      ["no help", (it) => it.replace(/^# HELP .*\n/m, "")],
      ["no number", (it) => it.replace(/ \d+\n$/, " many\n")],
      ["no end of the last line", (it) => it.trimEnd()],
    ];
    for (const [name, spoil] of wrong) {
      assert(spoil(text) !== text, name);
      assertEquals((await judge(spoil(text))).slice(0, 2), "1:", name);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
