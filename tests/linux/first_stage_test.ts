/** The machine code of the first stage, run by this processor. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
// @ts-types="types/std_path_posix.d.ts"
import { join } from "@std/path/posix";
import { firstStage } from "../../build/first_stage.ts";

async function withProgram(
  modules: readonly string[],
  agent: string,
  act: (program: string, directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "strata-first-" });
  try {
    const program = join(directory, "init");
    const paths = modules.map((name) => join(directory, name));
    await Deno.writeFile(program, firstStage({ agent, modules: paths }), { mode: 0o755 });
    await act(program, directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("firstStage() becomes the agent with the arguments and the environment it was given", async () => {
  await withProgram([], "/usr/bin/env", async (program) => {
    const { code, stdout } = await new Deno.Command(program, {
      args: ["A=1", "B=two words"],
      env: { C: "3" },
      clearEnv: true,
    }).output();
    assertEquals([code, new TextDecoder().decode(stdout)], [0, "C=3\nA=1\nB=two words\n"]);
  });
});

Deno.test("firstStage() opens each module in order and goes on behind one that is missing or refused", async () => {
  // Opening a fifo to write waits for whoever opens it to read: each that returns was opened by the program.
  await withProgram(["first", "missing", "second"], "/bin/true", async (program, directory) => {
    const fifos = ["first", "second"].map((name) => join(directory, name));
    const made = await new Deno.Command("mkfifo", { args: fifos }).output();
    assertEquals(made.code, 0);
    // Without pipes: the child that opens the modules would keep them open.
    const quiet = { stdin: "null", stdout: "null", stderr: "null" } as const;
    assertEquals((await new Deno.Command(program, quiet).spawn().status).code, 0);
    for (const fifo of fifos) (await Deno.open(fifo, { write: true })).close();
  });
});

Deno.test("firstStage() ends with 1 when there is no agent", async () => {
  await withProgram([], "/nonexistent", async (program) => {
    assertEquals((await new Deno.Command(program).output()).code, 1);
  });
});
