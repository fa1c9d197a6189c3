/** The resources of one kind, as the engine's own watch shows them. */
import { utf8Compare } from "../core/text_order.ts";
import type { Kind, Pointer, Resource } from "../core/resource.ts";
import type { CallOptions } from "../core/state.ts";
import { StateError } from "../core/errors.ts";
import { linkedAbort } from "../core/linked_abort.ts";
import { checkedLabels, labelsMatch } from "../core/query.ts";
import type { LabelQuery } from "../core/state.ts";
import { settledUnless } from "./settled.ts";

export class KindCache {
  readonly kind: Kind;
  readonly #resources = new Map<string, Resource>();
  /** Ids in ascending order of their bytes. */
  #ids: string[] = [];
  readonly #filled = Promise.withResolvers<void>();
  #isFilled = false;
  /** Called when the resource of that id begins to go. */
  readonly #followers = new Map<string, Set<() => void>>();

  constructor(kind: Kind) {
    this.kind = kind;
    // Nobody may be waiting when the engine ends.
    this.#filled.promise.catch(() => {});
  }

  get size(): number {
    return this.#resources.size;
  }

  /** Whether there is something to read; until then readers wait. */
  get isFilled(): boolean {
    return this.#isFilled;
  }

  /** Replaces everything: from now on there is something to read. */
  fill(resources: readonly Resource[]): void {
    const gone = new Set(this.#resources.keys());
    this.#resources.clear();
    for (const resource of resources) {
      const { id } = resource.metadata;
      gone.delete(id);
      this.#resources.set(id, resource);
      this.#tellOfTeardown(resource);
    }
    this.#ids = [...this.#resources.keys()].sort(utf8Compare);
    for (const id of gone) this.#tell(id);
    this.#isFilled = true;
    this.#filled.resolve();
  }

  put(resource: Resource): void {
    const { id } = resource.metadata;
    if (!this.#resources.has(id)) this.#ids.splice(this.#placeOf(id), 0, id);
    this.#resources.set(id, resource);
    this.#tellOfTeardown(resource);
  }

  remove(id: string): void {
    if (!this.#resources.delete(id)) return;
    this.#ids.splice(this.#placeOf(id), 1);
    this.#tell(id);
  }

  /** Whoever waits for the cache to be filled, or will, is refused: the engine has ended. */
  close(): void {
    const detail = `the cache of ${this.kind.type} is not filled, and the engine has ended`;
    this.#filled.reject(new StateError({ refusal: "closed", detail }));
  }

  /** Waits until the cache is filled. @throws {StateError} `not-found`, `closed`; or the signal's reason. */
  async get(pointer: Pointer, { signal }: CallOptions = {}): Promise<Resource> {
    await this.#ready(signal);
    const resource = this.#resources.get(pointer.id);
    if (resource === undefined) throw new StateError({ refusal: "not-found", pointer });
    return resource;
  }

  /** Waits until the cache is filled. @throws {StateError} `invalid-query`, `closed`; or the signal's reason. */
  async list(
    labels: readonly LabelQuery[] = [],
    { signal }: CallOptions = {},
  ): Promise<readonly Resource[]> {
    const queries = checkedLabels(labels);
    await this.#ready(signal);
    const listed: Resource[] = [];
    for (const id of this.#ids) {
      const resource = this.#resources.get(id);
      if (resource !== undefined && labelsMatch(queries, resource.metadata.labels)) {
        listed.push(resource);
      }
    }
    return listed;
  }

  /** Waits until the cache is filled; then as `State.contextWithTeardown`. */
  async contextWithTeardown(
    { id }: Pointer,
    { signal }: CallOptions = {},
  ): Promise<AbortSignal> {
    await this.#ready(signal);
    const link = linkedAbort(...(signal === undefined ? [] : [signal]));
    const resource = this.#resources.get(id);
    if (resource === undefined || resource.metadata.phase === "tearingDown") link.abort();
    if (link.signal.aborted) return link.signal;
    const followers = this.#followers.get(id) ?? new Set();
    const follower = (): void => link.abort();
    this.#followers.set(id, followers.add(follower));
    link.signal.addEventListener("abort", () => {
      followers.delete(follower);
      if (followers.size === 0 && this.#followers.get(id) === followers) this.#followers.delete(id);
    }, { once: true });
    return link.signal;
  }

  async #ready(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (!this.#isFilled) await settledUnless(this.#filled.promise, signal);
  }

  #tellOfTeardown({ metadata: { id, phase } }: Resource): void {
    if (phase === "tearingDown") this.#tell(id);
  }

  #tell(id: string): void {
    for (const follower of [...this.#followers.get(id) ?? []]) follower();
  }

  /** Where the id stands, or would. */
  #placeOf(id: string): number {
    let low = 0;
    let high = this.#ids.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (utf8Compare(this.#ids[middle] ?? "", id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
