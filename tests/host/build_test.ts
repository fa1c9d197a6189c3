/** build.ts as a user calls it: what cannot be is one line, the right exit code, and nothing is left behind. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertMatch } from "@std/assert";

interface Ended {
  readonly code: number;
  readonly stderr: string;
}

/** Runs `build.ts ARGS` with a folder of its own for machine and cache. */
async function build(folder: string, ...args: readonly string[]): Promise<Ended> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--lock=deno.lock", "--frozen", "--allow-all", "--quiet", "build.ts", ...args],
    env: { STRATA_CACHE: `${folder}/cache`, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
}

function refuses(what: string, args: readonly string[], code: number, says: RegExp): void {
  Deno.test(`build.ts refuses ${what} in one line with exit code ${code}`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "strata-build-" });
    try {
      const all = args.map((arg) => arg.replace("FOLDER", folder));
      const ended = await build(folder, ...all);
      assertEquals([ended.code, ended.stderr.trim().split("\n").length], [code, 1], ended.stderr);
      assertMatch(ended.stderr, says);
      assertEquals((await namesIn(folder)).filter((name) => name !== "cache"), []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

const UP = ["up", "--detach", "--dir", "FOLDER/machine"];

refuses("an unknown command", ["frob"], 2, /unknown command "frob"; may be build, image, up/);
refuses("an unknown option", [...UP, "--nope"], 2, /'--nope'/);
refuses("a port that is none", [...UP, "--http-port", "x"], 2, /x/);
refuses("a kernel that is not there", [...UP, "--kernel", "/nonexistent"], 1, /"\/nonexistent"/);
refuses("an image that is not there", [...UP, "--image", "/nonexistent"], 1, /"\/nonexistent"/);
refuses(
  "an image that is none",
  [...UP, "--image", "build.ts"],
  1,
  /no header of manifest.json at/,
);
refuses("a kernel that is none", [...UP, "--kernel", "build.ts"], 1, /not a bzImage/);

Deno.test("build.ts up refuses a port in use in one line with exit code 1", async () => {
  const folder = await Deno.makeTempDir({ prefix: "strata-build-" });
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    const { port } = listener.addr;
    const args = ["up", "--detach", "--dir", `${folder}/machine`, "--http-port", String(port)];
    const { code, stderr } = await build(folder, ...args);
    assertEquals(code, 1);
    assertMatch(stderr, new RegExp(`^build.ts: Cannot use port ${port} .*\\n$`));
    assertEquals(await namesIn(folder), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
