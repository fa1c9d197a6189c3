// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { ANSWER_MARK, answerHot, type HotQuestion } from "./hot_bed.ts";

/** Tests that a mutant changes by its number, and what they leave behind. */
class Bed {
  active = "none";
  isSpoilt = false;
  readonly ran: string[] = [];

  async answers(...questions: readonly Partial<HotQuestion>[]): Promise<string[]> {
    const told: string[] = [];
    const tests = Object.entries({
      notices: () => assert(this.active !== "noticed" && this.active !== "both"),
      steps: async (context: Deno.TestContext) => {
        await context.step("one", () => {});
        await context.step({ name: "never", ignore: true, fn: () => assert(false) });
        await context.step({ name: "two", fn: () => assert(this.active !== "both") });
      },
      spoils: () => {
        this.isSpoilt ||= this.active === "spoiling";
        assert(!this.isSpoilt);
      },
      hangs: () => this.active === "hanging" ? new Promise<void>(() => {}) : undefined,
      loops: () => {
        if (this.active === "looping") throw new Error("Hit count limit reached");
      },
      strays: () => {
        if (this.active === "straying") Promise.reject(new Error("nobody catches this"));
      },
    }).map(([key, fn]) => ({
      key,
      definition: {
        name: key,
        fn: async (context: Deno.TestContext) => {
          this.ran.push(`${key} ${this.active}`);
          await fn(context);
        },
      },
    }));
    await answerHot(tests, {
      questions: lines(questions),
      turn: (to) => this.active = to?.id ?? "none",
      tell: (line) => told.push(line.trim().replace(ANSWER_MARK, "")),
    });
    return told;
  }
}

async function* lines(questions: readonly Partial<HotQuestion>[]): AsyncGenerator<string> {
  for (const question of questions) {
    const whole = {
      id: "none",
      hitsMax: 10,
      tests: ["notices"],
      msMax: 20,
      allMsMax: 100,
      ...question,
    };
    yield await Promise.resolve(JSON.stringify(whole));
  }
}

Deno.test("answerHot() says killed of what a test notices, which passes without it", async () => {
  const bed = new Bed();
  const tests = ["steps", "notices", "hangs"];
  assertEquals(await bed.answers({ id: "noticed", tests }, { id: "both", tests }), [
    "killed",
    "killed",
  ]);
  assertEquals(bed.ran, [
    "steps noticed",
    "notices noticed",
    "notices none",
    "steps both",
    "steps none",
  ]);
});

Deno.test("answerHot() is unsure of what no test notices, what hangs, what loops, and tests it has not", async () => {
  const answers = await new Bed().answers(
    { id: "unnoticed", tests: ["notices", "steps", "strays"] },
    { id: "hanging", tests: ["hangs"] },
    { id: "looping", tests: ["loops"] },
    { id: "noticed", tests: ["nowhere", "notices"] },
    { id: "noticed", tests: [] },
  );
  assertEquals(answers, Array(5).fill("unsure"));
});

Deno.test("answerHot() counts an error that nobody catches as noticed", async () => {
  assertEquals(await new Bed().answers({ id: "straying", tests: ["strays"] }), ["killed"]);
});

Deno.test("answerHot() ends once a test fails without the mutant, too", async () => {
  const answers = await new Bed().answers(
    { id: "spoiling", tests: ["spoils"] },
    { id: "noticed", tests: ["notices"] },
  );
  assertEquals(answers, ["spoilt"]);
});
