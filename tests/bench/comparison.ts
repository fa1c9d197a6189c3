/** What two sides measured in one run, side by side. */
import { type Figure, quantile } from "./figures.ts";

/** What ours is to reach. `ratio`: against the peer of the same run. */
export interface Goal {
  /** Who the peer is; Go unless given. */
  readonly peer?: string;
  readonly value?: number;
  readonly ratio?: number;
}

/** One figure of both sides. */
export interface Compared {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer: number;
  /** Above 1: ours is better. */
  readonly ratio: number;
}

/** What each round of each side measured. */
export class Samples {
  readonly #units = new Map<string, string>();
  readonly #values = { ours: new Map<string, number[]>(), peer: new Map<string, number[]>() };

  add(side: "ours" | "peer", measured: readonly Figure[]): void {
    const of = this.#values[side];
    for (const { name, unit, value } of measured) {
      this.#units.set(name, unit);
      of.set(name, [...of.get(name) ?? [], value]);
    }
  }

  /** @throws {Error} A figure that only one side measured. */
  compare(): readonly Compared[] {
    return [...this.#units].map(([name, unit]) => {
      const [ours, peer] = [this.#median("ours", name), this.#median("peer", name)];
      const ratio = unit.endsWith("/s") || unit === "ratio" ? ours / peer : peer / ours;
      return { name, unit, ours, peer, ratio };
    });
  }

  #median(side: "ours" | "peer", name: string): number {
    const values = this.#values[side].get(name);
    if (values === undefined) throw new Error(`Cannot compare "${name}": ${side} did not measure`);
    return quantile(values, 0.5);
  }
}

/** A line for people, with what became of its goal. */
export function comparedLine(
  { name, unit, ours, peer, ratio }: Compared,
  goal: Goal | undefined,
): string {
  const texts = [ours, peer].map((value) => shortNumber(value).padStart(8));
  const rival = goal?.peer ?? "Go";
  const verdict = goal === undefined ? "" : judge({ unit, ours, ratio }, { rival, ...goal });
  return `  ${name.padEnd(44)} ${texts[0]} ours ${texts[1]} ${rival.padEnd(2)}  ${
    unit.padEnd(8)
  } ` +
    `ratio ${ratio.toFixed(2).padStart(6)}${verdict}`;
}

function judge(
  { unit, ours, ratio }: Pick<Compared, "unit" | "ours" | "ratio">,
  goal: Goal & { readonly rival: string },
): string {
  const more = unit.endsWith("/s") || unit === "ratio";
  const words: string[] = [];
  if (goal.value !== undefined) {
    const met = more ? ours >= goal.value : ours <= goal.value;
    words.push(`goal ${shortNumber(goal.value)} ${met ? "met" : "missed"}`);
  }
  if (goal.ratio !== undefined) {
    words.push(
      `${Number(goal.ratio.toFixed(2))} x ${goal.rival} ${ratio >= goal.ratio ? "met" : "missed"}`,
    );
  }
  return `  ${words.join(", ")}`;
}

function shortNumber(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(0)} k`;
  return value.toFixed(value < 10 ? 2 : 0);
}
