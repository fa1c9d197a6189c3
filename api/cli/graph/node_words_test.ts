// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { hasFailed, stateWords } from "./node_words.ts";
import {
  ControllerNode_Flavour as Flavour,
  ControllerNode_Phase as Phase,
  ControllerNodeSchema,
} from "../../../proto/gen/strata/runtime/v1/graph_pb.ts";
import { create } from "@bufbuild/protobuf";

Deno.test("hasFailed() and stateWords() tell what waits after a failure, and what failed last", () => {
  const [early, late] = [{ seconds: 7n, nanos: 1 }, { seconds: 7n, nanos: 2 }];
  const error = { lastError: "no", lastErrorTime: late };
  const unknown: number = 99;
  const cases = [
    [{ phase: Phase.REGISTERED }, false, "not started"],
    [{ phase: Phase.RUNNING, lastRun: early }, false, "running"],
    [{ phase: Phase.BACKING_OFF }, true, "failed, waiting to start again"],
    [{ phase: Phase.RUNNING, ...error, lastRun: early }, true, "running, failed"],
    [{ phase: Phase.RUNNING, ...error, lastRun: late }, true, "running, failed"],
    [
      { phase: Phase.RUNNING, lastError: "no", lastErrorTime: early, lastRun: late },
      false,
      "running",
    ],
    [{ phase: Phase.RUNNING, lastError: "no", lastRun: late }, false, "running"],
    [{ phase: Phase.ENDED, ...error }, true, "ended, failed"],
    [
      { phase: Phase.RUNNING, flavour: Flavour.QUEUE, ...error, lastRun: early },
      true,
      "running, last job failed",
    ],
    [{ phase: unknown }, false, "state unknown"],
  ] as const;
  for (const [init, failed, words] of cases) {
    const controller = create(ControllerNodeSchema, init);
    assertEquals([hasFailed(controller), stateWords(controller)], [failed, words]);
  }
});
