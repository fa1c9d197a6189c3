/**
 * `deno task test [TIER…]`: runs all tiers, or those named, installs what they need, and ends with
 * totals per tier and `N passed, N failed` alone on the last line.
 *
 * A tier that cannot run here is skipped with its reason, unless STRATA_REQUIRE (a list separated
 * by commas) names it: then the skip is a failure, and so is every ignored test of that tier.
 */
import { LOCKED, readText, ROOT, runAloud, say, typescriptFiles } from "./checkout.ts";
import { ensurePackages } from "./host_packages.ts";
import { parseJunit, type TestCase } from "./junit.ts";
import { readResults, RESULTS_FOLDER, type TierResult, writeResults } from "./results.ts";
import { homeless, partsOf, type Tier, tierNames, TIERS } from "./tiers.ts";
import { totalLines, withRequired } from "./totals.ts";

async function runTier(tier: Tier, paths: readonly string[]): Promise<TierResult> {
  const parts = partsOf(tier, paths);
  if (parts.length === 0) return { tier: tier.name, cases: [] };
  const skipped = await reasonToSkip(tier);
  if (skipped !== undefined) return { tier: tier.name, cases: [], skipped };
  const signal = AbortSignal.timeout(tier.msMax);
  for (const [program = "", ...args] of tier.prepare) {
    const words = ["run", ...LOCKED, "--allow-all", program, ...args];
    say(`tier ${tier.name}: ${[program, ...args].join(" ")}`);
    const code = await runAloud({ words: [Deno.execPath(), ...words], signal });
    if (code === 0) continue;
    const name = `${program} ${args.join(" ")} ended with ${code}`;
    return { tier: tier.name, cases: [failure(name)] };
  }
  const cases: TestCase[] = [];
  for (const [index, { permissions, files }] of parts.entries()) {
    const report = `${RESULTS_FOLDER}/${tier.name}-${index}.xml`;
    cases.push(...await runPart({ files, permissions, report, signal }));
  }
  return { tier: tier.name, cases };
}

async function reasonToSkip(tier: Tier): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return tier.name === "unit" ? undefined : "needs Linux";
  if (tier.needsRoot && Deno.uid() !== 0) return "needs root";
  return await ensurePackages(tier.packages);
}

interface PartRun {
  readonly files: readonly string[];
  readonly permissions: readonly string[];
  readonly report: string;
  readonly signal: AbortSignal;
}

/** Runs some files by `deno test` and reads its report; an end without one is a failed test. */
async function runPart({ files, permissions, report, signal }: PartRun): Promise<TestCase[]> {
  if (signal.aborted) return [failure(`${files.length} files did not run: the tier took too long`)];
  await Deno.mkdir(`${ROOT}${RESULTS_FOLDER}`, { recursive: true });
  await Deno.remove(`${ROOT}${report}`).catch(() => {}); // There may be none yet.
  // Types are the gate's to check (`deno task ok`): here a wrong one must not hide what runs.
  const words = [
    "test",
    ...LOCKED,
    "--no-check",
    "--no-prompt",
    `--junit-path=${report}`,
    ...permissions,
  ];
  const code = await runAloud({ words: [Deno.execPath(), ...words, ...files], signal });
  const cases = parseJunit(readText(report) ?? "");
  if (signal.aborted) return [...cases, failure(`deno test was ended: the tier took too long`)];
  if (code === 0 || cases.some(({ outcome }) => outcome === "failed")) return cases;
  return [...cases, failure(`deno test ended with ${code} outside of a test, see its output`)];
}

function failure(name: string): TestCase {
  return { file: "", name, outcome: "failed" };
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}

async function main(args: readonly string[]): Promise<number> {
  const names = tierNames(args.join(","));
  const required = tierNames(Deno.env.get("STRATA_REQUIRE") ?? "");
  const chosen = TIERS.filter(({ name }) => names.length === 0 || names.includes(name));
  const paths = typescriptFiles();
  const lost = homeless(paths);
  if (lost.length > 0) {
    throw new RangeError(`Cannot place ${lost.join(", ")}: no tier in tools/tiers.ts runs it`);
  }
  const results: TierResult[] = [];
  for (const tier of chosen) {
    const sinceMs = performance.now();
    const result = await runTier(tier, paths);
    results.push(result);
    say(`tier ${tier.name}: ${result.skipped ?? "ran"} (${seconds(sinceMs)})\n`);
  }
  const others = readResults().filter(({ tier }) => !chosen.some(({ name }) => name === tier));
  writeResults([...others, ...results]);
  const judged = withRequired(results, required);
  for (const line of totalLines(judged)) say(line);
  const failed = judged.some(({ cases }) => cases.some(({ outcome }) => outcome === "failed"));
  return failed ? 1 : 0;
}

if (import.meta.main) {
  const ended = await main(Deno.args).catch((error: unknown) => {
    if (!(error instanceof RangeError)) throw error;
    say(error.message);
    return 2;
  });
  Deno.exit(ended);
}
