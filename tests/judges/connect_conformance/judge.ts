/** The official Connect suite: built from its Go module, run against a program of ours, its totals read back. */
import { join } from "@std/path/posix";
import { output } from "../../bench/programs.ts";
import { EXCLUDED, FEATURES, KNOWN_FAILING, type Mode, TIMED } from "./claims.ts";

/** Downloading and compiling for the first time. */
const BUILD_MS_MAX = 240_000;

/** All cases of one mode; on an idle machine they take a quarter of a minute as server and half of one as client. */
const RUN_MS_MAX = 240_000;

/** Programs of ours that run at once: each takes half a second of a core to start. */
const SERVERS_MAX = 2;

const HERE = import.meta.dirname ?? Deno.cwd();
const MODULE = join(HERE, "../../interop/connectconformance");
const PROGRAM = "connectrpc.com/conformance";

/** What the judge counted. */
export interface Verdict {
  readonly cases: number;
  readonly passed: number;
  /** In its words, each case with what was wrong; empty where nothing was. */
  readonly faults: string;
}

/** Builds the judge into `directory`. @returns Its path. @throws {Error} With what the compiler says. */
export async function buildJudge(directory: string): Promise<string> {
  const program = join(directory, "connectconformance");
  const args = ["build", "-o", program, `${PROGRAM}/cmd/connectconformance`];
  await output({ program: "go", args, cwd: MODULE, msMax: BUILD_MS_MAX });
  return program;
}

/** Where the judge's module lies, with its .proto files; it is here once the judge is built. */
export async function moduleFolder(): Promise<string> {
  const args = ["list", "-m", "-f", "{{.Dir}}", PROGRAM];
  return (await output({ program: "go", args, cwd: MODULE, msMax: BUILD_MS_MAX })).trim();
}

/** What to judge. */
interface Judged {
  readonly mode: Mode;
  /** For the judge's configuration. */
  readonly directory: string;
}

/** Runs all that is claimed of `mode`. @throws {Error} The judge did not come to an end: with what it said. */
export async function judge(program: string, judged: Judged): Promise<Verdict> {
  const verdict = await run(program, judged, []);
  const failed = [...verdict.faults.matchAll(/^FAILED: (.*)$/gm)].map(([, name = ""]) => name);
  const isTimed = failed.length > 0 && failed.every((name) => name.startsWith(`${TIMED}/`));
  if (!isTimed) return verdict;
  const again = await run(program, judged, ["--run", `${TIMED}/**`]);
  return {
    cases: verdict.cases,
    passed: verdict.cases - (again.cases - again.passed),
    faults: again.faults,
  };
}

async function run(
  program: string,
  { mode, directory }: Judged,
  only: readonly string[],
): Promise<Verdict> {
  const conf = join(directory, `${mode}.json`);
  const excludeCases = EXCLUDED.filter((one) => one.mode === mode).map(({ cases }) => cases);
  // JSON is YAML.
  await Deno.writeTextFile(conf, JSON.stringify({ features: FEATURES, excludeCases }));
  const failing = KNOWN_FAILING.filter((one) => one.mode === mode)
    .flatMap(({ cases }) => ["--known-failing", cases]);
  const places = ["--mode", mode, "--conf", conf, "--max-servers", String(SERVERS_MAX)];
  // The import map goes with the configuration, which is found from the working directory only.
  const flags = ["-A", "-q", "--no-check", "--config", join(HERE, "../../../deno.json")];
  const words = [Deno.execPath(), "run", ...flags, join(HERE, `${mode}.ts`)];
  const { stdout, stderr } = await new Deno.Command(program, {
    args: [...places, ...failing, ...only, "--", ...words],
    signal: AbortSignal.timeout(RUN_MS_MAX),
  }).output();
  const decoder = new TextDecoder();
  const said = `${decoder.decode(stdout)}${decoder.decode(stderr)}`;
  const cases = /^Total cases: (\d+)$/m.exec(said)?.[1];
  const passed = /^(\d+) passed, \d+ failed$/m.exec(said)?.[1];
  if (cases === undefined || passed === undefined) throw new Error(`The judge said: ${said}`);
  const faults = [...said.matchAll(/^FAILED: .*\n(?:\t.*\n)*/gm)].map(([fault]) => fault).join("");
  return { cases: Number(cases), passed: Number(passed), faults };
}
