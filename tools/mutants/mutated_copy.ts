/**
 * A copy of the checkout that holds every mutant, each switched on by its number.
 *
 * One copy serves all mutants: to write one file for each and compile it would take hours.
 */
import { ROOT, walk } from "../checkout.ts";
import { isIn } from "../lint/source_place.ts";
import { changedLines, type Mutant, type Position, withKeys } from "./mutant.ts";

/**
 * A package of this program alone, with a map and a lockfile beside it: `deno run --lock=…` fetches
 * all that its lockfile names, and nobody who starts Strata needs Babel. Computed, so that
 * `deno check` does not fetch it either.
 *
 * After a change of its version, run the task's command once without `--frozen`.
 */
const INSTRUMENTER: string = "@stryker-mutator/instrumenter";

/** What is used of it: it writes every mutant of a text into that text. */
interface InstrumenterModule {
  readonly Instrumenter: new (log: typeof QUIET) => {
    instrument(files: readonly MutatedText[], options: typeof OPTIONS): Promise<{
      readonly files: readonly MutatedText[];
      readonly mutants: readonly MutantMade[];
    }>;
  };
}

interface MutatedText {
  readonly name: string;
  readonly content: string;
  readonly mutate: boolean;
}

interface MutantMade {
  readonly id: string;
  readonly fileName: string;
  /** Lines and columns from 0. */
  readonly location: { readonly start: Position; readonly end: Position };
  readonly mutatorName: string;
  readonly replacement?: string;
}

const OPTIONS = { plugins: null, excludedMutations: [], ignorers: [] };

export interface MutatedCopy extends AsyncDisposable {
  /** The top of the copy, with a slash at its end. */
  readonly root: string;
  readonly mutants: readonly Mutant[];
}

const QUIET = {
  isTraceEnabled: () => false,
  isDebugEnabled: () => false,
  isInfoEnabled: () => false,
  isWarnEnabled: () => false,
  isErrorEnabled: () => false,
  isFatalEnabled: () => false,
  trace(): void {},
  debug(): void {},
  info(): void {},
  warn(): void {},
  error(): void {},
  fatal(): void {},
};

/**
 * Copies the checkout into a temporary folder and mutates what lies in `folders` (paths of folders
 * or files), tests excepted. Disposing of it removes the folder.
 *
 * @throws {RangeError} A folder that holds nothing to mutate.
 */
export async function mutatedCopy(folders: readonly string[]): Promise<MutatedCopy> {
  const paths = [...walk("")].sort();
  const mutable = paths.filter((path) => path.endsWith(".ts") && !/(_test|\.d)\.ts$/.test(path));
  for (const folder of folders) {
    if (mutable.some((path) => isIn(path, folder))) continue;
    throw new RangeError(`Cannot mutate "${folder}": it holds no TypeScript besides tests`);
  }
  const root = `${await Deno.makeTempDir({ prefix: "strata-mutants-" })}/`;
  await using undo = new AsyncDisposableStack();
  undo.defer(() => Deno.remove(root, { recursive: true }));
  for (const path of paths) await copyFile(path, root);
  const files = mutable.filter((path) => folders.some((folder) => isIn(path, folder)));
  const mutants = await mutate(root, files);
  const kept = undo.move();
  return { root, mutants, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function copyFile(path: string, root: string): Promise<void> {
  await Deno.mkdir(`${root}${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
  await Deno.copyFile(`${ROOT}${path}`, `${root}${path}`);
}

async function mutate(root: string, paths: readonly string[]): Promise<Mutant[]> {
  const texts = new Map<string, string>();
  // What was copied, not the checkout: it may have changed since.
  for (const path of paths) texts.set(path, await Deno.readTextFile(`${root}${path}`));
  const files = [...texts].map(([name, content]) => ({ name, content, mutate: true }));
  const { Instrumenter }: InstrumenterModule = await import(INSTRUMENTER);
  const made = await new Instrumenter(QUIET).instrument(files, OPTIONS);
  for (const { name, content } of made.files) await Deno.writeTextFile(`${root}${name}`, content);
  return withKeys(made.mutants.map(({ id, fileName, location, mutatorName, replacement = "" }) => ({
    id,
    file: fileName,
    line: location.start.line + 1,
    column: location.start.column + 1,
    mutator: mutatorName,
    ...changedLines(texts.get(fileName) ?? "", { ...location, replacement }),
  })));
}
