/** Faults in controllers: what is held too late, let go too early, or read too soon. */
import type { Controller, ControllerContext } from "../../runtime/engine/controller.ts";
import type { Resource } from "../../runtime/core/resource.ts";
import { endResource } from "../../runtime/engine/generic/holding.ts";
import { withValue } from "../conformance/engine_fixtures.ts";
import { controller, INTS, intToStr, item, STRS, valueOf } from "../fakes/engine_house.ts";
import { DOUBLES, INTS_TO_STRS, LATE } from "./controller_graphs.ts";
import { cached, type Graph } from "./graph.ts";
import type { Plant } from "./plant.ts";

type Look = (context: ControllerContext, int: Resource) => Promise<void>;

/** Ints to strs with a faulty look at each int. */
function faultyIntToStr(look: Look): Graph {
  const { name, inputs, outputs } = intToStr();
  const faulty = controller(name, {
    inputs,
    outputs,
    async turn(context) {
      for (const int of await context.list(INTS)) await look(context, int);
    },
  });
  return { ...INTS_TO_STRS, controllers: () => ({ controllers: [faulty] }) };
}

const NAME = intToStr().name;

async function write(context: ControllerContext, int: Resource): Promise<void> {
  const wanted = item(STRS, int.metadata.id, `<${valueOf(int)}>`);
  await context.modify(wanted, ({ metadata }) => ({ ...wanted, metadata }));
}

const strOf = ({ metadata: { id } }: Resource) => ({ ...STRS, id });

const letsGoEarly: Look = async (context, int) => {
  if (int.metadata.phase === "running") {
    await context.addFinalizer(int.metadata, NAME);
    return await write(context, int);
  }
  await context.removeFinalizer(int.metadata, NAME);
  await endResource(context, strOf(int));
};

const holdsLate: Look = async (context, int) => {
  if (int.metadata.phase === "running") {
    await write(context, int);
    return await context.addFinalizer(int.metadata, NAME);
  }
  if (await endResource(context, strOf(int))) await context.removeFinalizer(int.metadata, NAME);
};

/** Holds some and forgets others. */
const holdsSome: Look = async (context, int) => {
  if (int.metadata.phase === "running") {
    if (int.metadata.id !== "c") await context.addFinalizer(int.metadata, NAME);
    return await write(context, int);
  }
  if (await endResource(context, strOf(int))) await context.removeFinalizer(int.metadata, NAME);
};

/** Reads for the next turn before it waits for it. */
function eager(late: Controller): Controller {
  return {
    ...late,
    async run(context) {
      let ints = await context.list(INTS);
      for await (const _ of context.reconciles()) {
        const sum = ints.reduce((before, int) => before + Number(valueOf(int)), 0);
        await context.modify(item(STRS, "sum", ""), (now) => withValue(now, String(sum)));
        ints = await context.list(INTS);
      }
    },
  };
}

/** Looks for outputs to end in a cache, which may not show them yet. */
const tidy = controller("test.Double", {
  inputs: [{ ...INTS, kind: "weak" }],
  outputs: [{ type: STRS.type, kind: "exclusive" }],
  async turn(context) {
    const ids = new Set<string>();
    for (const int of await context.list(INTS)) {
      const { id } = int.metadata;
      ids.add(id);
      const doubled = String(2 * Number(valueOf(int)));
      await context.modify(item(STRS, id, ""), (current) => withValue(current, doubled));
    }
    for (const { metadata } of await context.list(STRS)) {
      if (!ids.has(metadata.id)) await context.destroy(metadata);
    }
  },
});

const faultyLate: Graph = {
  ...LATE,
  controllers: () => {
    const all = LATE.controllers().controllers ?? [];
    return {
      controllers: all.map((late) => ({ ...eager(late), inputs: [{ ...INTS, kind: "weak" }] })),
    };
  },
};

export const CONTROLLER_PLANTS: readonly Plant[] = [
  {
    fault: "an input is let go before its output is gone",
    graph: INTS_TO_STRS,
    faulty: faultyIntToStr(letsGoEarly),
  },
  {
    fault: "an input is held after its output is made",
    graph: INTS_TO_STRS,
    faulty: faultyIntToStr(holdsLate),
  },
  {
    fault: "an input is not held while its output is made",
    graph: INTS_TO_STRS,
    faulty: faultyIntToStr(holdsSome),
  },
  { fault: "inputs are read before the wake-up is taken", graph: LATE, faulty: faultyLate },
  {
    fault: "what is to be ended is looked for in a cache",
    graph: cached(DOUBLES),
    faulty: { ...cached(DOUBLES), controllers: () => ({ controllers: [tidy] }) },
  },
];
