/**
 * Tests in Linux namespaces of their own: mounts, processes, network and host name, so that nothing they do reaches
 * the machine and PID 1 is the test itself.
 *
 * A process with threads cannot change its own namespaces, so the test file runs itself again inside them, once, and
 * each test outside passes when its namesake inside did.
 */
import { parseJunit, type TestCase } from "../../tools/junit.ts";

/** Set inside. */
const INSIDE = "STRATA_TEST_INSIDE";
/** Milliseconds the run inside may take. */
const INSIDE_MS_MAX = 120_000;
const UNSHARE = ["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"];
const NAMESPACES = [...UNSHARE, "--mount-proc", "--net", "--uts"];

/** What the run inside said. */
interface Report {
  readonly cases: readonly TestCase[];
  readonly output: string;
}

/** Registers a test whose body, inside, is given what was prepared there. */
export type InsideTest<Prepared> = (
  name: string,
  body: (prepared: Prepared) => void | Promise<void>,
) => void;

/**
 * Registers tests that run inside; outside their results are shown.
 *
 * @param file The test file's `import.meta.url`.
 * @param prepare Runs inside only, once and before the tests: libc stays open between them.
 */
export function insideNamespaces<Prepared>(
  file: string,
  prepare: () => Prepared,
): InsideTest<Prepared> {
  if (Deno.env.get(INSIDE) !== undefined) {
    const prepared = prepare();
    return (name, body) => Deno.test(name, () => body(prepared));
  }
  let report: Promise<Report> | undefined;
  let shown = false;
  return (name) =>
    Deno.test(name, async () => {
      report ??= runInside(file);
      const { cases, output } = await report;
      const found = cases.find((each) => each.name === name);
      if (found?.outcome === "passed") return;
      const why = found === undefined ? "did not run" : found.outcome;
      // The output is that of all tests: once is enough.
      const tail = shown ? "see the first failure" : output;
      shown = true;
      throw new Error(`Cannot pass inside the namespaces, it ${why}: ${tail}`);
    });
}

async function runInside(file: string): Promise<Report> {
  const path = await Deno.makeTempFile({ suffix: ".xml" });
  const deno = [Deno.execPath(), "test", "--allow-all", "--no-check", `--junit-path=${path}`, file];
  try {
    const { stdout, stderr } = await new Deno.Command("unshare", {
      args: [...NAMESPACES, ...deno],
      cwd: new URL("../..", import.meta.url),
      env: { [INSIDE]: "1", NO_COLOR: "1" },
      signal: AbortSignal.timeout(INSIDE_MS_MAX),
    }).output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { cases: parseJunit(await Deno.readTextFile(path)), output: `${out}${err}` };
  } finally {
    await Deno.remove(path);
  }
}
