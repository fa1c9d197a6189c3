/**
 * Trials one after another in one process that has loaded the tests: what stands inside it. A mutant is switched on, the tests
 * nearest to it run, and what fails must pass again without it: a process that a mutant has changed for good tells nothing of
 * the next one.
 */
import { setImmediate } from "node:timers";

/** What is asked of it, a line of JSON each. */
export interface HotQuestion {
  readonly id: string;
  /** Reaching the mutant more often throws. */
  readonly hitsMax: number;
  /** Keys of the tests, in their order. */
  readonly tests: readonly string[];
  /** Milliseconds for one of them. */
  readonly msMax: number;
  /** Milliseconds for all of them. */
  readonly allMsMax: number;
}

/** Whether a test has failed that passes without; everything else is for a fresh process to say. */
export type HotAnswer = "killed" | "unsure" | "spoilt";

/** What stands before an answer: tests may print. */
export const ANSWER_MARK = "@mutants ";

/** A test that was declared. */
export interface HotTest {
  readonly key: string;
  readonly definition: Deno.TestDefinition;
}

/** Switches a mutant on; none without one. */
export type Switch = (mutant?: { readonly id: string; readonly hitsMax: number }) => void;

/** Answers the lines of `questions` until they end, or a mutant has spoilt the process. */
export async function answerHot(
  tests: readonly HotTest[],
  { questions, turn, tell }: {
    readonly questions: AsyncIterable<string>;
    readonly turn: Switch;
    readonly tell: (line: string) => void;
  },
): Promise<void> {
  const byKey = new Map(tests.map((test) => [test.key, test.definition]));
  const strays = countStrays();
  for await (const line of questions) {
    const question: HotQuestion = JSON.parse(line);
    const answer = await tryHot(byKey, { question, turn, strays });
    tell(`\n${ANSWER_MARK}${answer}\n`);
    if (answer === "spoilt") return;
  }
}

interface Trial {
  readonly question: HotQuestion;
  readonly turn: Switch;
  readonly strays: { readonly count: number };
}

async function tryHot(
  byKey: ReadonlyMap<string, Deno.TestDefinition>,
  { question, turn, strays }: Trial,
): Promise<HotAnswer> {
  for (const key of question.tests) {
    const definition = byKey.get(key);
    if (definition === undefined) return "unsure"; // Its file declares it no more.
    turn(question);
    const outcome = await run(definition, { msMax: question.msMax, strays });
    turn();
    if (outcome === "passed") continue;
    const again = await run(definition, { msMax: question.msMax, strays });
    if (again !== "passed") return "spoilt";
    return outcome === "failed" ? "killed" : "unsure";
  }
  return "unsure";
}

type Outcome = "passed" | "failed" | "hangs";

async function run(
  definition: Deno.TestDefinition,
  { msMax, strays }: { readonly msMax: number; readonly strays: { readonly count: number } },
): Promise<Outcome> {
  const before = strays.count;
  const late = Promise.withResolvers<Outcome>();
  const timer = setTimeout(() => late.resolve("hangs"), msMax);
  try {
    const ended = Promise.resolve(definition.fn(contextOf(definition.name))).then(
      (): Outcome => "passed",
    );
    const outcome = await Promise.race([ended, late.promise]);
    // What it left behind runs now, and not in the next one.
    await new Promise((resolve) => setImmediate(resolve));
    return strays.count === before ? outcome : "failed";
  } catch (error) {
    // A loop that does not end is told apart from a test that notices, as in a fresh process.
    return String(error).includes("Hit count limit reached") ? "hangs" : "failed";
  } finally {
    clearTimeout(timer);
  }
}

/** What a test needs of Deno's context: steps that run in their order, the first failure fails all. */
function contextOf(name: string): Deno.TestContext {
  const context = {
    name,
    origin: "",
    async step(...words: readonly unknown[]): Promise<boolean> {
      const fn = words.findLast((word) => typeof word === "function") ??
        (words[0] as { readonly fn?: unknown }).fn;
      if ((words[0] as { readonly ignore?: boolean }).ignore) return false;
      await (fn as (context: unknown) => unknown)(context);
      return true;
    },
  };
  return context as unknown as Deno.TestContext;
}

/** Counts errors that nobody catches, and lets the process live. */
function countStrays(): { readonly count: number } {
  const strays = { count: 0 };
  for (const name of ["error", "unhandledrejection"] as const) {
    globalThis.addEventListener(name, (event) => {
      event.preventDefault();
      strays.count++;
    });
  }
  return strays;
}
