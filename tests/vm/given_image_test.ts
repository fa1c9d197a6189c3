/** The image in one file: enough to verify and to boot. */
import { join } from "@std/path/posix";
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };

const IMAGE = `dist/strata-${config.version}.img`;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** Runs `build.ts`. */
async function build(...args: readonly string[]): Promise<Ended> {
  const words = ["run", "--lock=deno.lock", "--frozen", "--allow-all", "--quiet", "build.ts"];
  return await run(Deno.execPath(), [...words, ...args]);
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

Deno.test("strata verify believes the image as it was built, as one file and as a directory", async () => {
  for (const path of [IMAGE, "dist/image"]) {
    const { code, stdout, stderr } = await run("dist/strata", ["verify", path]);
    assertEquals([code, stderr], [0, ""], stdout);
    assertStringIncludes(stdout, `${path} is as it was signed, every byte of it`);
  }
});

Deno.test("up boots an image from its one file, and nothing else; what runs then is what was signed", async () => {
  const folder = await Deno.makeTempDir({ prefix: "strata-given-" });
  const dir = join(folder, "machine");
  const copy = join(folder, "copy.img");
  const port = String(freePort());
  try {
    await Deno.copyFile(IMAGE, copy);
    const up = ["up", "--detach", "--image", copy, "--dir", dir, "--http-port", port];
    const { code, stdout, stderr } = await build(...up);
    assertEquals([code, stderr], [0, ""], stdout);
    assertMatch(stdout, /image \d+ ms \S+, signed by the /);
    const verified = await run("dist/strata", ["verify", "--running"], {
      STRATA_ENDPOINT: `http://127.0.0.1:${port}`,
      STRATA_TOKEN: await Deno.readTextFile(join(dir, "token")),
    });
    assertEquals([verified.code, verified.stderr], [0, ""], verified.stdout);
    assertMatch(verified.stdout, /^read {7}[1-9]\d+ files of \/.*, and the agent by its SHA-256$/m);
    assertStringIncludes(verified.stdout, "unseen     whether the machine tells the truth");
  } finally {
    await build("down", "--dir", dir);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("up refuses an image with a flipped bit before QEMU starts, and names the file", async () => {
  const folder = await Deno.makeTempDir({ prefix: "strata-given-" });
  try {
    const copy = join(folder, "copy.img");
    const bytes = await Deno.readFile(IMAGE);
    const at = bytes.length >> 1; // In the initramfs, the largest by far.
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await Deno.writeFile(copy, bytes);
    const { code, stderr } = await build("up", "--detach", "--image", copy, "--dir", `${folder}/m`);
    assertEquals(code, 1);
    assertMatch(stderr, /it is not as it was signed: initramfs: its SHA-256 is/);
    await Deno.remove(copy);
    assertEquals(await Array.fromAsync(Deno.readDir(folder)), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
