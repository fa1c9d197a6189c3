/** The way back from a resource, in the words of the wire. */
import type { WhyFacts } from "../api/graph_port.ts";
import {
  WhyResponse_End as End,
  WhyStep_Event as Event,
} from "../proto/gen/strata/runtime/v1/graph_pb.ts";
import {
  type CauseStep,
  type CauseWalk,
  walkCauses,
  type WalkedState,
} from "../runtime/core/cause_walk.ts";
import { versionText } from "../runtime/core/errors.ts";
import type { RememberedWrite } from "../runtime/core/event_history.ts";
import type { Pointer } from "../runtime/core/resource.ts";

const ENDS: Readonly<Record<CauseWalk["end"], End>> = {
  origin: End.ORIGIN,
  forgotten: End.FORGOTTEN,
  bound: End.BOUND,
};

const EVENTS: Readonly<Record<RememberedWrite["event"], Event>> = {
  created: Event.CREATED,
  updated: Event.UPDATED,
  destroyed: Event.DESTROYED,
};

/** Undefined where there is no such resource and no write of it is remembered. */
export function whyFacts(state: WalkedState, pointer: Pointer): WhyFacts | undefined {
  const walk = walkCauses(state, pointer);
  return walk && { steps: walk.steps.map(stepOf), end: ENDS[walk.end] };
}

/** Names one event. @param revision Undefined where it is not known. */
export function eventReference(
  { namespace, type, id }: Pointer,
  revision: bigint | undefined,
): Pointer & { readonly revision: bigint } {
  return { namespace, type, id, revision: revision ?? 0n };
}

function stepOf({ resource: { metadata }, write }: CauseStep) {
  return {
    write: eventReference(metadata, write?.revision),
    event: write === undefined ? Event.UNSPECIFIED : EVENTS[write.event],
    version: versionText(metadata.version),
    phase: metadata.phase,
    actor: write?.cause?.actor ?? "",
    request: write?.cause?.request ?? "",
    time: metadata.updated,
  };
}
