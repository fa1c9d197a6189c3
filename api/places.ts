/** Places that stay when nobody has one: some kB. */
const KEPT_MAX = 1024;

/**
 * Objects that come and go by the thousand, to be reached all at once. Each has a place, by which it leaves.
 *
 * No Set: its tables are replaced as objects come and go, each refers to the one behind it, and one that grew old keeps
 * everything after it from the young generation's collector. Room for as many as ever came at once is kept, up to
 * {@linkcode KEPT_MAX}; more is let go when the last one has left.
 */
export class Places<Each extends object> {
  readonly #all: (Each | undefined)[] = [];
  readonly #free: number[] = [];

  /** @returns Its place. */
  add(each: Each): number {
    const place = this.#free.pop() ?? this.#all.length;
    this.#all[place] = each;
    return place;
  }

  /** Takes out who has the place, once. */
  delete(place: number): void {
    this.#all[place] = undefined;
    this.#free.push(place);
    if (this.#free.length < this.#all.length || this.#all.length <= KEPT_MAX) return;
    this.#all.length = 0;
    this.#free.length = 0;
  }

  /** Those that are there now, in no order. */
  all(): readonly Each[] {
    return this.#all.filter((each) => each !== undefined);
  }
}
