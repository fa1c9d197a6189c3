/** Words about the nodes of the graph, the same in every form. */
import { fitWidth } from "../display_width.ts";
import { safeText } from "./safe_text.ts";
import { timeText } from "../time_text.ts";
import {
  type ControllerNode,
  ControllerNode_Flavour,
  ControllerNode_Phase,
  type EventReference,
  type KindNode,
} from "../../../proto/gen/strata/runtime/v1/graph_pb.ts";
import type { Timestamp } from "@bufbuild/protobuf/wkt";

const PHASES: ReadonlyMap<ControllerNode_Phase, string> = new Map([
  [ControllerNode_Phase.REGISTERED, "not started"],
  [ControllerNode_Phase.RUNNING, "running"],
  [ControllerNode_Phase.BACKING_OFF, "failed, waiting to start again"],
  [ControllerNode_Phase.ENDED, "ended"],
]);

/** Whether it waits after a failure, or what it did last failed: nothing newer than its error is known. */
export function hasFailed(controller: ControllerNode): boolean {
  const { phase, lastError, lastErrorTime, lastRun } = controller;
  if (phase === ControllerNode_Phase.BACKING_OFF) return true;
  return lastError !== "" && !isBefore(lastErrorTime, lastRun);
}

function isBefore(a: Timestamp | undefined, b: Timestamp | undefined): boolean {
  if (a === undefined || b === undefined) return b !== undefined;
  return a.seconds === b.seconds ? a.nanos < b.nanos : a.seconds < b.seconds;
}

/** Where it is in its life, and whether it failed. */
export function stateWords(controller: ControllerNode): string {
  const { phase } = controller;
  const words = PHASES.get(phase) ?? "state unknown";
  if (phase === ControllerNode_Phase.BACKING_OFF || !hasFailed(controller)) return words;
  return `${words}, ${isQueue(controller) ? "last job failed" : "failed"}`;
}

/** Columns of an error in a drawn box: enough to know it again, the text form has the whole. */
const ERROR_WIDTH_MAX = 44;

/** A drawn controller, line by line, its name first; safe to print. */
export function controllerLines(controller: ControllerNode): readonly string[] {
  const { name, lastError } = controller;
  const lines = [safeText(name), stateWords(controller), countWords(controller)];
  const told = hasFailed(controller) && lastError !== "";
  return told ? [...lines, fitWidth(safeText(lastError), ERROR_WIDTH_MAX)] : lines;
}

/** A drawn kind, line by line, its type first; safe to print. */
export function kindLines(kind: KindNode): readonly string[] {
  const where = kind.namespace === "" ? "any namespace" : `in ${kind.namespace}`;
  return [safeText(kind.type), safeText(where), kindWords(kind)];
}

/** How often it did what. */
export function countWords(controller: ControllerNode): string {
  const { runs, crashes, wakeups, queueLength } = controller;
  return isQueue(controller)
    ? `${counted(runs, "job")}, ${crashes} failed, ${queueLength} waiting`
    : `${counted(runs, "run")}, ${counted(crashes, "crash", "crashes")}, ${
      counted(wakeups, "wake-up")
    }`;
}

/** How many resources there are, by phase, and how often the engine was overtaken where it was. */
function kindWords({ running, tearingDown, overruns }: KindNode): string {
  const parts = [`${running} running`];
  if (tearingDown > 0n) parts.push(`${tearingDown} tearing down`);
  if (overruns > 0n) parts.push(counted(overruns, "overrun"));
  return parts.join(", ");
}

/** A point in time in whole seconds, or that there is none. */
export function momentWords(time: Timestamp | undefined): string {
  return time === undefined ? "never" : timeText(time, "seconds");
}

/** The write that an event told of; names as they are, not yet safe to print. */
export function eventWords({ namespace, type, id, revision }: EventReference): string {
  const write = revision === 0n ? "" : `, write ${revision}`;
  return `${type} ${id} in ${namespace}${write}`;
}

function isQueue({ flavour }: ControllerNode): boolean {
  return flavour === ControllerNode_Flavour.QUEUE;
}

function counted(count: bigint, one: string, many = `${one}s`): string {
  return `${count} ${count === 1n ? one : many}`;
}
