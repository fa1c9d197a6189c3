/** Graphs of queue controllers, as in `controller_graphs.ts`. */
import { isNotFound } from "../../runtime/core/errors.ts";
import type { State } from "../../runtime/core/state.ts";
import { endResource } from "../../runtime/engine/generic/holding.ts";
import { queueTransformController } from "../../runtime/engine/generic/queue_transform.ts";
import type { QueueController } from "../../runtime/engine/queue_controller.ts";
import { RequeueError } from "../../runtime/engine/requeue.ts";
import { sum } from "../conformance/engine_controllers.ts";
import { EXTRAS, SENTENCES, withValue } from "../conformance/engine_fixtures.ts";
import { queueIntToStr } from "../conformance/engine_queues.ts";
import { INTS, item, STRS, valueOf } from "../fakes/engine_house.ts";
import { STR_OF, unmap } from "./generic_graphs.ts";
import { A, B, type Graph, live } from "./graph.ts";
import { becomes, end, put } from "./outside.ts";

const QUEUE_INT_TO_STR = "test.QIntToStrController";

export const QUEUE: Graph = {
  name: "a queue of ints",
  kinds: [INTS, STRS],
  held: [[INTS, STRS]],
  controllers: () => ({ queueControllers: [queueIntToStr({ concurrency: 3 })] }),
  before: [item(INTS, "b", "0")],
  act: (caller) => live(caller, STRS),
  left: [
    `test/int/a=3 held by ${QUEUE_INT_TO_STR}`,
    `test/int/b=4 held by ${QUEUE_INT_TO_STR}`,
    `test/str/a=<3> of ${QUEUE_INT_TO_STR}`,
    `test/str/b=<4> of ${QUEUE_INT_TO_STR}`,
  ],
};

/** Events the history holds in that graph: any burst of more overtakes a watch. */
const TIGHT = { initial: 3, maximum: 3, gap: 0 };

/** A burst that overtakes every watch that is late. */
async function burst(state: State): Promise<void> {
  await put(state, { ...A, value: "first" });
  await Promise.all(Array.from({ length: 6 }, (_, at) => put(state, { ...A, value: `${at}` })));
}

/** As ints are, and only those: it holds none of them, and learns of their end like everybody. */
function mirror(): QueueController {
  return {
    name: "test.Mirror",
    settings: {
      inputs: [{ ...INTS, kind: "q-primary" }],
      outputs: [{ type: SENTENCES.type, kind: "exclusive" }],
    },
    async reconcile(context, pointer) {
      const { id } = pointer;
      const copy = { ...SENTENCES, id };
      try {
        const value = valueOf(await context.get(pointer));
        await context.modify(item(copy, id, ""), (current) => withValue(current, value));
      } catch (error) {
        if (!isNotFound(error)) throw error;
        await endResource(context, copy);
      }
    },
    mapInput: () => Promise.resolve([]),
  };
}

export const OVERRUNS: Graph = {
  name: "bursts that overtake the watches",
  kinds: [INTS, STRS, SENTENCES, EXTRAS],
  history: TIGHT,
  controllers: () => ({
    queueControllers: [queueTransformController({ ...STR_OF, unmap, concurrency: 2 }), mirror()],
    controllers: [sum("test.Sum", { from: INTS, to: { ...EXTRAS, id: "sum" } })],
  }),
  async act({ state }) {
    await put(state, { ...B, value: "7" });
    await burst(state);
    await becomes(state, { ...SENTENCES, id: "b", value: "7" });
    await Promise.all([end(state, B), burst(state)]);
    await put(state, { ...A, value: "9" });
  },
  left: [
    `test/int/a=9 held by ${STR_OF.name}`,
    `test/str/a=<9> of ${STR_OF.name}`,
    "test/sentence/a=9 of test.Mirror",
    "test/extra/sum=9 of test.Sum",
  ],
};

const COUNTER = "test.CounterController";

/** Counts up to the content of the int, one a job, and fails now and then. */
export const COUNTERS: Graph = {
  name: "counters that ask to be called again",
  kinds: [INTS, STRS],
  controllers: () => {
    let jobs = 0;
    return {
      queueControllers: [{
        name: COUNTER,
        settings: {
          inputs: [{ ...INTS, kind: "q-primary" }],
          outputs: [{ type: STRS.type, kind: "exclusive" }],
          concurrency: 2,
        },
        async reconcile(context, pointer) {
          const goal = Number(valueOf(await context.get(pointer)));
          let count = 0;
          await context.modify(item(STRS, pointer.id, "0"), (current) => {
            count = Math.min(goal, Number(valueOf(current)) + 1);
            return withValue(current, String(count));
          });
          if (++jobs % 3 === 0) throw new Error("every third job fails");
          if (count < goal) throw new RequeueError(1000);
        },
        mapInput: () => Promise.resolve([]),
      }],
    };
  },
  async act({ state, clock }) {
    await put(state, { ...A, value: "3" });
    await put(state, { ...B, value: "4" });
    await clock.sleep(2_500);
    await put(state, { ...A, value: "6" });
  },
  left: [
    "test/int/a=6",
    "test/int/b=4",
    `test/str/a=6 of ${COUNTER}`,
    `test/str/b=4 of ${COUNTER}`,
  ],
};
