/** What benchmarks measure, and how samples become one value. */

/** One measured value. Of a unit that ends in "/s" or of "ratio" more is better, of all others less. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
}

/** The sample at `q` (0 to 1) of all in order; NaN of none. */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = Float64Array.from(samples).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/** The median of what `measure` tells, in the order of its calls. */
export async function medianOf(
  times: number,
  measure: () => number | Promise<number>,
): Promise<number> {
  const samples: number[] = [];
  for (let time = 0; time < times; time++) samples.push(await measure());
  return quantile(samples, 0.5);
}

/** Of `count` since `since`, as `performance.now()` told it. */
export function perSecond(count: number, since: number): number {
  return count * 1000 / (performance.now() - since);
}
