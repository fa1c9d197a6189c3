/** Where a state in memory keeps what must outlive the process: the port that disks and the tests' double stand behind. */
import type { Pointer, Resource } from "./resource.ts";

/** One of the writes that share a commit. */
export type StoreWrite =
  | { readonly put: Resource; readonly destroy?: never }
  | { readonly destroy: Pointer; readonly put?: never };

/**
 * Keeps resources, serialised as it likes.
 *
 * The state asks for one write at a time, and for the next when that has settled. A promise that resolves means that
 * the write outlives a loss of power; one that rejects, whatever the reason, that nothing of it is kept. A write that
 * never settled may turn up at the next load, or not.
 */
export interface BackingStore {
  /** Calls `take` once for each resource kept, in any order, with every part of its metadata. */
  load(take: (resource: Resource) => void): Promise<void>;
  /** Keeps a resource, in the place of one of the same name. */
  put(resource: Resource): Promise<void>;
  /** Keeps a resource no more. One that is not there is no error. */
  destroy(pointer: Pointer): Promise<void>;
  /**
   * Fast path: several writes in this order, all of them or none; a name may occur more than once. When it rejects,
   * the state tries each by itself, so that one bad write fails alone.
   */
  commit?(writes: readonly StoreWrite[]): Promise<void>;
}
