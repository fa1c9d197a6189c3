/** The h2spec judge: built from its Go module, run against a port, its report read back. */
import { join } from "@std/path/posix";

/** Downloading and compiling for the first time. */
const BUILD_MS_MAX = 240_000;

/** All cases; those that wait for a time-out of the judge take seconds. */
const RUN_MS_MAX = 120_000;

/** Cases of the groups `generic`, `http2` and `hpack`. */
export const H2SPEC_CASES = 145;

/** What the judge says of one case. */
export interface JudgedCase {
  /** Section and number, such as `http2/6.9.1 (2)`, and what the case does. */
  readonly name: string;
  /** Why it failed, or that it was skipped; undefined where it passed. */
  readonly fault: string | undefined;
}

const SUITE_REGEXP = /<testsuite name="[^"]*" package="([^"]*)"[^>]*>(.*?)<\/testsuite>/gs;
const CASE_REGEXP = /<testcase [^>]*classname="([^"]*)"[^>]*?(?:\/>|>(.*?)<\/testcase>)/gs;

/** Builds the judge into `directory`. @returns Its path. @throws {Error} With what the compiler says. */
export async function buildH2spec(directory: string): Promise<string> {
  const program = join(directory, "h2spec");
  const cwd = join(import.meta.dirname ?? Deno.cwd(), "../interop/h2spec");
  const args = ["build", "-o", program, "github.com/summerwind/h2spec/cmd/h2spec"];
  const signal = AbortSignal.timeout(BUILD_MS_MAX);
  const { success, stderr } = await new Deno.Command("go", { args, cwd, signal }).output();
  if (success) return program;
  throw new Error(`Cannot build h2spec: ${new TextDecoder().decode(stderr)}`);
}

/** Runs all cases against `port`, one after the other. */
export async function judge(
  program: string,
  { port, tls, report }: { readonly port: number; readonly tls: boolean; readonly report: string },
): Promise<JudgedCase[]> {
  // Two seconds: what a case waits for where the right answer is none.
  const args = ["-h", "127.0.0.1", "-p", String(port), "-o", "2", "-j", report];
  if (tls) args.push("-t", "-k");
  args.push("generic", "http2", "hpack");
  const signal = AbortSignal.timeout(RUN_MS_MAX);
  const { stdout } = await new Deno.Command(program, { args, signal }).output();
  const said = new TextDecoder().decode(stdout);
  const text = await Deno.readTextFile(report).catch(() => "");
  const cases = readReport(text);
  if (cases.length > 0) return cases;
  throw new Error(`Cannot read the report of h2spec, which said: ${said}`);
}

function readReport(xml: string): JudgedCase[] {
  return [...xml.matchAll(SUITE_REGEXP)].flatMap(([, section = "", cases = ""]) =>
    [...cases.matchAll(CASE_REGEXP)].map(([, title = "", body = ""], index) => ({
      name: `${section} (${index + 1}): ${title.replaceAll("&#34;", '"')}`,
      fault: /<(failure|error|skipped)/.test(body) ? body.trim() : undefined,
    }))
  );
}
