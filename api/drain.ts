/** The end of a listener's connections. */
import type { Clock } from "../runtime/core/ports.ts";

/** What of a connection its end needs. */
export interface Draining {
  /** Resolves when it is closed. Never rejects. */
  readonly finished: Promise<void>;
  /** Closes at once. */
  cut(): void;
}

/** Resolves when all are closed: those that end by themselves, and the rest, cut after the grace. */
export async function drained(
  connections: Iterable<Draining>,
  { clock, graceMs }: { readonly clock: Clock; readonly graceMs: number },
): Promise<void> {
  const all = [...connections];
  const over = new AbortController();
  const finished = Promise.all(all.map((connection) => connection.finished));
  const grace = clock.sleep(graceMs, { signal: over.signal }).then(() => {
    for (const connection of all) connection.cut();
  }, () => {});
  await Promise.race([finished, grace]);
  over.abort();
  await grace;
  await finished;
}
