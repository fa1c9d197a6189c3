/**
 * `deno task gen`: makes proto/gen anew from the .proto files, and docs/api.md from them and the routes.
 *
 * With `--baseline` it also makes proto/baseline.binpb anew, against which `deno task ok` looks
 * for breaking changes: do so with a release, or when a contract that nobody uses yet changes.
 */
import { BASELINE, bufWords, PROTO } from "./buf.ts";
import { COMMENT_TABLE, commentTable } from "./comment_table.ts";
import { ROOT, runQuietly, say, walk } from "./checkout.ts";

/** Fetching the generator and running it; a cold npm cache takes most of it. */
const GENERATE_MS_MAX = 120_000;

/**
 * Says where the committed code in proto/gen differs from what the .proto files give.
 *
 * @returns One line for each file that differs, is missing or is not made from anything.
 */
export async function generatedDifferences(signal: AbortSignal): Promise<string[]> {
  const scratch = await Deno.makeTempDir({ prefix: "strata-gen-" });
  try {
    const words = bufWords("generate", "--output", scratch);
    const { code, output } = await runQuietly({ words, cwd: PROTO, signal });
    if (code !== 0) return [output.trim()];
    const made = filesBelow(`${scratch}/gen`).set(COMMENT_TABLE, await commentTable(signal));
    const committed = new Map([...walk("proto/gen")].map((path) => [path.slice(10), path]));
    const names = new Set([...made.keys(), ...committed.keys()]);
    return [...names].sort().flatMap((name) => {
      const path = committed.get(name);
      if (path === undefined) return [`proto/gen/${name} is missing`];
      const fresh = made.get(name);
      if (fresh === undefined) return [`${path} is made from no .proto file`];
      return fresh === Deno.readTextFileSync(`${ROOT}${path}`) ? [] : [`${path} differs`];
    });
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

/** The files below an absolute folder as text, by their path in it. */
function filesBelow(top: string, folder = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const { name, isDirectory } of Deno.readDirSync(`${top}/${folder}`)) {
    const path = `${folder}${name}`;
    if (isDirectory) { for (const [at, text] of filesBelow(top, `${path}/`)) found.set(at, text); }
    else found.set(path, Deno.readTextFileSync(`${top}/${path}`));
  }
  return found;
}

async function generate(withBaseline: boolean): Promise<number> {
  const runs = [bufWords("generate")];
  if (withBaseline) runs.push(bufWords("build", "--exclude-source-info", "--output", BASELINE));
  for (const words of runs) {
    const signal = AbortSignal.timeout(GENERATE_MS_MAX);
    const { code, output } = await runQuietly({ words, cwd: PROTO, signal });
    if (code !== 0) {
      say(output.trim());
      return 1;
    }
  }
  const comments = await commentTable(AbortSignal.timeout(GENERATE_MS_MAX));
  await Deno.writeTextFile(`${ROOT}${PROTO}/gen/${COMMENT_TABLE}`, comments);
  // What was made just now must be read, not what was there when this program began.
  const { API_DOC, apiDoc } = await import("./doc/api_doc.ts");
  const text = await apiDoc(AbortSignal.timeout(GENERATE_MS_MAX));
  await Deno.mkdir(`${ROOT}docs`, { recursive: true });
  await Deno.writeTextFile(`${ROOT}${API_DOC}`, text);
  const made = ["proto/gen", ...(withBaseline ? [`${PROTO}/${BASELINE}`] : []), API_DOC];
  say(`made anew: ${made.join(", ")}`);
  return 0;
}

if (import.meta.main) {
  const unknown = Deno.args.filter((word) => word !== "--baseline");
  if (unknown.length > 0) say(`Cannot take "${unknown.join(" ")}": only --baseline is known`);
  Deno.exit(unknown.length > 0 ? 2 : await generate(Deno.args.includes("--baseline")));
}
