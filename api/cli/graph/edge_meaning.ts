/** What a line between a controller and resources means, and how each form of the graph shows it. */
import { Edge_Type } from "../../../proto/gen/strata/runtime/v1/graph_pb.ts";

/** A line's meaning. */
export interface EdgeMeaning {
  /** Names the meaning in code: a class of the drawing. */
  readonly key: string;
  /** One or two words, shown at the line. */
  readonly word: string;
  /** What it means, for a legend. */
  readonly explained: string;
  /** Writes go from the controller, reads come to it. */
  readonly direction: "reads" | "writes";
  /** How the line is drawn; each of eight differs from the others without colour, by stroke or by head. */
  readonly stroke: "bold" | "bold-dashed" | "solid" | "dashed" | "dotted";
  readonly head: "full" | "open" | "hollow";
}

// deno-fmt-ignore: one meaning, one row
const MEANINGS: ReadonlyMap<Edge_Type, EdgeMeaning> = new Map<Edge_Type, EdgeMeaning>([
  [Edge_Type.OUTPUT_EXCLUSIVE,           { key: "exclusive",            word: "exclusive",            explained: "writes; nobody else may",                    direction: "writes", stroke: "bold",        head: "full" }],
  [Edge_Type.OUTPUT_SHARED,              { key: "shared",               word: "shared",               explained: "writes; others may, too",                    direction: "writes", stroke: "bold-dashed", head: "full" }],
  [Edge_Type.INPUT_STRONG,               { key: "strong",               word: "strong",               explained: "reads; may hold finalizers",                 direction: "reads",  stroke: "solid",       head: "open" }],
  [Edge_Type.INPUT_WEAK,                 { key: "weak",                 word: "weak",                 explained: "reads",                                      direction: "reads",  stroke: "dashed",      head: "open" }],
  [Edge_Type.INPUT_DESTROY_READY,        { key: "destroy-ready",        word: "destroy-ready",        explained: "woken when one may be destroyed",            direction: "reads",  stroke: "dotted",      head: "open" }],
  [Edge_Type.INPUT_Q_PRIMARY,            { key: "primary",              word: "primary",              explained: "one job for each",                           direction: "reads",  stroke: "solid",       head: "hollow" }],
  [Edge_Type.INPUT_Q_MAPPED,             { key: "mapped",               word: "mapped",               explained: "names what needs a job",                     direction: "reads",  stroke: "dashed",      head: "hollow" }],
  [Edge_Type.INPUT_Q_MAPPED_DESTROY_READY, { key: "mapped-destroy-ready", word: "mapped destroy-ready", explained: "the same, when one may be destroyed",      direction: "reads",  stroke: "dotted",      head: "hollow" }],
]);

/** A newer machine may know more of them. */
const UNKNOWN: EdgeMeaning = {
  key: "unknown",
  word: "unknown",
  explained: "not known to this client",
  direction: "reads",
  stroke: "dotted",
  head: "full",
};

/** All that are known, in the contract's order, and the one that stands for the rest. */
export const EDGE_MEANINGS: readonly EdgeMeaning[] = [...MEANINGS.values(), UNKNOWN];

/** What an edge of this type means. */
export function edgeMeaning(type: Edge_Type): EdgeMeaning {
  return MEANINGS.get(type) ?? UNKNOWN;
}
