/**
 * The way of writes through a backing store: checked at once, kept by the store in order, and only then committed.
 *
 * A write is checked against the newest version of its resource that waits here, or the committed one where none does.
 * Its answer, a refusal too, is given when what it was checked against is settled: nobody learns of a write that the
 * store did not keep.
 */
import type { Pointer, Resource } from "../core/resource.ts";
import type { Cause } from "../core/state.ts";
import type { BackingStore, StoreWrite } from "../core/backing_store.ts";
import { reference, StateError } from "../core/errors.ts";
import type { Change } from "./write_check.ts";

/** Writes that may wait: a store that does not keep up must not take the memory of the machine. */
export const WAITING_WRITES_MAX = 4096;
/** Writes that may share a commit: as many are tried one by one when the store refuses it. */
export const SHARED_WRITES_MAX = 256;

/** Where a queue reads and makes changes, and where they are kept. */
export interface WriteQueueContext {
  readonly store: BackingStore;
  /** The committed resource. */
  readonly current: (pointer: Pointer) => Resource | undefined;
  /** Makes a change that the store has kept. */
  readonly commit: (change: Change, cause: Cause | undefined) => void;
}

/** A write on its way: what is to be stored, or why nothing is. */
interface Waiting {
  readonly key: string;
  readonly pointer: Pointer;
  readonly cause: Cause | undefined;
  readonly outcome: Change | { readonly event: "refused"; readonly error: unknown };
  readonly resolve: (resource: Resource) => void;
  readonly reject: (error: unknown) => void;
}

/** A waiting write that stores something. */
type Storing = Waiting & { readonly outcome: Change };

export class WriteQueue {
  readonly #context: WriteQueueContext;
  readonly #waiting: Waiting[] = [];
  /** The last write that waits for each resource. */
  readonly #newest = new Map<string, Storing>();
  #draining = false;

  constructor(context: WriteQueueContext) {
    this.#context = context;
  }

  /**
   * Checks now; resolves to the resource of the change once the store has kept it.
   *
   * @param pointer Held until the write is answered.
   * @param check Gets the resource as the queue will leave it; what it throws is the rejection.
   * @throws What the store threw; {@linkcode StateError} `overrun`: too many wait; `closed`: the store did not keep
   * a write that this one was checked against.
   */
  write(
    pointer: Pointer,
    { cause, check }: {
      readonly cause: Cause | undefined;
      readonly check: (current: Resource | undefined) => Change;
    },
  ): Promise<Resource> {
    if (this.#waiting.length >= WAITING_WRITES_MAX) return Promise.reject(tooMany(pointer));
    const key = JSON.stringify([pointer.namespace, pointer.type, pointer.id]);
    const before = this.#newest.get(key);
    let outcome: Waiting["outcome"];
    try {
      outcome = check(before === undefined ? this.#context.current(pointer) : left(before));
    } catch (error) {
      if (before === undefined) return Promise.reject(error);
      outcome = { event: "refused", error };
    }
    return new Promise((resolve, reject) => {
      const waiting = { key, pointer, cause, outcome, resolve, reject };
      this.#waiting.push(waiting);
      if (isStoring(waiting)) this.#newest.set(key, waiting);
      this.#start();
    });
  }

  #start(): void {
    if (this.#draining) return;
    this.#draining = true;
    // Not at once: what is written in the same turn may share the commit.
    queueMicrotask(() => this.#drain());
  }

  /** Never rejects: what the store throws is the answer to a write. */
  async #drain(): Promise<void> {
    /** Writes of a refused commit, each to be tried by itself. */
    let alone = 0;
    while (this.#waiting.length > 0) {
      const shared = this.#context.store.commit === undefined || alone > 0 ? 1 : SHARED_WRITES_MAX;
      const batch = this.#waiting.slice(0, shared);
      const storing = batch.filter(isStoring);
      alone = Math.max(0, alone - 1);
      try {
        await this.#keep(storing);
      } catch (error) {
        const [failed, ...others] = storing;
        if (others.length > 0) alone = batch.length;
        else if (failed !== undefined) this.#drop(failed, error);
        continue;
      }
      this.#waiting.splice(0, batch.length);
      for (const waiting of batch) this.#settle(waiting);
    }
    this.#draining = false;
  }

  async #keep(storing: readonly Storing[]): Promise<void> {
    const { store } = this.#context;
    if (storing.length > 1 && store.commit !== undefined) {
      return await store.commit(storing.map(storeWrite));
    }
    for (const write of storing.map(storeWrite)) {
      await (write.put === undefined ? store.destroy(write.destroy) : store.put(write.put));
    }
  }

  #settle(waiting: Waiting): void {
    const { key, cause, outcome } = waiting;
    if (outcome.event === "refused") return waiting.reject(outcome.error);
    if (this.#newest.get(key) === waiting) this.#newest.delete(key);
    this.#context.commit(outcome, cause);
    waiting.resolve(outcome.resource);
  }

  /** Fails a write, and all behind it that are about the same resource: they were checked against what it leaves. */
  #drop(failed: Storing, error: unknown): void {
    this.#newest.delete(failed.key);
    const behind = this.#waiting.splice(this.#waiting.indexOf(failed));
    for (const waiting of behind) {
      if (waiting.key !== failed.key) this.#waiting.push(waiting);
      else waiting.reject(waiting === failed ? error : unkept(waiting.pointer, error));
    }
  }
}

function isStoring(waiting: Waiting): waiting is Storing {
  return waiting.outcome.event !== "refused";
}

/** The resource as the write leaves it. */
function left({ outcome: { event, resource } }: Storing): Resource | undefined {
  return event === "destroyed" ? undefined : resource;
}

function storeWrite({ pointer, outcome: { event, resource } }: Storing): StoreWrite {
  return event === "destroyed" ? { destroy: pointer } : { put: resource };
}

function tooMany(pointer: Pointer): StateError {
  const detail = `Cannot write ${reference(pointer)}: ${WAITING_WRITES_MAX} writes wait for the ` +
    "backing store, and no more may";
  return new StateError({ refusal: "overrun", detail });
}

function unkept(pointer: Pointer, cause: unknown): StateError {
  const detail = `Cannot write ${reference(pointer)}: the backing store did not keep the write ` +
    "before it";
  return new StateError({ refusal: "closed", detail }, { cause });
}
