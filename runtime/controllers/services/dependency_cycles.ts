/** Circles among things that wait for each other. */

/**
 * For each one that waits for itself in the end, the shortest way back to it: it first and last.
 *
 * @param waits Whom each waits for; those not in it wait for nobody.
 */
export function dependencyCycles(
  waits: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, readonly string[]> {
  const cycles = new Map<string, readonly string[]>();
  for (const id of waits.keys()) {
    const cycle = shortestCycle(id, waits);
    if (cycle !== undefined) cycles.set(id, cycle);
  }
  return cycles;
}

function shortestCycle(
  start: string,
  waits: ReadonlyMap<string, readonly string[]>,
): readonly string[] | undefined {
  /** Who led to each that was reached. */
  const from = new Map<string, string>();
  const reached = [start];
  // It grows while it is walked.
  for (const id of reached) {
    for (const next of waits.get(id) ?? []) {
      if (next === start) return wayTo(id, { start, from });
      if (from.has(next)) continue;
      from.set(next, id);
      reached.push(next);
    }
  }
  return undefined;
}

function wayTo(
  end: string,
  { start, from }: { readonly start: string; readonly from: ReadonlyMap<string, string> },
): readonly string[] {
  const way = [start];
  for (let id: string | undefined = end; id !== undefined && id !== start; id = from.get(id)) {
    way.push(id);
  }
  return [...way, start].reverse();
}
