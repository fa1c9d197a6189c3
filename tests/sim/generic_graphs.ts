/** Graphs of generic controllers, as in `controller_graphs.ts`. */
import { isNotFound } from "../../runtime/core/errors.ts";
import type { Resource } from "../../runtime/core/resource.ts";
import type { Reader } from "../../runtime/engine/controller.ts";
import { cleanupController } from "../../runtime/engine/generic/cleanup.ts";
import { removeOutputs } from "../../runtime/engine/generic/cleanup_handlers.ts";
import { destroyController } from "../../runtime/engine/generic/destroy.ts";
import { mapToSameId } from "../../runtime/engine/generic/input_mappers.ts";
import { queueTransformController } from "../../runtime/engine/generic/queue_transform.ts";
import { transformController } from "../../runtime/engine/generic/transform.ts";
import type { SimulatedCaller } from "../../runtime/sim/simulation.ts";
import { EXTRAS, SENTENCES, withValue } from "../conformance/engine_fixtures.ts";
import { INTS, item, STRS, valueOf } from "../fakes/engine_house.ts";
import { A, B, type Graph, live } from "./graph.ts";
import { held, put } from "./outside.ts";

/** Keeps the str of an int. */
export const STR_OF = {
  name: "test.StrController",
  input: INTS,
  output: STRS,
  map: ({ metadata }: Resource) => item(STRS, metadata.id, ""),
  transform: (int: Resource, str: Resource) => withValue(str, `<${valueOf(int)}>`),
} as const;

const SENTENCE_OF = {
  name: "test.SentenceController",
  input: STRS,
  output: SENTENCES,
  map: ({ metadata }: Resource) => item(SENTENCES, metadata.id, ""),
} as const;

/** The content of an extra resource of the id stands behind it, where there is one. */
async function withExtra(
  str: Resource,
  sentence: Resource,
  context: Pick<Reader, "getUncached">,
): Promise<Resource> {
  const { id } = str.metadata;
  const extra = await context.getUncached({ ...EXTRAS, id }).then(valueOf, (error) => {
    if (!isNotFound(error)) throw error;
    return "";
  });
  return withValue(sentence, `${valueOf(str)}${extra}`);
}

/** Outputs bear the ids of their inputs. */
export const unmap = ({ id }: { readonly id: string }): string => id;

async function liveWithExtras(caller: SimulatedCaller): Promise<void> {
  await Promise.all([
    live(caller, STRS),
    put(caller.state, { ...EXTRAS, id: "a", value: "!" })
      .then(() => put(caller.state, { ...EXTRAS, id: "b", value: "?" })),
  ]);
}

const TRANSFORMS_LEFT = [
  `test/int/a=3 held by ${STR_OF.name}`,
  `test/int/b=4 held by ${STR_OF.name}`,
  `test/str/a=<3> of ${STR_OF.name} held by ${SENTENCE_OF.name}`,
  `test/str/b=<4> of ${STR_OF.name} held by ${SENTENCE_OF.name}`,
  `test/sentence/a=<3>! of ${SENTENCE_OF.name}`,
  `test/sentence/b=<4>? of ${SENTENCE_OF.name}`,
  "test/extra/a=!",
  "test/extra/b=?",
];

export const QUEUE_TRANSFORMS: Graph = {
  name: "queue transforms behind each other, with a mapped input",
  kinds: [INTS, STRS, SENTENCES, EXTRAS],
  held: [[INTS, STRS], [STRS, SENTENCES]],
  controllers: () => ({
    queueControllers: [
      queueTransformController({ ...STR_OF, unmap, concurrency: 2 }),
      queueTransformController({
        ...SENTENCE_OF,
        unmap,
        concurrency: 2,
        mappedInputs: [{ input: { ...EXTRAS, kind: "q-mapped" }, map: mapToSameId() }],
        transform: withExtra,
      }),
    ],
  }),
  act: liveWithExtras,
  left: TRANSFORMS_LEFT,
};

export const TRANSFORMS: Graph = {
  name: "transforms behind each other, with an extra input",
  kinds: [INTS, STRS, SENTENCES, EXTRAS],
  held: [[INTS, STRS], [STRS, SENTENCES]],
  controllers: () => ({
    controllers: [
      transformController({ ...STR_OF, finalizerRemoval: () => {} }),
      transformController({
        ...SENTENCE_OF,
        finalizerRemoval: () => {},
        extraInputs: [{ ...EXTRAS, kind: "weak" }],
        transform: withExtra,
      }),
    ],
  }),
  act: liveWithExtras,
  left: TRANSFORMS_LEFT,
};

const CLEANUP = "test.CleanupController";
const HANGING = {
  kind: STRS,
  query: ({ metadata: { id } }: Resource) => ({
    labels: [[{ key: "of", operation: "equal", values: [id], invert: false } as const]],
  }),
};

/** Ints are ended by tearing them down alone. */
export const CLEANUPS: Graph = {
  name: "clean-up and destruction",
  kinds: [INTS, STRS],
  controllers: () => ({
    controllers: [
      cleanupController({ name: CLEANUP, input: INTS, handler: removeOutputs(HANGING) }),
    ],
    queueControllers: [destroyController(INTS)],
  }),
  before: ["1", "2"].map((id) => item(STRS, id, "", { of: "a" })).concat(item(INTS, "a", "")),
  async act({ state }) {
    await put(state, { ...B, value: "" });
    await put(state, { ...STRS, id: "3", value: "", labels: { of: "b" } });
    await held(state, A);
    await state.addFinalizer({ ...STRS, id: "1" }, ["somebody"]);
    await state.teardown(A);
    await state.removeFinalizer({ ...STRS, id: "1" }, ["somebody"]);
  },
  left: [`test/int/b= held by ${CLEANUP}`, "test/str/3= of:b"],
};
