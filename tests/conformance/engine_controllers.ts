/** Conformance: controllers, their inputs and outputs. */
// @ts-types="../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import type { Kind } from "../../runtime/core/resource.ts";
import { isNotFound } from "../../runtime/core/errors.ts";
import type { Query } from "../../runtime/core/state.ts";
import { withMetadata } from "../../runtime/core/metadata.ts";
import type { Controller, ControllerContext } from "../../runtime/engine/controller.ts";
import { controller, INTS, intToStr, item, STRS, valueOf } from "../fakes/engine_house.ts";
import {
  engineCase,
  type EngineSubject,
  type EngineWorld,
  SENTENCES,
  withValue,
} from "./engine_fixtures.ts";

export function engineControllerCases(subject: EngineSubject): void {
  engineCase(subject, "TestNoControllers: starts and stops", async (world) => {
    const running = world.start();
    world.stop.abort();
    await running;
  });
  mappingCases(subject);
  sumCases(subject);
  outputCases(subject);
  metricCases(subject);
}

function mappingCases(subject: EngineSubject): void {
  engineCase(subject, "TestIntToStrControllers: through the whole life", async (world) => {
    const { state, engine } = world;
    await world.put(INTS, "before", "1");
    await engine.register(intToStr());
    world.start();
    await world.becomes(STRS, "before", "<1>");
    await world.put(INTS, "after", "2");
    await world.becomes(STRS, "after", "<2>");
    await world.put(INTS, "after", "3");
    await world.becomes(STRS, "after", "<3>");
    assertEquals(await state.teardown({ ...INTS, id: "after" }), false);
    await world.gone(STRS, "after");
    await world.heldBy(INTS, "after");
    await state.destroy({ ...INTS, id: "after" });
    assertEquals((await state.list(STRS)).length, 1);
  });

  engineCase(
    subject,
    "TestIntToStrToSentenceControllers: inputs set while running, a cascade of endings",
    async (world) => {
      const { state, engine } = world;
      await engine.register(strToSentence());
      await engine.register(intToStr());
      world.start();
      await world.put(INTS, "one", "1");
      const { metadata } = await world.becomes(SENTENCES, "one", "sentence <1>");
      assertEquals(metadata.labels["kind"], "sentence");
      assertEquals(await state.teardown({ ...INTS, id: "one" }), false);
      await world.gone(SENTENCES, "one");
      await world.gone(STRS, "one");
      await world.heldBy(INTS, "one");
      await state.destroy({ ...INTS, id: "one" });
    },
  );
}

/** Declares its inputs when it runs, and labels what it writes. */
export function strToSentence(): Controller {
  const name = "test.StrToSentenceController";
  return controller(name, {
    outputs: [{ type: SENTENCES.type, kind: "exclusive" }],
    async run(context) {
      await context.updateInputs([{ ...STRS, kind: "strong" }, {
        ...SENTENCES,
        kind: "destroy-ready",
      }]);
      for await (const _ of context.reconciles()) await sentences(context, name);
    },
  });
}

