/**
 * `deno task lock`: makes deno.lock anew from import_map.json.
 *
 * Lint refuses every other way to name a package, so what is mapped is what can be imported. Run it
 * after a change of the map and commit the result: every task runs with `--frozen`, so an import
 * that the lockfile does not know fails.
 */
import { readText, ROOT, runAloud, say } from "./checkout.ts";

/** Resolving and fetching all packages over a slow line. */
const LOCK_MS_MAX = 180_000;

async function lock(): Promise<number> {
  const { imports }: { imports: Record<string, string> } = JSON.parse(
    readText("import_map.json") ?? '{"imports":{}}',
  );
  const packages = Object.keys(imports).filter((name) => !name.endsWith("/"));
  const path = `${ROOT}deno.lock`;
  const before = readText("deno.lock");
  // In the checkout, so that its deno.json is in force.
  const entry = await Deno.makeTempFile({ dir: ROOT, prefix: ".lock-", suffix: ".ts" });
  try {
    const text = packages.map((name) => `import ${JSON.stringify(name)};\n`).join("");
    await Deno.writeTextFile(entry, text);
    if (before !== undefined) await Deno.remove(path);
    const signal = AbortSignal.timeout(LOCK_MS_MAX);
    const words = ["cache", "--quiet", "--lock=deno.lock", entry];
    const code = await runAloud({ words: [Deno.execPath(), ...words], signal });
    if (code !== 0 && before !== undefined) await Deno.writeTextFile(path, before);
    return code;
  } finally {
    await Deno.remove(entry);
  }
}

if (import.meta.main) {
  const code = await lock();
  say(code === 0 ? "deno.lock is made anew" : "Cannot make deno.lock anew: it is as it was");
  Deno.exit(code);
}
