/**
 * What stands inside `deno test` in a mutated copy: it takes the tests that files declare, and
 * hands Deno those that are wanted, in the order they are wanted in.
 */

// @ts-types="../../types/std_streams.d.ts"
import { TextLineStream } from "@std/streams";
import { answerHot, type HotTest } from "./hot_bed.ts";

/** What the instrumenter's switches read and write: their words, their shape. */
interface Switches {
  activeMutant: string;
  currentTestId?: string | undefined;
  mutantCoverage?: Reached;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
}

/** How often each mutant was reached: while files were loaded, and by each test. */
export interface Reached {
  readonly static: Record<string, number>;
  readonly perTest: Record<string, Record<string, number>>;
}

/** What the first run of a test file, without a mutant, tells. */
export interface Observation {
  readonly reached: Reached;
  /** Milliseconds of each test, by its key. */
  readonly tookMs: Record<string, number>;
}

export interface TestBed {
  /** Loads a test file and keeps what it declares, each under `path > name`. */
  load(path: string, load: () => Promise<unknown>): Promise<void>;
  /** Hands Deno the tests with these keys, in this order; all of them unless said. */
  declare(keys?: readonly string[]): void;
  /** Hands Deno all tests, watches what they reach, and writes an {@linkcode Observation}. */
  observe(path: string): void;
  /** Hands Deno none: tries the mutants that standard input asks for, until it ends. */
  answer(): Promise<void>;
}

/**
 * Switches a mutant on, and stands in for `Deno.test` from now on.
 *
 * @param mutant Its number, none for the code as it is. Reaching it more than `hitsMax` times
 * throws: that ends most loops that would not end.
 */
export function testBed(mutant?: { readonly id: string; readonly hitsMax: number }): TestBed {
  // Named in any case: the switches ask the environment otherwise, which a unit test may not.
  const switches: Switches = { activeMutant: "none" };
  Object.assign(globalThis, { __stryker__: switches });
  if (mutant !== undefined) {
    Object.assign(switches, { activeMutant: mutant.id, hitCount: 0, hitLimit: mutant.hitsMax });
  }
  const { test } = Deno;
  const declared: HotTest[] = [];
  let file = "";
  const stand = (...words: unknown[]): void => {
    const definition = definitionOf(words);
    const name = `${file} > ${definition.name}`;
    const same = declared.filter(({ key }) => key === name || key.startsWith(`${name} #`)).length;
    declared.push({ key: same === 0 ? name : `${name} #${same + 1}`, definition });
  };
  const ignore = (...words: unknown[]): void => stand(...words, { ignore: true });
  Object.defineProperty(Deno, "test", { value: Object.assign(stand, { ignore }) });
  return {
    async load(path, load): Promise<void> {
      file = path;
      await load();
    },
    declare(keys): void {
      const wanted = keys?.flatMap((key) => declared.find((it) => it.key === key) ?? []);
      for (const { definition } of wanted ?? declared) test(definition);
    },
    observe(path): void {
      const tookMs: Record<string, number> = {};
      for (const { key, definition } of declared) {
        test({ ...definition, fn: watched({ key, definition, switches, tookMs }) });
      }
      const none: Reached = { static: {}, perTest: {} };
      test("observation is written", () => {
        const observation: Observation = { reached: switches.mutantCoverage ?? none, tookMs };
        Deno.writeTextFileSync(path, JSON.stringify(observation));
      });
    },
    async answer(): Promise<void> {
      const text = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
      await answerHot(declared, {
        questions: text.pipeThrough(new TextLineStream()),
        turn: (to) => {
          const activeMutant = to?.id ?? "none";
          Object.assign(switches, { activeMutant, hitCount: 0, hitLimit: to?.hitsMax ?? Infinity });
        },
        tell: (line) => Deno.stdout.writeSync(new TextEncoder().encode(line)),
      });
      Deno.exit(0); // What the last mutant left behind may keep it alive.
    },
  };
}

/** The forms of `Deno.test`: what is a name, a function or options is told by its type. */
function definitionOf(words: readonly unknown[]): Deno.TestDefinition {
  const definition: Record<string, unknown> = {};
  for (const word of words) {
    if (typeof word === "string") definition["name"] = word;
    else if (typeof word === "object") Object.assign(definition, word);
    else if (typeof word === "function") {
      definition["fn"] = word;
      definition["name"] ??= word.name;
    }
  }
  // As unchecked as a call of Deno.test in JavaScript: Deno refuses what is no test.
  return definition as unknown as Deno.TestDefinition;
}

interface Watching extends HotTest {
  readonly switches: Switches;
  readonly tookMs: Record<string, number>;
}

function watched({ key, definition, switches, tookMs }: Watching): Deno.TestDefinition["fn"] {
  return async (context) => {
    switches.currentTestId = key;
    const sinceMs = performance.now();
    try {
      await definition.fn(context);
    } finally {
      tookMs[key] = performance.now() - sinceMs;
      switches.currentTestId = undefined;
    }
  };
}
