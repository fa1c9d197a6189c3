/** The events of one kind: those of the past, as far as the machine remembers them, and then every one that comes. */
import { type MissedEvents, type ToldEvent, toldEvent } from "./told_event.ts";
import { isInvalidBookmark, isOverrun } from "../../../runtime/core/errors.ts";
import type { Clock } from "../../../runtime/core/ports.ts";
import type { Kind } from "../../../runtime/core/resource.ts";
import type { CoreState, WatchEvent } from "../../../runtime/core/state.ts";

/** More events than any machine remembers of a kind. */
export const TAIL_ALL = 1_000_000;

/** What the events come from. */
export interface KindSource {
  readonly state: CoreState;
  readonly clock: Pick<Clock, "now" | "monotonicMs">;
  readonly signal: AbortSignal;
}

/** A kind that is watched. */
export interface KindEvents {
  /** What happened before the watch began, in order, at most as many as were asked for. */
  readonly past: readonly ToldEvent[];
  /** What comes, batch by batch; ends when the signal aborts. @throws {StateError} The watch is lost for good. */
  live(): AsyncIterable<readonly (ToldEvent | MissedEvents)[]>;
  /** Ends the watch. */
  close(): Promise<void>;
}

/**
 * Watches a kind. Resolves when the past is told.
 *
 * @param tail How many events of the past.
 * @throws {StateError} The watch cannot start.
 */
export async function kindEvents(
  source: KindSource,
  { kind, tail }: { readonly kind: Kind; readonly tail: number },
): Promise<KindEvents> {
  const watch = await open(source, { kind, tail });
  const end = tail === 0 ? undefined : await position(source, kind);
  const past: ToldEvent[] = [];
  const ahead: WatchEvent[] = [];
  let afterNs = 0n;
  const tell = (event: WatchEvent, now: "now" | "past"): ToldEvent | undefined => {
    const seen = { afterNs, now: now === "now" ? source.clock.now() : undefined };
    const told = toldEvent(event, seen);
    afterNs = told?.orderNs ?? afterNs;
    return told;
  };
  for (let isPast = end !== undefined; isPast;) {
    const turn = await watch.next();
    if (turn.done) break;
    for (const event of turn.value) {
      if (!isPast || event.event === "errored") ahead.push(event);
      else {
        const told = tell(event, "past");
        if (told !== undefined) past.push(told);
      }
      // The first one of all is a position too: that of an empty past.
      if (event.event === "errored" || isSame(event.bookmark, end)) isPast = false;
    }
  }
  return {
    past,
    live: () => live(source, { kind, watch, ahead, tell: (event) => tell(event, "now") }),
    close: async () => void await watch.return?.(),
  };
}

type Watch = AsyncIterator<readonly WatchEvent[]>;

async function* live(
  source: KindSource,
  { kind, watch, ahead, tell }: {
    readonly kind: Kind;
    readonly watch: Watch;
    readonly ahead: readonly WatchEvent[];
    readonly tell: (event: WatchEvent) => ToldEvent | undefined;
  },
): AsyncGenerator<readonly (ToldEvent | MissedEvents)[]> {
  let current = watch;
  for (let batch = ahead;;) {
    const last = batch.at(-1);
    const told = batch.map(tell).filter((event) => event !== undefined);
    if (last?.event === "errored") {
      const reason = last.error;
      if (!isOverrun(reason) && !isInvalidBookmark(reason)) throw reason;
      yield [...told, { event: "missed", kind, reason }];
      // All that the machine still remembers is newer than what was seen: it went past that, or began anew.
      current = await open(source, { kind, tail: TAIL_ALL });
    } else if (told.length > 0) yield told;
    const turn = await current.next();
    if (turn.done) return;
    batch = turn.value;
  }
}

async function open(
  { state, signal }: KindSource,
  { kind, tail }: { readonly kind: Kind; readonly tail: number },
): Promise<Watch> {
  const options = { signal, bootstrapBookmark: true, tailEvents: tail };
  return (await state.watchKindAggregated(kind, options))[Symbol.asyncIterator]();
}

/** The position of the newest event; undefined where the machine names none. */
async function position(source: KindSource, kind: Kind): Promise<Uint8Array | undefined> {
  const watch = await open(source, { kind, tail: 0 });
  try {
    const turn = await watch.next();
    return turn.done ? undefined : turn.value[0]?.bookmark;
  } finally {
    await watch.return?.();
  }
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && a.length === b.length &&
    a.every((byte, index) => byte === b[index]);
}
