/** What the last test run found, kept for those who come after it. */
import { readText, ROOT } from "./checkout.ts";
import type { TestCase } from "./junit.ts";

/** Where results and reports of test runs are kept. */
export const RESULTS_FOLDER = "dist/tests";

const RESULTS = `${RESULTS_FOLDER}/results.json`;

/** What one tier found. */
export interface TierResult {
  readonly tier: string;
  readonly cases: readonly TestCase[];
  /** Why the tier did not run; absent when it did. */
  readonly skipped?: string;
}

/** The results of the last run; empty when there was none. */
export function readResults(): readonly TierResult[] {
  return JSON.parse(readText(RESULTS) ?? "[]");
}

/** Replaces the results kept. */
export function writeResults(results: readonly TierResult[]): void {
  Deno.mkdirSync(`${ROOT}${RESULTS_FOLDER}`, { recursive: true });
  Deno.writeTextFileSync(`${ROOT}${RESULTS}`, `${JSON.stringify(results, undefined, 2)}\n`);
}
