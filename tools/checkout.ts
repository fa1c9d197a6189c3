/** The checkout as developers' programs see it: its files, and commands run at its top. */

/** The top of the checkout, with a slash at its end. */
export const ROOT: string = decodeURIComponent(new URL("../", import.meta.url).pathname);

/** Folders that hold nothing of ours to read: made, fetched or foreign. */
const SKIPPED: readonly string[] = [".git", ".strata", "coverage", "dist", "node_modules"];

/** Every TypeScript file of the checkout, by its path from the top, in order. */
export function typescriptFiles(): string[] {
  return [...walk("")].filter((path) => path.endsWith(".ts")).sort();
}

/** Every file below `folder` (a path from the top, or "" for the top itself). */
export function* walk(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(`${ROOT}${folder}`)) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory && !SKIPPED.includes(entry.name)) yield* walk(path);
    if (entry.isFile) yield path;
  }
}

/** A file of the checkout as text; undefined when there is none. */
export function readText(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(`${ROOT}${path}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return undefined;
  }
}

/** What a command said and how it ended. */
export interface Ended {
  readonly code: number;
  readonly output: string;
}

/** A command of ours: its words, and where in the checkout it runs (the top unless said). */
export interface Run {
  readonly words: readonly [string, ...string[]];
  readonly cwd?: string;
  readonly signal: AbortSignal;
}

/**
 * Runs a command with nothing on its stdin and keeps what it says on stdout and stderr.
 *
 * @throws {Deno.errors.NotFound} The program is not there.
 */
export async function runQuietly({ words: [program, ...args], cwd, signal }: Run): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd: `${ROOT}${cwd ?? ""}`,
    stdin: "null",
    signal,
  }).output();
  const text = new TextDecoder();
  return { code, output: text.decode(stdout) + text.decode(stderr) };
}

/** Runs a command that speaks to the reader itself, and gives its exit code. */
export async function runAloud({ words: [program, ...args], cwd, signal }: Run): Promise<number> {
  const child = new Deno.Command(program, {
    args,
    cwd: `${ROOT}${cwd ?? ""}`,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
    signal,
  }).spawn();
  return (await child.status).code;
}

/** Writes one line to stdout. */
export function say(line: string): void {
  writeAll(new TextEncoder().encode(`${line}\n`));
}

function writeAll(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

/** Deno's own words for a program of this checkout: the lockfile is asked for and kept as it is. */
export const LOCKED: readonly string[] = ["--lock=deno.lock", "--frozen"];
