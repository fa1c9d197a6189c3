/** The official suite: the Go tests of tests/interop/official-suite, run against a server process of ours. */
import { join } from "@std/path/posix";

/** Downloading and compiling for the first time, and half a minute of tests. */
const RUN_MS_MAX = 240_000;

/** The tests alone; they end themselves, and their servers with them. */
const TESTS_MAX = "-timeout=120s";

/** The package that is run. */
const PACKAGE = "./official-suite";

/** A race in its helper fails it against official servers too, in about four of a hundred runs. */
const RACY = "TestOfficialStateSuite/TestTeardownAndDestroy";

/** What the judge says of one case. */
export interface JudgedCase {
  /** Test and subtest, with slashes between them. */
  readonly name: string;
  /** What it said where it failed or was skipped; undefined where it passed. */
  readonly fault: string | undefined;
}

/** A line of `go test -json`. */
interface Report {
  readonly Action: string;
  readonly Test?: string;
  readonly Output?: string;
}

/**
 * Runs all cases. The one that is racy has a second try.
 *
 * @returns Innermost cases only, in the order in which they ended.
 * @throws {Error} Nothing ran: with what the compiler or the server said.
 */
export async function judgeState(): Promise<JudgedCase[]> {
  const cases = await runSuite([]);
  const failed = cases.filter(({ fault }) => fault !== undefined);
  if (failed.length !== 1 || failed[0]?.name !== RACY) return cases;
  const again = await runSuite(["-run", RACY.split("/").map((name) => `^${name}$`).join("/")]);
  return cases.map((one) => again.find(({ name }) => name === one.name) ?? one);
}

async function runSuite(only: readonly string[]): Promise<JudgedCase[]> {
  const here = import.meta.dirname ?? Deno.cwd();
  const server = join(here, "state_process.ts");
  // The import map goes with the configuration, which is found from the working directory only.
  const config = join(here, "../../deno.json");
  const words = [Deno.execPath(), "run", "-A", "-q", "--no-check", "--config", config, server];
  const { stdout, stderr } = await new Deno.Command("go", {
    args: ["test", "-json", "-count=1", "-vet=off", TESTS_MAX, ...only, PACKAGE],
    cwd: join(here, "../interop"),
    env: { STRATA_STATE_PROCESS: JSON.stringify(words) },
    signal: AbortSignal.timeout(RUN_MS_MAX),
  }).output();
  const said = new TextDecoder().decode(stdout);
  const reports = readReports(said);
  const { cases, fault } = readCases(reports);
  if (cases.length > 0) return fault === undefined ? cases : [...cases, { name: PACKAGE, fault }];
  throw new Error(`Cannot run the official suite: ${new TextDecoder().decode(stderr)}${said}`);
}

function readReports(text: string): Report[] {
  return text.split("\n").filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Report); // `go help test` says what a line has.
}

/** The cases, and what the package said where it failed though none of its tests did. */
function readCases(
  reports: readonly Report[],
): { readonly cases: JudgedCase[]; readonly fault: string | undefined } {
  const names = new Set(reports.flatMap(({ Test }) => Test === undefined ? [] : [Test]));
  const isOuter = (name: string): boolean => [...names].some((one) => one.startsWith(`${name}/`));
  const output = (test: string | undefined): string =>
    reports.filter(({ Action, Test }) => Action === "output" && Test === test)
      .map(({ Output = "" }) => Output).join("");
  const ended = (name: string | undefined): string | undefined =>
    reports.findLast(({ Action, Test }) =>
      Test === name && ["pass", "fail", "skip"].includes(Action)
    )?.Action;
  const cases = [...names].flatMap((name) => {
    const action = ended(name);
    // A test around others fails with them, unless it failed by itself.
    if (isOuter(name) && (action === "pass" || hasFailedPart(names, name, ended))) return [];
    return [{
      name,
      fault: action === "pass" ? undefined : `${action ?? "never ended"}: ${output(name)}`,
    }];
  });
  const isFailed = ended(undefined) !== "pass" &&
    cases.every(({ fault }) => fault === undefined);
  return { cases, fault: isFailed ? output(undefined) : undefined };
}

function hasFailedPart(
  names: ReadonlySet<string>,
  outer: string,
  ended: (name: string) => string | undefined,
): boolean {
  return [...names].some((name) => name.startsWith(`${outer}/`) && ended(name) !== "pass");
}
