/** The end of a test run in words. */
import type { Outcome } from "./junit.ts";
import type { TierResult } from "./results.ts";

/**
 * What `results` come to when the tiers of `required` may not skip: a required tier that did not
 * run, ran nothing or ignored a test has that as a failure.
 */
export function withRequired(
  results: readonly TierResult[],
  required: readonly string[],
): TierResult[] {
  return results.map((result) => {
    const { tier, cases, skipped } = result;
    if (!required.includes(tier)) return result;
    const missing = skipped ?? (cases.length === 0 ? "it has no tests" : undefined);
    const judged = cases.map((one) =>
      one.outcome === "skipped" ? { ...one, outcome: "failed" as const } : one
    );
    if (missing === undefined) return { tier, cases: judged };
    const name = `tier ${tier} is required and did not run: ${missing}`;
    return { tier, cases: [...judged, { file: "", name, outcome: "failed" }] };
  });
}

/**
 * The closing lines: what failed and what was skipped by name, a line for each tier, and last
 * `N passed, N failed`.
 */
export function totalLines(results: readonly TierResult[]): string[] {
  const named = (outcome: Outcome): string[] =>
    results.flatMap(({ tier, cases }) =>
      cases.filter((one) => one.outcome === outcome)
        .map(({ file, name }) => `${outcome} ${tier}: ${file === "" ? "" : `${file}: `}${name}`)
    );
  const tiers = results.map(({ tier, cases, skipped }) => {
    if (skipped !== undefined) return `tier ${tier}: skipped, ${skipped}`;
    const [passed, failed, left] = counts(cases.map(({ outcome }) => outcome));
    return `tier ${tier}: ${passed} passed, ${failed} failed, ${left} skipped`;
  });
  const [passed, failed] = counts(results.flatMap(({ cases }) => cases.map((one) => one.outcome)));
  return [
    ...named("skipped"),
    ...named("failed"),
    ...tiers,
    `${passed} passed, ${failed} failed`,
  ];
}

function counts(outcomes: readonly Outcome[]): [number, number, number] {
  const of = (wanted: Outcome): number => outcomes.filter((outcome) => outcome === wanted).length;
  return [of("passed"), of("failed"), of("skipped")];
}
