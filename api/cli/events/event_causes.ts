/** Who wrote, and what had moved them to it, of events: as far as the machine tells. */
import type { ToldEvent } from "./told_event.ts";
import {
  type EventReference,
  GraphService,
  type WhyStep,
  WhyStep_Event,
} from "../../../proto/gen/strata/runtime/v1/graph_pb.ts";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";

/** Why an event happened. */
export interface EventCause {
  /** A controller's name, or a caller's identity. */
  readonly actor: string;
  /** Names the call, where it was one. */
  readonly request: string;
  /** What had woken the actor; undefined where nothing had, or it is forgotten. */
  readonly because: EventReference | undefined;
}

/** Asks for causes. */
export interface EventCauses {
  /** The cause; undefined where the machine does not know or tell it, or something else was written since. */
  of(event: ToldEvent): Promise<EventCause | undefined>;
}

/** Makes them. Each is a call: who is behind leaves them out. */
export function eventCauses(transport: Transport, signal: AbortSignal): EventCauses {
  const graph = createClient(GraphService, transport);
  let isTold = true;
  return {
    async of({ event, metadata }) {
      if (!isTold) return undefined;
      const { namespace, type, id, version } = metadata;
      try {
        const { steps: [step, before] } = await graph.why({ namespace, type, id }, { signal });
        const wanted = `${version}`;
        const isIt = step?.version === wanted && (event === "destroyed") === isEnd(step);
        if (step === undefined || !isIt) return undefined;
        return { actor: step.actor, request: step.request, because: before?.write };
      } catch (error) {
        const { code } = ConnectError.from(error);
        if (code === Code.NotFound) return undefined;
        // Another server, or a caller who may not ask: then nobody asks again.
        isTold = code !== Code.Unimplemented && code !== Code.PermissionDenied;
        if (isTold) throw error;
        return undefined;
      }
    },
  };
}

function isEnd({ event }: WhyStep): boolean {
  return event === WhyStep_Event.DESTROYED;
}
