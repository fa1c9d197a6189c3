/** Bounds on open watches, of the process and of each caller on TCP. */
import { WATCHES_MAX, WATCHES_PER_CLIENT_MAX } from "./limits.ts";

/** Counts open watches. */
export interface WatchSlots {
  /**
   * Takes a place; disposing of it gives it back, and twice is once.
   *
   * @param client Address of the caller; undefined for callers without a bound of their own.
   * @returns Undefined, where no place is left, with the bound in `full`.
   */
  take(client: string | undefined): { readonly slot: Disposable } | { readonly full: string };
  /** Places taken. */
  readonly open: number;
}

/** Makes the counter. Bounds are the ones of limits.ts unless given. */
export function watchSlots(
  bounds: { readonly total?: number; readonly perClient?: number } = {},
): WatchSlots {
  const { total = WATCHES_MAX, perClient = WATCHES_PER_CLIENT_MAX } = bounds;
  const byClient = new Map<string, number>();
  let open = 0;

  function giveBack(client: string | undefined): void {
    open--;
    if (client === undefined) return;
    const left = (byClient.get(client) ?? 1) - 1;
    if (left === 0) byClient.delete(client);
    else byClient.set(client, left);
  }

  return {
    get open() {
      return open;
    },
    take(client) {
      if (open >= total) {
        return { full: `Cannot watch: ${open} watches are open, and ${total} may be` };
      }
      const held = client === undefined ? 0 : byClient.get(client) ?? 0;
      if (held >= perClient) {
        return {
          full: `Cannot watch: ${client} has ${held} watches open, and may have ${perClient}`,
        };
      }
      open++;
      if (client !== undefined) byClient.set(client, held + 1);
      const once = new DisposableStack();
      once.defer(() => giveBack(client));
      return { slot: once };
    },
  };
}
