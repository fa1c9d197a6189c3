/** A process that tries one mutant after another (hot_bed.ts), begun anew where it is spoilt, hangs or ends. */
import { LOCKED_TESTS, TEST_ARGS, type TestRun } from "./test_process.ts";
import { ANSWER_MARK, type HotAnswer, type HotQuestion } from "./hot_bed.ts";

/** Milliseconds to load the tests. */
const LOAD_MS_MAX = 60_000;
/** Megabytes of heap: all the tests of a folder, and what mutants leave behind. */
const HEAP_MB_MAX = 1024;

/** What it loads, and where. */
export type HotOptions = Pick<TestRun, "root" | "lane" | "files" | "signal">;

interface Running {
  readonly child: Deno.ChildProcess;
  readonly input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly lines: AsyncIterator<string>;
  readonly onAbort: () => void;
  /** Milliseconds that the next answer may take besides. */
  loadMs: number;
}

/** Tries mutants; whatever happens to its process is an answer. */
export class HotProcess implements AsyncDisposable {
  readonly #options: HotOptions;
  #running: Running | undefined;

  constructor(options: HotOptions) {
    this.#options = options;
  }

  /** @returns Whether the mutant is killed; anything else is for a fresh process to say. */
  async try(question: HotQuestion): Promise<"killed" | "unsure"> {
    if (question.tests.length === 0) return "unsure";
    const running = this.#running ??= await this.#start();
    // What fails runs twice.
    const ms = running.loadMs + question.allMsMax + question.msMax;
    running.loadMs = 0;
    const answer = await this.#ask(running, question, ms);
    if (answer === "killed") return answer;
    if (answer !== "unsure") await this.#stop();
    return "unsure";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }

  async #ask(
    { input, lines, child }: Running,
    question: HotQuestion,
    ms: number,
  ): Promise<HotAnswer | undefined> {
    const timer = setTimeout(() => kill(child), ms);
    try {
      await input.write(new TextEncoder().encode(`${JSON.stringify(question)}\n`));
      for (;;) {
        const { value, done } = await lines.next();
        if (done === true) return undefined;
        if (value.startsWith(ANSWER_MARK)) return value.slice(ANSWER_MARK.length) as HotAnswer;
      }
    } catch {
      return undefined; // It has ended.
    } finally {
      clearTimeout(timer);
    }
  }

  async #start(): Promise<Running> {
    const { root, lane, files, signal } = this.#options;
    const path = `mutants_hot_${lane}.ts`;
    await Deno.writeTextFile(`${root}${path}`, entry(files));
    const heap = `--v8-flags=--max-old-space-size=${HEAP_MB_MAX}`;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", ...LOCKED_TESTS, heap, path, ...TEST_ARGS],
      cwd: root,
      env: { RUST_BACKTRACE: "0", NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const onAbort = (): void => kill(child);
    signal.addEventListener("abort", onAbort);
    const lines = linesOf(child.stdout.pipeThrough(new TextDecoderStream()));
    return { child, input: child.stdin.getWriter(), lines, onAbort, loadMs: LOAD_MS_MAX };
  }

  async #stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    this.#options.signal.removeEventListener("abort", running.onAbort);
    kill(running.child);
    await running.input.abort().catch(() => {});
    await running.lines.return?.();
    await running.child.status;
  }
}

/** One process a lane, begun when it is needed. */
export function hotProcesses(
  { lanes, ...options }: Omit<HotOptions, "lane"> & { readonly lanes: number },
): AsyncDisposable & { of(lane: number): HotProcess | undefined } {
  const processes = Array.from(
    { length: lanes },
    (_, lane) => new HotProcess({ ...options, lane: `lane_${lane}` }),
  );
  return {
    of: (lane) => processes[lane],
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all(processes.map((process) => process[Symbol.asyncDispose]()));
    },
  };
}

async function* linesOf(text: ReadableStream<string>): AsyncGenerator<string> {
  let begun = "";
  for await (const chunk of text) {
    const lines = (begun + chunk).split("\n");
    begun = lines.pop() ?? "";
    yield* lines;
  }
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // It has ended by itself.
  }
}

/** The imports are literal: a test has no permission to load a file whose name it computes. */
function entry(files: readonly string[]): string {
  return [
    `import { testBed } from "./tools/mutants/inside.ts";`,
    `const bed = testBed();`,
    ...files.map((file) => `await bed.load("${file}", () => import("./${file}"));`),
    "await bed.answer();",
    "",
  ].join("\n");
}
