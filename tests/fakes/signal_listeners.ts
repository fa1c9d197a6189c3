/** Counts who listens to a signal: those who never leave are a leak as long as it lives. */

/** What was counted since {@linkcode listenersOf}. */
export interface SignalListeners {
  /** Ever. */
  readonly added: number;
  /** Added, and not taken away again. One that was called by an abort still counts. */
  readonly count: number;
}

/** Counts from now on. */
export function listenersOf(signal: AbortSignal): SignalListeners {
  const here = new Set<unknown>();
  let added = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void => {
    added++;
    here.add(listener);
    add(type, listener, options);
  };
  signal.removeEventListener = (
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | EventListenerOptions,
  ): void => {
    here.delete(listener);
    remove(type, listener, options);
  };
  return {
    get added() {
      return added;
    },
    get count() {
      return here.size;
    },
  };
}
