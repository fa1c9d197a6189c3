/** Events of a machine for people: what each is about, in words. */
import {
  createRegistry,
  fromBinary,
  isMessage,
  type JsonValue,
  type Message,
  toJson,
} from "@bufbuild/protobuf";
import {
  type Event,
  file_machine_machine,
  type MachineStatusEvent,
  MachineStatusEvent_MachineStage as Stage,
  MachineStatusEventSchema,
  PhaseEvent_Action as PhaseAction,
  PhaseEventSchema,
  RestartEventSchema,
  SequenceEvent_Action as SequenceAction,
  SequenceEventSchema,
  ServiceStateEvent_Action as ServiceAction,
  ServiceStateEventSchema,
  TaskEvent_Action as TaskAction,
  TaskEventSchema,
} from "../../../proto/gen/machine/machine_pb.ts";
import { healthWord } from "../service_words.ts";
import type { Timestamp } from "../../../runtime/core/resource.ts";

const REGISTRY = createRegistry(file_machine_machine);

/** The digits of ids, by their values. */
const ID_ALPHABET = "0123456789abcdefghijklmnopqrstuv";
/** Characters of an id that hold the second of the event, with three bits beyond it. */
const ID_SECOND_LENGTH = 7;
const ID_REGEXP = /^[0-9a-v]{20}$/;

/** What an event says. */
export interface EventWords {
  /** Name of the message, such as `PhaseEvent`. */
  readonly name: string;
  /** What it is about. */
  readonly source: string;
  readonly text: string;
}

/** When an event happened, by its id; undefined where the id is of another kind. */
export function eventTime(id: string): Timestamp | undefined {
  if (!ID_REGEXP.test(id)) return undefined;
  const bits = [...id.slice(0, ID_SECOND_LENGTH)].reduce(
    (value, digit) => value << 5n | BigInt(ID_ALPHABET.indexOf(digit)),
    0n,
  );
  return { seconds: bits >> 3n, nanos: 0 };
}

/** The words of an event. One of a kind that this program does not know has its name alone. */
export function eventWords({ data }: Event): EventWords {
  const fullName = nameOf(data?.typeUrl ?? "");
  const name = fullName.slice(fullName.lastIndexOf(".") + 1);
  const message = messageOf({ data });
  return { name, ...(message === undefined ? { source: "", text: "" } : wordsOf(message)) };
}

/** An event as data: its message's own fields between id and actor. */
export function eventJson(event: Event): JsonValue {
  const { id, actorId, data } = event;
  const message = messageOf(event);
  const schema = message && REGISTRY.getMessage(message.$typeName);
  const fields = message && schema
    ? toJson(schema, message, { alwaysEmitImplicit: true, registry: REGISTRY })
    : null;
  return { id, type: nameOf(data?.typeUrl ?? ""), actorId, event: fields };
}

function nameOf(typeUrl: string): string {
  return typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
}

function messageOf({ data }: Pick<Event, "data">): Message | undefined {
  const schema = REGISTRY.getMessage(nameOf(data?.typeUrl ?? ""));
  if (data === undefined || schema === undefined) return undefined;
  try {
    return fromBinary(schema, data.value);
  } catch {
    return undefined; // Of another version that is not like ours.
  }
}

type Words = Pick<EventWords, "source" | "text">;

function wordsOf(message: Message): Words {
  if (isMessage(message, SequenceEventSchema)) {
    const { sequence, action, error } = message;
    const why = error === undefined ? "" : `: ${error.message}`;
    return { source: sequence, text: `${word(SequenceAction, action)}${why}` };
  }
  if (isMessage(message, PhaseEventSchema)) {
    return { source: message.phase, text: word(PhaseAction, message.action) };
  }
  if (isMessage(message, TaskEventSchema)) {
    return { source: message.task, text: word(TaskAction, message.action) };
  }
  if (isMessage(message, ServiceStateEventSchema)) {
    const { service, action, message: why, health } = message;
    const state = `${word(ServiceAction, action)}, health ${healthWord(health)}`;
    return { source: service, text: why === "" ? state : `${state}: ${why}` };
  }
  if (isMessage(message, RestartEventSchema)) return { source: "", text: `command ${message.cmd}` };
  if (isMessage(message, MachineStatusEventSchema)) return statusWords(message);
  return { source: "", text: "" };
}

function statusWords({ stage, status }: MachineStatusEvent): Words {
  const unmet = status?.unmetConditions ?? [];
  const ready = status?.ready ? "ready" : "not ready";
  const why = unmet.map(({ name, reason }) => `${name}: ${reason}`);
  return { source: word(Stage, stage), text: [ready, ...why].join("; ") };
}

/** A value of an enumeration in lower case with blanks; its number where it has no name. */
function word(names: Readonly<Record<number, string>>, value: number): string {
  return names[value]?.toLowerCase().replaceAll("_", " ") ?? String(value);
}
