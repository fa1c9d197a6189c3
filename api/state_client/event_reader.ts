/** Events of a watch out of messages. */
import { type Event, EventType } from "../../proto/gen/cosi/resource/state_pb.ts";
import { StateError } from "../../runtime/core/errors.ts";
import type { WatchEvent } from "../../runtime/core/state.ts";
import type { ResourceReader } from "./resource_reader.ts";

/** Reads an event. @throws {StateError} `invalid-resource`: it is none, or its kind is of a newer version. */
export function readEvent(wire: Event, read: ResourceReader): WatchEvent {
  const position = wire.bookmark === undefined ? {} : { bookmark: wire.bookmark };
  switch (wire.eventType) {
    case EventType.CREATED:
      return { ...position, event: "created", resource: read(wire.resource) };
    case EventType.UPDATED: {
      const [resource, old] = [read(wire.resource), read(wire.old)];
      return { ...position, event: "updated", resource, old };
    }
    case EventType.DESTROYED:
      return { ...position, event: "destroyed", resource: read(wire.resource) };
    case EventType.BOOTSTRAPPED:
      return { ...position, event: "bootstrapped", resource: read(wire.resource) };
    case EventType.NOOP:
      return { ...position, event: "noop", resource: read(wire.resource) };
    case EventType.ERRORED: {
      // Of the kind nothing is left on the wire: what ends a watch that stood is that its client lagged.
      const detail = wire.error ?? "the watch ended with an error that has no words";
      return {
        ...position,
        event: "errored",
        error: new StateError({ refusal: "overrun", detail }),
      };
    }
    default: {
      const detail = `an event has the type ${wire.eventType}, and may have 0 to 5`;
      throw new StateError({ refusal: "invalid-resource", detail });
    }
  }
}
