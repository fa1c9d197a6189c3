/** The trial of one mutant: do the tests that reach it notice? */
import type { Cover, CoveringTest } from "./covering.ts";
import type { Mutant, Outcome } from "./mutant.ts";
import type { HotQuestion } from "./hot_bed.ts";
import type { HotProcess } from "./hot_process.ts";
import { runTests } from "./test_process.ts";

/** Milliseconds a process may take to start and load, on a machine that does other things too. */
const START_MS_MAX = 6_000;
/** Milliseconds that the first turn's tests take together: what hangs is given up soon there. */
const QUICK_MS_MAX = 400;
/** Times as long as without a mutant that tests may take. */
const SLOWER_MAX = 8;
/** Milliseconds that a test may take besides where many mutants share a process. */
const HOT_MS = 500;
/** Times as often as without a mutant that one may be reached, and how often in any case. */
const HITS_RATIO_MAX = 100;
const HITS_MIN = 10_000;

/**
 * Tries the tests near the mutant first, then the others; in each turn, the fast before the slow. What the first turn kills in
 * a process that many mutants share is killed; everything else is tried in one of its own.
 *
 * @param root The top of the mutated copy, with a slash at its end.
 */
export async function tryMutant(
  root: string,
  { mutant, cover, hot, lane, signal }: {
    readonly mutant: Mutant;
    readonly cover: Cover | undefined;
    /** The lane's shared process; none are tried there without one. */
    readonly hot?: HotProcess | undefined;
    readonly lane: number;
    readonly signal: AbortSignal;
  },
): Promise<Outcome> {
  if (cover === undefined || cover.tests.length === 0) return "notCovered";
  const hitsMax = Math.max(HITS_MIN, HITS_RATIO_MAX * cover.hits);
  const answer = await hot?.try(hotQuestion(mutant, { cover, hitsMax }));
  signal.throwIfAborted();
  if (answer === "killed") return "killed";
  for (const tests of inTurns(mutant.file, cover.tests)) {
    const tookMs = tests.reduce((sum, test) => sum + test.tookMs, 0);
    const end = await runTests({
      root,
      lane: `lane_${lane}`,
      files: [...new Set(tests.map(({ file }) => file))],
      mutant: JSON.stringify({ id: mutant.id, hitsMax }),
      last: `declare(${JSON.stringify(tests.map(({ key }) => key))})`,
      permissions: [],
      msMax: START_MS_MAX + SLOWER_MAX * tookMs,
      signal,
    });
    signal.throwIfAborted();
    if (end.timedOut || end.output.includes("Hit count limit reached")) return "timedOut";
    if (!end.passed) return "killed";
  }
  return "survived";
}

function hotQuestion(
  { id, file }: Mutant,
  { cover, hitsMax }: { readonly cover: Cover; readonly hitsMax: number },
): HotQuestion {
  const tests = quickTests(file, cover.tests);
  const tookMs = tests.map((test) => test.tookMs);
  const all = tookMs.reduce((sum, ms) => sum + ms, 0);
  return {
    id,
    hitsMax,
    tests: tests.map(({ key }) => key),
    msMax: HOT_MS + SLOWER_MAX * Math.max(0, ...tookMs),
    allMsMax: HOT_MS + SLOWER_MAX * all,
  };
}

/**
 * The quickest tests of the mutant's own folder, the others of its folder at the top, then the rest:
 * most die in the first turn.
 */
export function inTurns(file: string, tests: readonly CoveringTest[]): CoveringTest[][] {
  const top = `${file.split("/")[0]}/`;
  const quick = new Set(quickTests(file, tests));
  const others = byTime(tests).filter((test) => !quick.has(test));
  const near = others.filter((test) => test.file.startsWith(top));
  const far = others.filter((test) => !test.file.startsWith(top));
  return [[...quick], near, far].filter((turn) => turn.length > 0);
}

/** The quickest of the mutant's own folder. */
export function quickTests(file: string, tests: readonly CoveringTest[]): CoveringTest[] {
  const own = file.replace(/[^/]*$/, "");
  let leftMs = QUICK_MS_MAX;
  return byTime(tests).filter((test) => test.file.startsWith(own)).filter(({ tookMs }) => {
    leftMs -= tookMs;
    return leftMs >= 0;
  });
}

function byTime(tests: readonly CoveringTest[]): CoveringTest[] {
  return [...tests].sort((a, b) => a.tookMs - b.tookMs);
}
