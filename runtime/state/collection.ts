/** All resources of one kind with their newest events: check, commit and announce in one synchronous section. */
import type { Kind, Metadata, Phase, Resource } from "../core/resource.ts";
import type { Cause, CreateOptions, DestroyOptions, UpdateOptions } from "../core/state.ts";
import type { Clock } from "../core/ports.ts";
import { StateError } from "../core/errors.ts";
import { freezeDeep } from "../core/freeze.ts";
import { type MetadataInit, newMetadata } from "../core/metadata.ts";
import { utf8Compare } from "../core/text_order.ts";
import { compareTimestamps, EPOCH } from "../core/timestamp.ts";
import { EventRing, type HistoryOptions } from "./event_ring.ts";
import type { Bookmarks } from "./bookmark.ts";
import { Readers } from "./wake_list.ts";

/** What happened to a resource, and why. */
export type StoredEvent =
  & {
    /** Counts the writes of the namespace, from 1. */
    readonly revision: bigint;
    readonly cause?: Cause;
    readonly resource: Resource;
  }
  & (
    | { readonly event: "created" | "destroyed" }
    | { readonly event: "updated"; readonly old: Resource }
  );

/** What a collection is given by its state. */
export interface CollectionContext {
  readonly clock: Clock;
  readonly bookmarks: Bookmarks;
  readonly history: HistoryOptions;
  readonly nextRevision: () => bigint;
}

export class Collection {
  readonly kind: Kind;
  readonly bookmarks: Bookmarks;
  readonly ring: EventRing<StoredEvent>;
  readonly readers = new Readers();
  /** Watches open. */
  watches = 0;
  readonly #clock: Clock;
  readonly #nextRevision: () => bigint;
  readonly #byId = new Map<string, Resource>();
  /** The same resources in order of id. */
  readonly #sorted: Resource[] = [];

  constructor(kind: Kind, context: CollectionContext) {
    this.kind = Object.freeze({ namespace: kind.namespace, type: kind.type });
    this.bookmarks = context.bookmarks;
    this.ring = new EventRing(context.history);
    this.#clock = context.clock;
    this.#nextRevision = context.nextRevision;
  }

  /** Whether nothing was ever written here and nobody watches: forgetting it changes nothing. */
  get isPristine(): boolean {
    return this.watches === 0 && this.ring.written === 0;
  }

  /** The resource of that id. */
  get(id: string): Resource | undefined {
    return this.#byId.get(id);
  }

  /** All resources in order of id. A copy: later writes do not show. */
  list(): Resource[] {
    return this.#sorted.slice();
  }

  create(resource: Resource, options: CreateOptions): Resource {
    const { metadata } = resource;
    const owner = options.owner ?? "";
    if (metadata.owner !== "" && metadata.owner !== owner) {
      const detail = `owner is already set to "${metadata.owner}"`;
      throw new StateError({ refusal: "invalid-resource", pointer: metadata, detail });
    }
    if (this.#byId.has(metadata.id)) {
      const { version } = metadata;
      throw new StateError({ refusal: "already-exists", pointer: metadata, version });
    }
    const now = this.#clock.now();
    // The epoch is what an absent time decodes to: nobody said when the resource was made, so it was now.
    const updated = compareTimestamps(metadata.updated, EPOCH) === 0 ? now : metadata.updated;
    const stored = store(resource, { owner, version: 1n, created: now, updated });
    this.#byId.set(metadata.id, stored);
    this.#sorted.splice(this.#indexOf(metadata.id), 0, stored);
    this.#announce({ event: "created", resource: stored, ...this.#origin(options.cause) });
    return stored;
  }

  update(resource: Resource, options: UpdateOptions): Resource {
    const { metadata } = resource;
    const current = this.#owned(metadata, options.owner);
    const { version, phase, created } = current.metadata;
    if (version === undefined || metadata.version !== version) {
      throw new StateError({
        refusal: "version-conflict",
        pointer: metadata,
        expected: metadata.version,
        actual: version,
      });
    }
    requirePhase(current.metadata, { expected: options.expectedPhase ?? "running", phase });
    const stored = store(resource, {
      version: version + 1n,
      created,
      updated: this.#clock.now(),
    });
    this.#byId.set(metadata.id, stored);
    this.#sorted[this.#indexOf(metadata.id)] = stored;
    const origin = this.#origin(options.cause);
    this.#announce({ event: "updated", resource: stored, old: current, ...origin });
    return stored;
  }

  destroy(pointer: Pick<Metadata, "namespace" | "type" | "id">, options: DestroyOptions): void {
    const current = this.#owned(pointer, options.owner);
    const { finalizers } = current.metadata;
    if (finalizers.length > 0) {
      throw new StateError({
        refusal: "pending-finalizers",
        pointer: current.metadata,
        finalizers,
      });
    }
    this.#byId.delete(pointer.id);
    this.#sorted.splice(this.#indexOf(pointer.id), 1);
    this.#announce({ event: "destroyed", resource: current, ...this.#origin(options.cause) });
  }

  #owned(pointer: Pick<Metadata, "namespace" | "type" | "id">, owner = ""): Resource {
    const current = this.#byId.get(pointer.id);
    if (current === undefined) throw new StateError({ refusal: "not-found", pointer });
    const { metadata } = current;
    if (metadata.owner !== owner) {
      throw new StateError({ refusal: "owner-conflict", pointer: metadata, owner: metadata.owner });
    }
    return current;
  }

  #origin(cause: Cause | undefined): Pick<StoredEvent, "revision" | "cause"> {
    const revision = this.#nextRevision();
    return cause === undefined ? { revision } : { revision, cause };
  }

  #announce(event: StoredEvent): void {
    const position = this.ring.written;
    this.ring.push(Object.freeze(event));
    this.readers.announce(event.resource.metadata.id, position);
  }

  /** Where the id is, or belongs. */
  #indexOf(id: string): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const found = this.#sorted[middle];
      if (found !== undefined && utf8Compare(found.metadata.id, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function store(resource: Resource, change: Partial<MetadataInit>): Resource {
  const metadata = newMetadata({ ...resource.metadata, ...change });
  return Object.freeze({ metadata, spec: freezeDeep(resource.spec) });
}

function requirePhase(
  pointer: Metadata,
  { expected, phase }: { readonly expected: Phase | "any"; readonly phase: Phase },
): void {
  if (expected === "any" || expected === phase) return;
  throw new StateError({ refusal: "phase-conflict", pointer, expected });
}
