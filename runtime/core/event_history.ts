/** What a state remembers of its writes, and how much of each kind there is. */
import type { Kind, Pointer, Resource } from "./resource.ts";
import type { Cause } from "./state.ts";

/** A write that is remembered. */
export interface RememberedWrite {
  readonly event: "created" | "updated" | "destroyed";
  /** As the write left it; of a destroy, the last one stored. */
  readonly resource: Resource;
  /** Counts the writes of the namespace, from 1. */
  readonly revision: bigint;
  readonly cause?: Cause;
}

/**
 * The newest writes of each kind. What is older than a kind's history is forgotten, and with it why it was written: to
 * keep the cause with every resource would cost each of them more than its metadata.
 */
export interface EventHistory {
  /** The newest write of a resource, a destroy too; undefined where it is forgotten or never was. */
  newestWriteNow(pointer: Pointer): RememberedWrite | undefined;
  /** The write of `pointer` with that revision; undefined where it is forgotten or another's. */
  writeNow(pointer: Pointer, revision: bigint): RememberedWrite | undefined;
}

/** How many resources of a kind there are. */
export interface KindCount extends Kind {
  readonly running: number;
  readonly tearingDown: number;
}

/** How many resources there are, known without looking at each. */
export interface KindCensus {
  /** Every kind of which something is or was, in no order. */
  kindCountsNow(): readonly KindCount[];
}
