/** What a peer may do only so often. */
export const Flood = {
  RESETS: 0,
  SETTINGS: 1,
  PINGS: 2,
  WINDOW_UPDATES: 3,
  CHATTER: 4,
  EMPTY_DATA: 5,
} as const;

export type Flood = typeof Flood[keyof typeof Flood];

/** The time that every bound is for. */
const SPAN_MS = 10_000;

/**
 * Counts what a peer does, by kind, against a bound for ten seconds each: a level that every event raises by one and that
 * time lowers by the bound in ten seconds. Counting reads no clock: who is told that there are too many tells {@linkcode FloodMeter.elapsed}, and looks again.
 */
export class FloodMeter {
  readonly #levels: Float64Array;
  readonly #bounds: Float64Array;

  /** @param bounds Events of each kind in ten seconds, in the order of {@linkcode Flood}. */
  constructor(bounds: readonly number[]) {
    this.#bounds = Float64Array.from(bounds);
    this.#levels = new Float64Array(bounds.length);
  }

  /** Counts one. @returns Whether that is too many. */
  count(kind: Flood): boolean {
    this.#levels[kind] = (this.#levels[kind] ?? 0) + 1;
    return this.isOver(kind);
  }

  /** Whether there are too many now. */
  isOver(kind: Flood): boolean {
    return (this.#levels[kind] ?? 0) > (this.#bounds[kind] ?? 0);
  }

  /** Takes `events` of the level: what we did ourselves asks for as many. */
  credit(kind: Flood, events: number): void {
    this.#levels[kind] = Math.max(0, (this.#levels[kind] ?? 0) - events);
  }

  /** That many milliseconds have passed. */
  elapsed(milliseconds: number): void {
    const share = milliseconds / SPAN_MS;
    for (let kind = 0; kind < this.#levels.length; kind++) {
      const lowered = (this.#levels[kind] ?? 0) - (this.#bounds[kind] ?? 0) * share;
      this.#levels[kind] = Math.max(0, lowered);
    }
  }
}
