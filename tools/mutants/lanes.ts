/** Work done side by side. */

interface Lanes<Item> {
  readonly lanes: number;
  readonly signal: AbortSignal;
  /** Does one item; `lane`, from 0, tells whose turn it is. */
  readonly work: (item: Item, lane: number) => Promise<void>;
}

/**
 * Does the work of every item, `lanes` at once. After a failure or an abort nothing is begun, what
 * was begun is waited for, and the first failure (or the signal's reason) is thrown.
 */
export async function inLanes<Item>(
  items: readonly Item[],
  { lanes, signal, work }: Lanes<Item>,
): Promise<void> {
  const waiting = items.values();
  const failures: unknown[] = [];
  const runLane = async (lane: number): Promise<void> => {
    for (const item of waiting) {
      if (signal.aborted) return;
      await work(item, lane).catch((error: unknown) => failures.push(error));
      if (failures.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(lane)));
  signal.throwIfAborted();
  if (failures.length > 0) throw failures[0];
}