async function sentences(context: ControllerContext, name: string): Promise<void> {
  for (const str of await context.list(STRS)) {
    const { id, phase } = str.metadata;
    const pointer = { ...SENTENCES, id };
    if (phase === "running") {
      await context.addFinalizer(str.metadata, name);
      await context.modify(
        item(SENTENCES, id, ""),
        (current) =>
          withMetadata(withValue(current, `sentence ${valueOf(str)}`), {
            labels: { kind: "sentence" },
          }),
      );
      continue;
    }
    try {
      if (!await context.teardown(pointer)) continue;
      await context.destroy(pointer);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    await context.removeFinalizer(str.metadata, name);
  }
}

function sumCases(subject: EngineSubject): void {
  const sumOf = async (world: EngineWorld, value: string) => {
    await world.becomes(STRS, "sum", value);
  };

  engineCase(subject, "TestSumControllers: of none is 0, and follows", async (world) => {
    await world.engine.register(sum("test.Sum", { from: INTS, to: { ...STRS, id: "sum" } }));
    world.start();
    await sumOf(world, "0");
    await world.put(INTS, "a", "2");
    await sumOf(world, "2");
    await world.put(INTS, "b", "5");
    await sumOf(world, "7");
    await world.state.destroy({ ...INTS, id: "a" });
    await sumOf(world, "5");
  });

  engineCase(subject, "TestSumControllersFiltered: only what is labelled", async (world) => {
    const only = { key: "summable", operation: "equal", values: ["yes"], invert: false } as const;
    const query: Query = { labels: [[only]] };
    await world.engine.register(
      sum("test.Sum", { from: INTS, to: { ...STRS, id: "sum" }, query }),
    );
    world.start();
    await sumOf(world, "0");
    await world.put(INTS, "a", "2", { summable: "yes" });
    await world.put(INTS, "b", "5", { summable: "no" });
    await world.put(INTS, "c", "1", { summable: "yes" });
    await sumOf(world, "3");
    await world.quiet();
    await sumOf(world, "3");
  });

  engineCase(
    subject,
    "TestCascadingSumControllers: registered while running, sharing an output type",
    async (world) => {
      const [source, middle, target] = ["source", "middle", "target"].map((namespace): Kind => ({
        namespace,
        type: INTS.type,
      }));
      if (source === undefined || middle === undefined || target === undefined) return;
      world.start();
      await world.put(source, "a", "3");
      await world.engine.register(sum("test.First", { from: source, to: { ...middle, id: "x" } }));
      await world.engine.register(sum("test.Second", { from: INTS, to: { ...middle, id: "y" } }));
      await world.engine.register(sum("test.Third", { from: middle, to: { ...target, id: "z" } }));
      await world.becomes(target, "z", "3");
      await world.put(INTS, "b", "4");
      await world.becomes(target, "z", "7");
      await world.state.destroy({ ...source, id: "a" });
      await world.becomes(target, "z", "4");
    },
  );
}

export function sum(
  name: string,
  { from, to, query }: {
    readonly from: Kind;
    readonly to: Kind & { readonly id: string };
    readonly query?: Query;
  },
): Controller {
  return controller(name, {
    inputs: [{ ...from, kind: "weak" }],
    outputs: [{ type: to.type, kind: "shared" }],
    async turn(context) {
      const ints = await context.list(from, query === undefined ? {} : { query });
      const total = ints.reduce((before, int) => before + Number(valueOf(int)), 0);
      await context.modify(item(to, to.id, ""), (current) => withValue(current, String(total)));
    },
  });
}

function outputCases(subject: EngineSubject): void {
  engineCase(subject, "TestIntDoublerController: outputs end with their inputs", async (world) => {
    await world.engine.register(controller("test.IntDoublerController", {
      inputs: [{ ...INTS, kind: "weak" }],
      outputs: [{ type: STRS.type, kind: "exclusive" }],
      async turn(context) {
        context.startTrackingOutputs();
        for (const int of await context.list(INTS)) {
          const doubled = String(2 * Number(valueOf(int)));
          const empty = item(STRS, int.metadata.id, "");
          await context.modify(empty, (current) => withValue(current, doubled));
        }
        await context.cleanupOutputs(STRS);
      },
    }));
    world.start();
    for (const value of ["1", "2", "3"]) await world.put(INTS, value, value);
    for (const value of ["1", "2", "3"]) await world.becomes(STRS, value, `${2 * Number(value)}`);
    await world.state.destroy({ ...INTS, id: "2" });
    await world.gone(STRS, "2");
    assertEquals((await world.state.list(STRS)).map(({ metadata }) => metadata.id), ["1", "3"]);
  });

  engineCase(subject, "TestModifyWithResultController: gives what is stored", async (world) => {
    const results: string[] = [];
    await world.engine.register(controller("test.ModifyController", {
      inputs: [{ ...INTS, kind: "weak" }],
      outputs: [{ type: STRS.type, kind: "exclusive" }],
      async turn(context) {
        for (const int of await context.list(INTS)) {
          const made = await context.modify(
            item(STRS, "a", ""),
            (current) => withValue(current, valueOf(int)),
          );
          results.push(`${valueOf(made)}@${made.metadata.version}`);
        }
      },
    }));
    world.start();
    await world.put(INTS, "a", "1");
    await world.until(() => results.at(-1) === "1@1");
    await world.put(INTS, "a", "2");
    await world.until(() => results.at(-1) === "2@2");
  });
}

function metricCases(subject: EngineSubject): void {
  engineCase(subject, "TestControllerRuntimeMetrics: counts what it says", async (world) => {
    const name = "test.MetricsController";
    let turns = 0;
    await world.engine.register(controller(name, {
      inputs: [{ ...INTS, kind: "weak" }],
      outputs: [{ type: STRS.type, kind: "exclusive" }],
      async turn(context) {
        await context.list(INTS);
        if (++turns > 1) throw new Error("the second turn fails");
        await context.modify(item(STRS, "a", "1"), (current) => current);
        await context.create(item(STRS, "b", "1"));
      },
    }));
    world.start();
    const counts = () =>
      ["wakeups", "reads", "writes", "crashes"].map((what) =>
        world.metric(`controller_${what}`, name)
      );
    await world.clock.advance(0);
    assertEquals(counts(), [1, world.isCached ? 1 : 2, 2, 0]);
    await world.put(INTS, "a", "1");
    await world.clock.sleeping();
    assertEquals(counts(), [2, world.isCached ? 1 : 3, 2, 1]);
    assertEquals(world.metric("cached_resources", STRS.type), world.isCached ? 2 : 0);
  });
}
