/** All graphs of the suite. */
import {
  DOUBLES,
  INTS_TO_SENTENCES,
  INTS_TO_STRS,
  LATE,
  SHARED,
  SUMS,
} from "./controller_graphs.ts";
import { CLEANUPS, QUEUE_TRANSFORMS, TRANSFORMS } from "./generic_graphs.ts";
import type { Graph } from "./graph.ts";
import { COUNTERS, OVERRUNS, QUEUE } from "./queue_graphs.ts";

/** Each of them converges to what is left, whatever the order. */
export const GRAPHS: readonly Graph[] = [
  INTS_TO_STRS,
  INTS_TO_SENTENCES,
  SUMS,
  QUEUE,
  QUEUE_TRANSFORMS,
  TRANSFORMS,
  CLEANUPS,
  SHARED,
  DOUBLES,
  OVERRUNS,
  LATE,
  COUNTERS,
];
