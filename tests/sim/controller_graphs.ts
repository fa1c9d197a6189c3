/** Graphs of controllers, each with somebody outside who acts on it, and what must be left in the end. */
import { withMetadata } from "../../runtime/core/metadata.ts";
import type { Kind } from "../../runtime/core/resource.ts";
import { strToSentence, sum } from "../conformance/engine_controllers.ts";
import { SENTENCES, withValue } from "../conformance/engine_fixtures.ts";
import { controller, INTS, intToStr, item, STRS, valueOf } from "../fakes/engine_house.ts";
import { A, B, type Graph, live } from "./graph.ts";
import { becomes, end, put } from "./outside.ts";

const INT_TO_STR = "test.IntToStrController";

export const INTS_TO_STRS: Graph = {
  name: "ints to strs",
  kinds: [INTS, STRS],
  held: [[INTS, STRS]],
  controllers: () => ({ controllers: [intToStr()] }),
  act: (caller) => live(caller, STRS),
  left: [
    `test/int/a=3 held by ${INT_TO_STR}`,
    `test/int/b=4 held by ${INT_TO_STR}`,
    `test/str/a=<3> of ${INT_TO_STR}`,
    `test/str/b=<4> of ${INT_TO_STR}`,
  ],
};

const SENTENCE = "test.StrToSentenceController";

export const INTS_TO_SENTENCES: Graph = {
  name: "ints to strs to sentences, with inputs set while running",
  kinds: [INTS, STRS, SENTENCES],
  held: [[INTS, STRS], [STRS, SENTENCES]],
  controllers: () => ({ controllers: [intToStr(), strToSentence()] }),
  async act({ state }) {
    await put(state, { ...A, value: "1" });
    await put(state, { ...B, value: "2" });
    await becomes(state, { ...SENTENCES, id: "a", value: "sentence <1>" });
    await Promise.all([put(state, { ...A, value: "3" }), end(state, B)]);
  },
  left: [
    `test/int/a=3 held by ${INT_TO_STR}`,
    `test/str/a=<3> of ${INT_TO_STR} held by ${SENTENCE}`,
    `test/sentence/a=sentence <3> of ${SENTENCE} kind:sentence`,
  ],
};

const SOURCE: Kind = { ...INTS, namespace: "source" };
const MIDDLE: Kind = { ...INTS, namespace: "middle" };

export const SUMS: Graph = {
  name: "sums of sums",
  kinds: [INTS, STRS, SOURCE, MIDDLE],
  controllers: () => ({
    controllers: [
      sum("test.First", { from: SOURCE, to: { ...MIDDLE, id: "x" } }),
      sum("test.Second", { from: INTS, to: { ...MIDDLE, id: "y" } }),
      sum("test.Third", { from: MIDDLE, to: { ...STRS, id: "sum" } }),
    ],
  }),
  async act({ state }) {
    await Promise.all(["1", "2", "3"].map((id) => put(state, { ...SOURCE, id, value: id })));
    await put(state, { ...A, value: "10" });
    await state.destroy({ ...SOURCE, id: "2" });
    await put(state, { ...A, value: "20" });
  },
  left: [
    "test/int/a=20",
    "test/str/sum=24 of test.Third",
    "test/int/1=1",
    "test/int/3=3",
    "test/int/x=4 of test.First",
    "test/int/y=20 of test.Second",
  ],
};

/** Writes a label of its name and the content of the int. */
const labeller = (name: string) =>
  controller(`test.${name}`, {
    inputs: [{ ...INTS, kind: "weak" }],
    outputs: [{ type: STRS.type, kind: "shared" }],
    async turn(context) {
      for (const int of await context.list(INTS)) {
        const empty = item(STRS, int.metadata.id, "");
        await context.modify(empty, (current) => {
          const labels = { ...current.metadata.labels, [name]: valueOf(int) };
          return withMetadata(current, { labels, owner: "" });
        }, { owner: "" });
      }
    },
  });

export const SHARED: Graph = {
  name: "three writers of one resource",
  kinds: [INTS, STRS],
  controllers: () => ({ controllers: ["x", "y", "z"].map(labeller) }),
  async act({ state }) {
    await put(state, { ...A, value: "1" });
    await put(state, { ...A, value: "2" });
  },
  left: ["test/int/a=2", "test/str/a= x:2 y:2 z:2"],
};

export const DOUBLES: Graph = {
  name: "doubles that end with their ints, of which nobody is told otherwise",
  kinds: [INTS, STRS],
  controllers: () => ({
    controllers: [controller("test.Double", {
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
    })],
  }),
  async act({ state }) {
    await Promise.all([A, B].map((pointer) => put(state, { ...pointer, value: "1" })));
    await state.destroy(A);
    await put(state, { ...B, value: "2" });
    await put(state, { ...A, value: "3" });
    await state.destroy(B);
    for (const id of ["c", "d", "e"]) {
      await put(state, { ...INTS, id, value: "1" });
      await state.destroy({ ...INTS, id });
    }
  },
  left: ["test/int/a=3", "test/str/a=6 of test.Double"],
};

/** Says what its inputs are while others write them already. */
export const LATE: Graph = {
  name: "inputs that are declared while they change",
  kinds: [INTS, STRS],
  controllers: () => {
    const late = sum("test.Late", { from: INTS, to: { ...STRS, id: "sum" } });
    return {
      controllers: [{
        ...late,
        inputs: [],
        async run(context) {
          await context.updateInputs(late.inputs);
          await late.run(context);
        },
      }],
    };
  },
  async act({ state }) {
    await put(state, { ...A, value: "1" });
    await put(state, { ...B, value: "2" });
    await put(state, { ...A, value: "3" });
  },
  left: ["test/int/a=3", "test/int/b=2", "test/str/sum=5 of test.Late"],
};
