/**
 * `deno task mutants [FOLDER…]`: changes the code in thousands of small ways and asks whether the
 * unit tests notice each.
 *
 * Tells what lives as it is found; ends with all of it, a table, and the percentage that died; with 1
 * when that is below `--min`. A change that is accepted to the letter counts as alive untried: trying
 * what lives takes longest, since every test runs to its end.
 *
 * `--again FILE` (the `--json` of an earlier run, which an ended one writes too) tries only what lived
 * then without a reason or is new: for whoever writes tests, not for a score to quote.
 */
import { say, typescriptFiles } from "../checkout.ts";
import { ACCEPTED_SURVIVORS } from "./accepted_survivors.ts";
import { type Covering, coveringTests, unitTests } from "./covering.ts";
import { hotProcesses } from "./hot_process.ts";
import { inLanes } from "./lanes.ts";
import type { Mutant, Tried } from "./mutant.ts";
import { type MutatedCopy, mutatedCopy } from "./mutated_copy.ts";
import { progress } from "./progress.ts";
import { parseRequest } from "./request.ts";
import {
  countOf,
  isAcceptedAsIs,
  killedPercent,
  lives,
  reasonFor,
  staleLines,
  survivorLines,
  tableLines,
} from "./score.ts";
import { quickTests, tryMutant } from "./trial.ts";

async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  const request = parseRequest(args);
  const settled = request.again === undefined ? [] : await settledIn(request.again);
  await using copy = await mutatedCopy(request.folders);
  say(`${copy.mutants.length} mutants in ${request.folders.join(", ")}`);
  const files = unitTests(typescriptFiles());
  const covering = await coveringTests(copy.root, { files, lanes: request.lanes, signal });
  await tryNone(copy, { covering, signal });
  const save = async (tried: readonly Tried[]): Promise<void> => {
    if (request.json === undefined) return;
    await Deno.writeTextFile(request.json, `${JSON.stringify(tried, undefined, 1)}\n`);
  };
  const tried = await tryAll(copy, { covering, settled, lanes: request.lanes, signal, save });
  say("");
  for (const line of survivorLines(tried, ACCEPTED_SURVIVORS)) say(line);
  for (const line of staleLines(tried, ACCEPTED_SURVIVORS)) say(line);
  for (const line of tableLines(tried)) say(line);
  const percent = killedPercent(countOf("total", tried));
  if (percent >= request.percentMin) return 0;
  say(`fewer than ${request.percentMin} % of the mutants were killed`);
  return 1;
}

/** What died in an earlier run, or lived and has a reason to. */
async function settledIn(path: string): Promise<Tried[]> {
  const tried: Tried[] = JSON.parse(await Deno.readTextFile(path));
  return tried.filter((mutant) => !lives(mutant) || reasonFor(mutant, ACCEPTED_SURVIVORS));
}

/**
 * Tries all tests together with no mutant on.
 *
 * @throws {RangeError} Some fail: each mutant would seem to die.
 */
async function tryNone(
  { root, mutants: [first] }: MutatedCopy,
  { covering, signal }: { readonly covering: Covering; readonly signal: AbortSignal },
): Promise<void> {
  if (first === undefined) return;
  const all = [...covering.values()].flatMap(({ tests }) => tests);
  const tests = [...new Map(all.map((test) => [test.key, test])).values()];
  const none = { ...first, id: "none" };
  const cover = { tests, hits: 0 };
  const outcome = await tryMutant(root, { mutant: none, cover, lane: 0, signal });
  say(`${tests.length} tests reach them`);
  if (outcome === "survived") return;
  throw new RangeError("Cannot try mutants: tests that pass file by file fail when run together");
}

interface Trials {
  readonly covering: Covering;
  readonly settled: readonly Tried[];
  readonly lanes: number;
  readonly signal: AbortSignal;
  /** Is given what was tried, also where the trials were ended. */
  readonly save: (tried: readonly Tried[]) => Promise<void>;
}

/** Tries each mutant, says how far it is, and gives them in their order. */
async function tryAll(
  { root, mutants }: MutatedCopy,
  { covering, settled, lanes, signal, save }: Trials,
): Promise<Tried[]> {
  const known = new Map(settled.map((mutant) => [mutant.key, mutant]));
  const tried = new Map<string, Tried>();
  for (const mutant of mutants) {
    const before = known.get(mutant.key);
    if (before !== undefined) tried.set(mutant.id, { ...before, ...mutant });
  }
  for (const mutant of mutants) {
    if (tried.has(mutant.id) || !isAcceptedAsIs(mutant, ACCEPTED_SURVIVORS)) continue;
    tried.set(mutant.id, { ...mutant, outcome: "survived", tookMs: 0 });
  }
  const waiting = mutants.filter(({ id }) => !tried.has(id));
  const files = waiting.flatMap(({ id, file }) =>
    quickTests(file, covering.get(id)?.tests ?? []).map((test) => test.file)
  );
  await using hot = hotProcesses({ root, files: [...new Set(files)], lanes, signal });
  const told = progress({ total: waiting.length, tell: say });
  const work = async (mutant: Mutant, lane: number): Promise<void> => {
    const sinceMs = performance.now();
    const cover = covering.get(mutant.id);
    const outcome = await tryMutant(root, { mutant, cover, hot: hot.of(lane), lane, signal });
    const result = { ...mutant, outcome, tookMs: Math.round(performance.now() - sinceMs) };
    tried.set(mutant.id, result);
    for (const line of survivorLines([result], ACCEPTED_SURVIVORS)) say(line);
    told(outcome);
  };
  const inOrder = (): Tried[] => mutants.flatMap(({ id }) => tried.get(id) ?? []);
  try {
    await inLanes(waiting, { lanes, signal, work });
  } finally {
    await save(inOrder());
  }
  return inOrder();
}

if (import.meta.main) {
  const stop = new AbortController();
  // Aborted, not killed: the copy is removed and the processes are ended on the way out.
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => stop.abort(new RangeError(`ended by ${name}`)));
  }
  const ended = await main(Deno.args, stop.signal).catch((error: unknown) => {
    if (!(error instanceof RangeError)) throw error;
    say(error.message);
    return 2;
  });
  Deno.exit(ended);
}
