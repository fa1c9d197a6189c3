/** What happens to the machine, for whoever wants to follow it. */
import type { EventFacts, EventPort, EventsRequest, MachineEvent } from "../api/event_port.ts";
import { MachineError } from "../api/machine_port.ts";
import type { Ending } from "../fs/kernel/kernel.ts";
import { isEventId } from "../runtime/controllers/events/event_ids.ts";
import {
  EVENT_READERS_MAX,
  EventReadersError,
  EventRing,
  EventsLostError,
} from "../runtime/controllers/events/event_ring.ts";
import type { Clock, Random } from "../runtime/core/ports.ts";
import { ReaderPlaces } from "./reader_places.ts";

const SEQUENCES: Readonly<Record<Ending, string>> = {
  "restart": "reboot",
  "power-off": "shutdown",
};

/** Readers at once of callers at one address: a quarter of those there may be, so that others can follow as well. */
export const EVENT_READERS_PER_CLIENT_MAX = EVENT_READERS_MAX / 4;

/** Takes events from whoever knows of one, and gives them to whoever asks. */
export class MachineEvents implements EventPort {
  readonly #ring: EventRing<EventFacts>;
  readonly #places = new ReaderPlaces({
    what: "events",
    total: EVENT_READERS_MAX,
    perClient: EVENT_READERS_PER_CLIENT_MAX,
  });
  #actor = "";

  constructor(ports: { readonly clock: Clock; readonly random: Random }) {
    this.#ring = new EventRing(ports);
  }

  /** Tells of an event. It follows from the call that began the end, where there is one. */
  publish(facts: EventFacts): void {
    this.#ring.publish(facts, this.#actor);
  }

  /** Tells that the end has begun; all that comes after it carries `actor`. Only the first end counts. */
  beginEnd(ending: Ending, actor: string): void {
    if (this.#actor !== "") return;
    this.#actor = actor;
    this.publish({ kind: "sequence", sequence: SEQUENCES[ending], action: "start" });
  }

  follow(request: EventsRequest): AsyncIterable<MachineEvent> {
    const { from, signal, actorId, client } = request;
    if (from.kind === "after" && !isEventId(from.id)) {
      const given = JSON.stringify(from.id.slice(0, 64));
      const may = "the id of an event: twenty digits and letters to v";
      throw new MachineError("invalid", `Cannot go on after ${given}: it may be ${may}`);
    }
    // Begins now, not when the first is asked for: what happens in between is not to be missed.
    const events = this.#ring.read(from, signal);
    return followed(events, { actorId, place: () => this.#places.take(client) });
  }
}

async function* followed(
  events: AsyncIterable<MachineEvent>,
  { actorId, place }: { readonly actorId: string; readonly place: () => Disposable },
): AsyncGenerator<MachineEvent> {
  using _place = place();
  try {
    for await (const event of events) {
      if (actorId === "" || event.actorId === actorId) yield event;
    }
  } catch (error) {
    if (error instanceof EventsLostError) {
      throw new MachineError("lost", error.message, { cause: error });
    }
    if (error instanceof EventReadersError) {
      throw new MachineError("exhausted", error.message, { cause: error });
    }
    throw error;
  }
}
