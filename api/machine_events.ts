/** What happens to a machine, as machine.MachineService streams it: facts of contracts/talos.md §4.7. */
import { type AnyInit, eventMessage } from "./event_messages.ts";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import type {
  EventsRequest as EventsMessage,
  MachineService as MachineDescriptor,
} from "../proto/gen/machine/machine_pb.ts";
import { CALLER } from "./caller.ts";
import type { EventPort, EventsFrom } from "./event_port.ts";

type Calls = Pick<ServiceImpl<typeof MachineDescriptor>, "events">;

/** Makes the method. */
export function machineEvents(events: EventPort): Calls {
  return {
    async *events(
      request,
      { signal, values },
    ): AsyncGenerator<{ id?: string; actorId?: string; data?: AnyInit }> {
      const from = fromOf(request);
      const { client } = values.get(CALLER);
      const told = events.follow({ from, actorId: request.withActorId, signal, client });
      // Says that the stream is up, before anything has happened.
      yield {};
      for await (const { id, actorId, facts } of told) {
        yield { id, actorId, data: eventMessage(facts) };
      }
    },
  };
}

/** Where a request begins. */
function fromOf({ tailEvents, tailId, tailSeconds }: EventsMessage): EventsFrom {
  const given = [
    ...(tailEvents === 0 ? [] : ["tail_events"]),
    ...(tailId === "" ? [] : ["tail_id"]),
    ...(tailSeconds === 0 ? [] : ["tail_seconds"]),
  ];
  if (given.length > 1) {
    throw invalid(`${given.join(" and ")} are given, and may be one of them`);
  }
  if (tailSeconds < 0) throw invalid(`tail_seconds is ${tailSeconds}, and may be 0 or more`);
  if (tailId !== "") return { kind: "after", id: tailId };
  if (tailSeconds > 0) return { kind: "since", seconds: tailSeconds };
  if (tailEvents === 0) return { kind: "now" };
  return { kind: "last", count: tailEvents < 0 ? Infinity : tailEvents };
}

function invalid(detail: string): ConnectError {
  return new ConnectError(detail, Code.InvalidArgument);
}
