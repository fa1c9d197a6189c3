/** What every stream has. */
interface Numbered {
  readonly id: number;
}

/**
 * The streams of a connection by their numbers, which rise: a list in order, for most come and go at its end.
 *
 * No Map: its tables are replaced as streams come and go, each refers to the one behind it, and one that grew old while the
 * connection was quiet keeps all streams after it from the young generation's collector.
 */
export class StreamsById<Each extends Numbered> {
  readonly #streams: Each[] = [];

  get size(): number {
    return this.#streams.length;
  }

  get(id: number): Each | undefined {
    const stream = this.#streams[this.#placeOf(id)];
    return stream?.id === id ? stream : undefined;
  }

  /** @param stream Of a number that is not there. */
  add(stream: Each): void {
    const streams = this.#streams;
    const place = this.#placeOf(stream.id);
    if (place === streams.length) streams.push(stream);
    else streams.splice(place, 0, stream);
  }

  /** Takes one out; nothing where it is not there. */
  delete(id: number): void {
    const streams = this.#streams;
    let place = this.#placeOf(id);
    if (streams[place]?.id !== id) return;
    for (let next = streams[place + 1]; next !== undefined; next = streams[place + 1]) {
      streams[place++] = next;
    }
    streams.pop();
  }

  /** Those that are there now, the lowest number first. */
  all(): readonly Each[] {
    return this.#streams.slice();
  }

  /** Where the number is, or the first one above it. */
  #placeOf(id: number): number {
    const streams = this.#streams;
    let [low, high] = [0, streams.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((streams[middle]?.id ?? id) < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
