/** Events of a machine as messages within google.protobuf.Any. */
import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
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
} from "../proto/gen/machine/machine_pb.ts";
import type { EventFacts, MachineStage, ServiceEventState } from "./event_port.ts";
import { healthMessage } from "./machine_services.ts";

/** What stands before a message's full name in its type URL. */
const TYPE_URL_PREFIX = "talos/runtime/";

/** A google.protobuf.Any to be. */
export interface AnyInit {
  readonly typeUrl: string;
  readonly value: Uint8Array<ArrayBuffer>;
}

const SEQUENCE_ACTIONS = {
  noop: SequenceAction.NOOP,
  start: SequenceAction.START,
  stop: SequenceAction.STOP,
} as const;
const PHASE_ACTIONS = { start: PhaseAction.START, stop: PhaseAction.STOP } as const;
const TASK_ACTIONS = { start: TaskAction.START, stop: TaskAction.STOP } as const;

const SERVICE_ACTIONS: Readonly<Record<ServiceEventState, ServiceAction>> = {
  initialized: ServiceAction.INITIALIZED,
  preparing: ServiceAction.PREPARING,
  waiting: ServiceAction.WAITING,
  running: ServiceAction.RUNNING,
  stopping: ServiceAction.STOPPING,
  finished: ServiceAction.FINISHED,
  failed: ServiceAction.FAILED,
  skipped: ServiceAction.SKIPPED,
  starting: ServiceAction.STARTING,
};

const STAGES: Readonly<Record<MachineStage, Stage>> = {
  "unknown": Stage.UNKNOWN,
  "booting": Stage.BOOTING,
  "running": Stage.RUNNING,
  "rebooting": Stage.REBOOTING,
  "shutting-down": Stage.SHUTTING_DOWN,
};

/** The message of an event, packed. */
export function eventMessage(facts: EventFacts): AnyInit {
  switch (facts.kind) {
    case "sequence": {
      const { sequence, action, error } = facts;
      return packed(SequenceEventSchema, {
        sequence,
        action: SEQUENCE_ACTIONS[action],
        ...(error === undefined ? {} : { error: { message: error } }),
      });
    }
    case "phase":
      return packed(PhaseEventSchema, { phase: facts.phase, action: PHASE_ACTIONS[facts.action] });
    case "task":
      return packed(TaskEventSchema, { task: facts.task, action: TASK_ACTIONS[facts.action] });
    case "service":
      return packed(ServiceStateEventSchema, {
        service: facts.service,
        action: SERVICE_ACTIONS[facts.state],
        message: facts.message,
        health: healthMessage(facts.health),
      });
    case "restart":
      return packed(RestartEventSchema, { cmd: facts.command });
    case "machine-status": {
      const { stage, ready, unmet } = facts;
      const status = { ready, unmetConditions: [...unmet] };
      return packed(MachineStatusEventSchema, { stage: STAGES[stage], status });
    }
  }
}

function packed<Desc extends DescMessage>(
  schema: Desc,
  message: MessageInitShape<Desc>,
): AnyInit {
  return {
    typeUrl: `${TYPE_URL_PREFIX}${schema.typeName}`,
    value: toBinary(schema, create(schema, message)),
  };
}
