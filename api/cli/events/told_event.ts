/** Events as the command tells them: of every kind, in one order. */
import type { StateError } from "../../../runtime/core/errors.ts";
import type { Kind, Metadata, Timestamp } from "../../../runtime/core/resource.ts";
import type { WatchEvent } from "../../../runtime/core/state.ts";

/** Something that happened to a resource. */
export interface ToldEvent {
  readonly event: "created" | "updated" | "destroyed";
  readonly metadata: Metadata;
  /** When; undefined for the end of a resource that nobody saw: the log does not keep it. */
  readonly time: Timestamp | undefined;
  /** Nanoseconds since 1970 by which past events of different kinds are put in order. */
  readonly orderNs: bigint;
}

/** That some events of a kind were not seen; of all kinds, where the machine began anew. */
export interface MissedEvents {
  readonly event: "missed";
  readonly kind: Kind | undefined;
  readonly reason: StateError;
}

/** What an event of a watch tells; undefined for what is no change. */
export function toldEvent(
  watched: WatchEvent,
  seen: {
    /** Of the event before it, of the same kind: the order within a kind is that of its log. */
    readonly afterNs: bigint;
    /** Now, for what happens while somebody looks; undefined for the past. */
    readonly now: Timestamp | undefined;
  },
): ToldEvent | undefined {
  switch (watched.event) {
    case "created":
    case "updated":
    case "destroyed": {
      const { metadata } = watched.resource;
      const time = watched.event === "destroyed" ? seen.now : metadata.updated;
      const ns = nanoseconds(time ?? metadata.updated);
      const orderNs = ns > seen.afterNs ? ns : seen.afterNs;
      return { event: watched.event, metadata, time, orderNs };
    }
    default:
      return undefined;
  }
}

/** Since 1970. */
export function nanoseconds({ seconds, nanos }: Timestamp): bigint {
  return seconds * 1_000_000_000n + BigInt(nanos);
}
