/**
 * SPECIFICATION.md as data, and the check that each of its promises is shown.
 *
 * A row is `| id | promise | shown by | figure |`. "Shown by" holds one or more references in
 * backticks: `path/to/file_test.ts: name of the test` (the file that declares it), or `bench:NAME`
 * for a benchmark task. A `|` inside a cell is written `\|`.
 *
 * Quick mode (`deno task ok`) asks that what a row names exists in the source. With `--results` the
 * named tests must also have passed in the last run of `deno task test`.
 */
import { readText, say } from "./checkout.ts";
import type { TestCase } from "./junit.ts";
import { readResults } from "./results.ts";

export const SPECIFICATION = "SPECIFICATION.md";

/** What a row points at. */
export type Reference =
  | { readonly kind: "test"; readonly file: string; readonly name: string }
  | { readonly kind: "bench"; readonly name: string };

/** One promise. */
export interface Row {
  readonly line: number;
  readonly id: string;
  readonly shownBy: readonly Reference[];
  /** What is wrong with the row as it is written. */
  readonly faults: readonly string[];
}

/** The source as the check sees it. */
export interface Source {
  /** The text of a file, by its path from the top; undefined when there is none. */
  readonly text: (path: string) => string | undefined;
  /** Names of tasks in deno.json. */
  readonly tasks: readonly string[];
}

/** Reads the rows of every table whose head begins with `| id |`. */
export function parseSpecification(markdown: string): Row[] {
  const rows: Row[] = [];
  let inTable = false;
  for (const [index, line] of markdown.split("\n").entries()) {
    if (!line.startsWith("|")) {
      inTable = false;
      continue;
    }
    const cells = line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim());
    if (cells[0] === "id") inTable = true;
    else if (inTable && !/^:?-+:?$/.test(cells[0] ?? "")) rows.push(rowOf(cells, index + 1));
  }
  return rows;
}

function rowOf(cells: readonly string[], line: number): Row {
  const [id = "", promise = "", shown = ""] = cells;
  const faults: string[] = [];
  if (cells.length !== 4) faults.push(`has ${cells.length} cells, must have 4`);
  if (id === "") faults.push("has no id");
  if (promise === "") faults.push("promises nothing");
  const written = [...shown.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
  if (written.length === 0) faults.push("names no test in backticks");
  const shownBy = written.flatMap((text): Reference[] => {
    const reference = referenceOf(text.replaceAll("\\|", "|"));
    if (reference !== undefined) return [reference];
    faults.push(`has "${text}", must be "FILE.ts: NAME" or "bench:NAME"`);
    return [];
  });
  return { line, id, shownBy, faults };
}

function referenceOf(text: string): Reference | undefined {
  const bench = text.match(/^bench:([a-z0-9-]+)$/)?.[1];
  if (bench !== undefined) return { kind: "bench", name: bench };
  const [, file, name] = text.match(/^([\w./-]+\.ts): (.+)$/) ?? [];
  return file === undefined || name === undefined ? undefined : { kind: "test", file, name };
}

/** Says what is wrong with the rows as written, and which of them name what is not there. */
export function sourceFaults(rows: readonly Row[], source: Source): string[] {
  if (rows.length === 0) return [`${SPECIFICATION} has no rows`];
  const seen = new Map<string, number>();
  return rows.flatMap((row) => {
    const first = seen.get(row.id);
    seen.set(row.id, first ?? row.line);
    const faults = [...row.faults];
    if (first !== undefined) faults.push(`has the id of line ${first}`);
    for (const reference of row.shownBy) {
      if (reference.kind === "bench") {
        if (source.tasks.includes(`bench:${reference.name}`)) continue;
        faults.push(`names bench:${reference.name}, deno.json has no such task`);
        continue;
      }
      const text = source.text(reference.file);
      if (text === undefined) faults.push(`names ${reference.file}, which does not exist`);
      else if (!declares(text, reference.name)) {
        faults.push(`names a test that ${reference.file} does not declare: "${reference.name}"`);
      }
    }
    return faults.map((fault) => worded(row, fault));
  });
}

/** Says which rows name a test that did not run or did not pass. */
export function resultFaults(rows: readonly Row[], cases: readonly TestCase[]): string[] {
  return rows.flatMap((row) =>
    row.shownBy.flatMap((reference) => {
      if (reference.kind === "bench") return [];
      const ran = cases.filter(({ file, name }) =>
        name === reference.name && (file === reference.file || isRegistrar(file))
      );
      const bad = ran.length === 0
        ? "did not run"
        : ran.find(({ outcome }) => outcome !== "passed")?.outcome;
      if (bad === undefined) return [];
      const verb = bad === "skipped" ? "was skipped" : bad;
      return [worded(row, `is not shown: ${reference.file}: "${reference.name}" ${verb}`)];
    })
  );
}

/** Whether a file registers tests that others declare: Deno reports them as its own. What declares them is found in the source. */
function isRegistrar(file: string): boolean {
  return !file.endsWith("_test.ts");
}

function worded(row: Row, fault: string): string {
  return `${SPECIFICATION}:${row.line}: row "${row.id}" ${fault}`;
}

/** A name as the first argument of a call, or as the value of `name:`. */
const NAME_REGEXP = /(?:[\w)]\(\s*|\bname:\s*)("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)/g;

/** Letters a template must spell out before it is taken for a test's name. */
const TEMPLATE_LETTERS_MIN = 8;

/** Whether `text` declares a test called `name`, as a literal or by a template that yields it. */
export function declares(text: string, name: string): boolean {
  for (const [, literal = ""] of text.matchAll(NAME_REGEXP)) {
    const parts = literal.slice(1, -1).split(literal.startsWith("`") ? /\$\{[^}]*\}/ : /$^/)
      .map((part) => part.replace(/\\(.)/g, "$1"));
    if (parts.length === 1 && parts[0] === name) return true;
    if (parts.length === 1 || parts.join("").length < TEMPLATE_LETTERS_MIN) continue;
    const escaped = parts.map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
    if (new RegExp(`^${escaped.join(".+")}$`).test(name)) return true;
  }
  return false;
}

/** What is wrong with this checkout's specification; with `results`, after its last test run. */
export function specificationFaults(mode: "source" | "results"): string[] {
  const rows = parseSpecification(readText(SPECIFICATION) ?? "");
  const { tasks }: { tasks: Record<string, string> } = JSON.parse(
    readText("deno.json") ?? '{"tasks":{}}',
  );
  const faults = sourceFaults(rows, { text: readText, tasks: Object.keys(tasks) });
  if (mode === "source" || faults.length > 0) return faults;
  return resultFaults(rows, readResults().flatMap(({ cases }) => cases));
}

if (import.meta.main) {
  const faults = specificationFaults(Deno.args.includes("--results") ? "results" : "source");
  for (const fault of faults) say(fault);
  if (faults.length === 0) say(`Every row of ${SPECIFICATION} is shown`);
  Deno.exit(faults.length === 0 ? 0 : 1);
}
