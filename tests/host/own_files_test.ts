/** The user's own files, on a real file system. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { OWN_FILES } from "../../api/cli/own_files.ts";
import { hostBench } from "./host_process.ts";

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "strata-files-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function names(folder: string): Promise<readonly string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
}

const APPEND = { bytesMax: 100_000, change: (text = "") => `${text}x` };

Deno.test("OWN_FILES.rewrite() makes folder and file for nobody else, and leaves nothing beside it", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/a/b/config.yaml`;
    await OWN_FILES.rewrite(path, APPEND);
    assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
    assertEquals(((await Deno.stat(`${folder}/a/b`)).mode ?? 0) & 0o777, 0o700);
    await Deno.chmod(path, 0o644);
    await OWN_FILES.rewrite(path, APPEND);
    assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
    assertEquals(await Deno.readTextFile(path), "xx");
    assertEquals(await names(`${folder}/a/b`), ["config.yaml"]);
  });
});

Deno.test("OWN_FILES.rewrite() loses no change of those that write at the same time", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/f`;
    await Promise.all(Array.from({ length: 20 }, () => OWN_FILES.rewrite(path, APPEND)));
    assertEquals(await Deno.readTextFile(path), "x".repeat(20));
  });
});

Deno.test("OWN_FILES.rewrite() writes through a link, which stays one", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/real`);
    await Deno.writeTextFile(`${folder}/real/f`, "a");
    await Deno.symlink(`${folder}/real/f`, `${folder}/link`);
    await OWN_FILES.rewrite(`${folder}/link`, APPEND);
    assertEquals((await Deno.lstat(`${folder}/link`)).isSymlink, true);
    assertEquals(await Deno.readTextFile(`${folder}/real/f`), "ax");
  });
});

Deno.test("OWN_FILES.rewrite() leaves all as it is where the change throws or the file is too long", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/f`;
    await Deno.writeTextFile(path, "abc");
    const refuse = () => {
      throw new Error("no");
    };
    await assertRejects(
      () => OWN_FILES.rewrite(path, { bytesMax: 3, change: refuse }),
      Error,
      "no",
    );
    await assertRejects(
      () => OWN_FILES.rewrite(path, { ...APPEND, bytesMax: 2 }),
      RangeError,
      "more than 2 bytes",
    );
    assertEquals(await Deno.readTextFile(path), "abc");
    assertEquals(await names(folder), ["f"]);
    // It is not locked any more.
    await OWN_FILES.rewrite(path, APPEND);
  });
});

Deno.test("strata config as processes at the same time loses no context", async () => {
  await using bench = await hostBench();
  const names = Array.from({ length: 6 }, (_, at) => `c${at}`);
  const ended = await Promise.all(
    names.map((name) => bench.strata("config", "add", name, "--endpoint", `unix:/${name}`)),
  );
  assertEquals(ended.map(({ code, stderr }) => [code, stderr]), names.map(() => [0, ""]));
  const { stdout } = await bench.strata("config", "contexts", "-o", "name");
  assertEquals(stdout.trimEnd().split("\n").sort(), names);
  const file = await Deno.stat(`${bench.folder}/config/strata/config.yaml`);
  assertEquals((file.mode ?? 0) & 0o777, 0o600);
});
