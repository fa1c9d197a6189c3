/** Which tests reach which mutant, and how long they take: one run of every test file tells. */
import { partsOf, TIERS } from "../tiers.ts";
import type { Observation } from "./inside.ts";
import { inLanes } from "./lanes.ts";
import { runTests } from "./test_process.ts";

/** Milliseconds a test file may take as it is. */
const FILE_MS_MAX = 120_000;

/** A test that reaches a mutant. */
export interface CoveringTest {
  readonly file: string;
  /** Its name in the test bed. */
  readonly key: string;
  readonly tookMs: number;
}

/** The tests that reach a mutant. */
export interface Cover {
  readonly tests: readonly CoveringTest[];
  /** How often they reach it in all. */
  readonly hits: number;
}

/** What each mutant is reached by; a mutant that is not in it is reached by no test. */
export type Covering = ReadonlyMap<string, Cover>;

/** The unit tests that stand without permissions, among `paths`. */
export function unitTests(paths: readonly string[]): string[] {
  return TIERS.filter(({ name }) => name === "unit")
    .flatMap((tier) => partsOf(tier, paths))
    .flatMap(({ permissions, files }) => permissions.length === 0 ? files : []);
}

/**
 * Runs every file without a mutant.
 *
 * @throws {RangeError} A file fails: what fails anyway cannot tell a mutant.
 */
export async function coveringTests(
  root: string,
  { files, lanes, signal }: {
    readonly files: readonly string[];
    readonly lanes: number;
    readonly signal: AbortSignal;
  },
): Promise<Covering> {
  const covering = new Map<string, Cover>();
  const work = async (file: string, lane: number): Promise<void> => {
    const path = `${root}observation_${lane}.json`;
    const end = await runTests({
      root,
      lane: `lane_${lane}`,
      files: [file],
      mutant: "",
      last: `observe(${JSON.stringify(path)})`,
      permissions: [`--allow-write=${path}`],
      msMax: FILE_MS_MAX,
      signal,
    });
    signal.throwIfAborted();
    if (!end.passed) {
      throw new RangeError(`Cannot try mutants on ${file}: it fails without one\n${end.output}`);
    }
    addObservation(covering, { file, observation: JSON.parse(await Deno.readTextFile(path)) });
  };
  await inLanes(files, { lanes, signal, work });
  return covering;
}

/**
 * Adds what a file's tests reached.
 *
 * A mutant that is reached while the file is loaded may change any of its tests, so that all of
 * them count.
 */
export function addObservation(
  covering: Map<string, Cover>,
  { file, observation }: { readonly file: string; readonly observation: Observation },
): void {
  const { reached, tookMs } = observation;
  const all = Object.entries(tookMs).map(([key, ms]) => ({ file, key, tookMs: ms }));
  for (const [mutant, hits] of Object.entries(reached.static)) {
    add(covering, { mutant, tests: all, hits });
  }
  for (const test of all) {
    for (const [mutant, hits] of Object.entries(reached.perTest[test.key] ?? {})) {
      const tests = Object.hasOwn(reached.static, mutant) ? [] : [test];
      add(covering, { mutant, tests, hits });
    }
  }
}

function add(
  covering: Map<string, Cover>,
  { mutant, tests, hits }: Cover & { readonly mutant: string },
): void {
  const before = covering.get(mutant) ?? { tests: [], hits: 0 };
  covering.set(mutant, { tests: [...before.tests, ...tests], hits: before.hits + hits });
}
