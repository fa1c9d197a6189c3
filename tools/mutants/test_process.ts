/** One process of `deno test` in a mutated copy. */

/**
 * What tests find in `Deno.args`: schedules of the property test of the state (what it does not find with these is rare), and its
 * seed, so that a mutant's fate does not change from run to run.
 */
export const TEST_ARGS: readonly string[] = ["400", "1"];

/** How Deno runs them. */
export const LOCKED_TESTS: readonly string[] = [
  "--lock=deno.lock",
  "--frozen",
  "--no-check",
  "--no-prompt",
  "--quiet",
];

/** Megabytes of heap: a mutant that collects without end dies of it before the machine does. */
const HEAP_MB_MAX = 512;

export interface TestRun {
  /** The top of the copy, with a slash at its end. */
  readonly root: string;
  /** A name for the process's own file; no two at once may share it. */
  readonly lane: string;
  /** Test files to load, as paths from the top. */
  readonly files: readonly string[];
  /** What `testBed()` gets, and what is called on it after the files, as TypeScript. */
  readonly mutant: string;
  readonly last: string;
  readonly permissions: readonly string[];
  readonly msMax: number;
  readonly signal: AbortSignal;
}

export interface TestEnd {
  readonly passed: boolean;
  readonly timedOut: boolean;
  readonly output: string;
}

/** Runs it to its end, or kills it after `msMax` milliseconds or when `signal` is aborted. */
export async function runTests(run: TestRun): Promise<TestEnd> {
  const { root, lane, permissions, msMax, signal } = run;
  const path = `mutants_${lane}.ts`;
  await Deno.writeTextFile(`${root}${path}`, entry(run));
  const heap = `--v8-flags=--max-old-space-size=${HEAP_MB_MAX}`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", ...LOCKED_TESTS, "--fail-fast", heap, ...permissions, path, "--", ...TEST_ARGS],
    cwd: root,
    // A panic's backtrace takes longer than the tests.
    env: { RUST_BACKTRACE: "0", NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let timedOut = false;
  const end = (): void => {
    try {
      child.kill("SIGKILL");
    } catch (error) {
      // It has ended by itself, and nobody has been told yet.
      if (!(error instanceof TypeError)) throw error;
    }
  };
  const timer = setTimeout(() => {
    timedOut = true;
    end();
  }, msMax);
  signal.addEventListener("abort", end);
  try {
    const { success, stdout, stderr } = await child.output();
    const text = new TextDecoder();
    return { passed: success, timedOut, output: text.decode(stdout) + text.decode(stderr) };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

/** The imports are literal: a test has no permission to load a file whose name it computes. */
function entry({ files, mutant, last }: TestRun): string {
  return [
    `import { testBed } from "./tools/mutants/inside.ts";`,
    `const bed = testBed(${mutant});`,
    ...files.map((file) => `await bed.load("${file}", () => import("./${file}"));`),
    `bed.${last};`,
    "",
  ].join("\n");
}
