/**
 * Objects that come and go by the thousand, to be reached all at once. Each has a place, by which it leaves.
 *
 * No Set: its tables are replaced as objects come and go, each refers to the one behind it, and one that grew old keeps
 * everything after it from the young generation's collector.
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
  }

  /** Those that are there now, in no order. */
  all(): readonly Each[] {
    return this.#all.filter((each) => each !== undefined);
  }
}
