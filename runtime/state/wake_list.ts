/** Called with the position of the event that ended a wait. Must not throw, and may be called again. */
export type Wake = (position: number) => void;

/**
 * Readers of a kind that wait for the next event.
 *
 * Waiting costs nothing but the place in the list, and only what may interest a reader wakes it.
 */
export class Readers {
  readonly #ofAll = new WakeList();
  readonly #byId = new Map<string, WakeList>();

  /** Waits for the next event of `id`, or of any where that is undefined. */
  add(id: string | undefined, wake: Wake): void {
    if (id === undefined) return this.#ofAll.add(wake);
    const list = this.#byId.get(id) ?? new WakeList();
    list.add(wake);
    this.#byId.set(id, list);
  }

  /** Waits no more. */
  delete(id: string | undefined, wake: Wake): void {
    if (id === undefined) return this.#ofAll.delete(wake);
    const list = this.#byId.get(id);
    list?.delete(wake);
    if (list?.size === 0) this.#byId.delete(id);
  }

  /** Tells that there is an event of `id` at `position`. */
  announce(id: string, position: number): void {
    this.#ofAll.announce(position);
    if (this.#byId.size === 0) return;
    const list = this.#byId.get(id);
    if (list === undefined) return;
    // All of it will be woken: who waits from here on does so on a new list.
    this.#byId.delete(id);
    list.announce(position);
  }
}

/**
 * Readers that wait for the same.
 *
 * Waking costs a writer the same for one reader and for ten thousand: it leaves the position and one microtask, which
 * then walks the readers.
 */
class WakeList {
  #waiting = new Set<Wake>();
  #position: number | undefined;

  get size(): number {
    return this.#waiting.size;
  }

  /** Calls `wake` once, at the next event, with its position. */
  add(wake: Wake): void {
    this.#waiting.add(wake);
  }

  /** Forgets a reader. */
  delete(wake: Wake): void {
    this.#waiting.delete(wake);
  }

  /** Tells that there is an event at `position`. Until the readers run, the first such position counts. */
  announce(position: number): void {
    if (this.#waiting.size === 0 || this.#position !== undefined) return;
    this.#position = position;
    queueMicrotask(this.#wakeAll);
  }

  readonly #wakeAll = (): void => {
    const [waiting, position] = [this.#waiting, this.#position];
    this.#waiting = new Set();
    this.#position = undefined;
    if (position !== undefined) { for (const wake of waiting) wake(position); }
  };
}
