/** A backing store that can fail, stall and lose power at every call, and be loaded again with what it kept. */
import type { BackingStore, StoreWrite } from "../../runtime/core/backing_store.ts";
import { frozenCopy } from "../../runtime/core/freeze.ts";
import { newMetadata } from "../../runtime/core/metadata.ts";
import { OpaqueSpec } from "../../runtime/core/opaque.ts";
import type { Pointer, Resource } from "../../runtime/core/resource.ts";

/**
 * What becomes of a call: it is refused and nothing kept; it waits for {@linkcode FakeBackingStore.release}; or the
 * power goes before or after it was kept, and nothing is ever answered again.
 */
export type StoreFault = "fail" | "stall" | "lose-before" | "lose-after";

/** What a failing call throws. */
export class StoreFailure extends Error {
  override readonly name = "StoreFailure";
}

export interface FakeBackingStoreOptions {
  /** Asked at each call, counted from 0. */
  readonly fault?: (call: number) => StoreFault | undefined;
  /** Waited for by every call before anything happens; nothing unless given. */
  readonly delay?: () => Promise<void>;
}

export class FakeBackingStore implements BackingStore {
  #kept = new Map<string, Resource>();
  #options: FakeBackingStoreOptions;
  #dark = false;
  #release: (() => void)[] = [];
  #held = Promise.withResolvers<void>();
  /** Every call so far, in short: `load`, `put a@1`, `destroy a`, `commit put a@1, destroy b`. */
  readonly calls: string[] = [];

  constructor(options: FakeBackingStoreOptions = {}) {
    this.#options = options;
  }

  /** What is kept, as `id@version` in order. */
  get kept(): readonly string[] {
    return [...this.#kept.values()].map(({ metadata }) => `${metadata.id}@${metadata.version}`)
      .sort();
  }

  /** Whether nothing is ever answered again. */
  get isDark(): boolean {
    return this.#dark;
  }

  /** Resolves once a call stalls, or the power is lost. */
  get held(): Promise<void> {
    return this.#held.promise;
  }

  /** Lets stalled calls go on. */
  release(): void {
    this.#held = Promise.withResolvers();
    for (const go of this.#release.splice(0)) go();
  }

  /** Power comes back: a store with what this one kept. Calls to this one are never answered. */
  restarted(options: FakeBackingStoreOptions = {}): FakeBackingStore {
    this.#dark = true;
    const store = new FakeBackingStore(options);
    store.#kept = new Map(this.#kept);
    return store;
  }

  load(take: (resource: Resource) => void): Promise<void> {
    return this.#call("load", () => {
      for (const resource of this.#kept.values()) take(copy(resource));
    });
  }

  put(resource: Resource): Promise<void> {
    const write: StoreWrite = { put: resource };
    return this.#write(brief(write), [write]);
  }

  destroy(pointer: Pointer): Promise<void> {
    const write: StoreWrite = { destroy: pointer };
    return this.#write(brief(write), [write]);
  }

  commit(writes: readonly StoreWrite[]): Promise<void> {
    return this.#write(`commit ${writes.map(brief).join(", ")}`, writes);
  }

  #write(name: string, writes: readonly StoreWrite[]): Promise<void> {
    // Serialised now: what the caller does to its objects later is not kept.
    const copies = writes.map((write) =>
      write.put === undefined ? write : { put: copy(write.put) }
    );
    return this.#call(name, () => {
      for (const write of copies) {
        if (write.put === undefined) this.#kept.delete(keyOf(write.destroy));
        else this.#kept.set(keyOf(write.put.metadata), write.put);
      }
    });
  }

  async #call(name: string, act: () => void): Promise<void> {
    const fault = this.#options.fault?.(this.calls.length);
    this.calls.push(name);
    await this.#options.delay?.();
    if (this.#dark) return await never();
    if (fault === "fail") throw new StoreFailure(`Cannot ${name}: the disk refuses`);
    if (fault === "lose-after") act();
    if (fault === "lose-after" || fault === "lose-before") return await this.#lost();
    if (fault === "stall") await this.#stalled();
    if (this.#dark) return await never();
    act();
  }

  #lost(): Promise<never> {
    this.#dark = true;
    this.#held.resolve();
    return never();
  }

  #stalled(): Promise<void> {
    return new Promise((resolve) => {
      this.#release.push(resolve);
      this.#held.resolve();
    });
  }
}

/** The same store without its fast path: one write a call. */
export function oneByOne(store: FakeBackingStore): BackingStore {
  return {
    load: (take) => store.load(take),
    put: (resource) => store.put(resource),
    destroy: (pointer) => store.destroy(pointer),
  };
}

function never(): Promise<never> {
  return new Promise(() => {});
}

function keyOf({ namespace, type, id }: Pointer): string {
  return JSON.stringify([namespace, type, id]);
}

function brief(write: StoreWrite): string {
  if (write.put === undefined) return `destroy ${write.destroy.id}`;
  const { id, version } = write.put.metadata;
  return `put ${id}@${version}`;
}

/** As if written to bytes and read again: nothing is shared. */
function copy({ metadata, spec }: Resource): Resource {
  const text = structuredClone({ ...metadata });
  return {
    metadata: newMetadata(text),
    spec: spec instanceof OpaqueSpec ? new OpaqueSpec(spec.proto(), spec.yaml) : frozenCopy(spec),
  };
}
