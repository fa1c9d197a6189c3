/** Changes of resources as events of the machine: of its status, its steps, its services. */
import type {
  EventFacts,
  EventHealth,
  MachineStage,
  ServiceEventState,
} from "../api/event_port.ts";
import type { BootStepSpec, MachineStatusSpec } from "../proto/gen/strata/runtime/v1/runtime_pb.ts";
import {
  BootStepSpec_Outcome as Outcome,
  MachineStatusSpec_Stage as Stage,
} from "../proto/gen/strata/runtime/v1/runtime_pb.ts";
import type { ServiceStatus } from "../proto/gen/strata/runtime/v1/service_pb.ts";
import {
  ServiceStatus_Health as Health,
  ServiceStatus_State as State,
} from "../proto/gen/strata/runtime/v1/service_pb.ts";
import type { Timestamp } from "../runtime/core/resource.ts";

const STAGES: Readonly<Record<Stage, MachineStage>> = {
  [Stage.UNSPECIFIED]: "unknown",
  [Stage.BOOTING]: "booting",
  [Stage.RUNNING]: "running",
  [Stage.REBOOTING]: "rebooting",
  [Stage.SHUTTING_DOWN]: "shutting-down",
};

const SERVICE_STATES: Readonly<Record<State, ServiceEventState>> = {
  [State.UNSPECIFIED]: "initialized",
  [State.WAITING]: "waiting",
  [State.STARTING]: "starting",
  [State.RUNNING]: "running",
  [State.STOPPING]: "stopping",
  [State.FINISHED]: "finished",
  [State.FAILED]: "failed",
};

/** What a MachineStatus tells that the one before did not. */
export function machineStatusEvents(
  before: MachineStatusSpec | undefined,
  after: MachineStatusSpec,
): readonly EventFacts[] {
  const { stage, ready, unmetConditions } = after;
  const isSame = before?.stage === stage && before.ready === ready &&
    before.unmetConditions.join("\n") === unmetConditions.join("\n");
  if (isSame) return [];
  const status: EventFacts = {
    kind: "machine-status",
    stage: STAGES[stage],
    ready,
    unmet: unmetConditions.map(condition),
  };
  const boot = bootAction(before?.stage, stage);
  if (boot === undefined) return [status];
  return [status, { kind: "sequence", sequence: "boot", action: boot }];
}

function bootAction(before: Stage | undefined, after: Stage): "start" | "stop" | undefined {
  if (after === Stage.BOOTING && before !== Stage.BOOTING) return "start";
  return before === Stage.BOOTING && after === Stage.RUNNING ? "stop" : undefined;
}

/** `NAME: REASON`, as steps that failed are told; what has no name is of the machine. */
function condition(sentence: string): { readonly name: string; readonly reason: string } {
  const colon = sentence.indexOf(": ");
  if (colon < 0) return { name: "machine", reason: sentence };
  return { name: sentence.slice(0, colon), reason: sentence.slice(colon + 2) };
}

/** What a step of the boot or the end tells that it did not before. */
export function stepEvents(
  phase: string,
  { before, after }: { readonly before: BootStepSpec | undefined; readonly after: BootStepSpec },
): readonly EventFacts[] {
  const runs = ({ outcome }: BootStepSpec): boolean => outcome === Outcome.UNSPECIFIED;
  // One that was run again begins again.
  const began = before === undefined || !runs(before) && before.startedMs !== after.startedMs;
  const ended = !runs(after) && (began || before !== undefined && runs(before));
  return [
    ...(began ? [{ kind: "phase", phase, action: "start" } as const] : []),
    ...(ended ? [{ kind: "phase", phase, action: "stop" } as const] : []),
  ];
}

/** What a service tells that it did not before. What it uses is no event. */
export function serviceEvents(
  service: string,
  { before, after }: { readonly before: ServiceStatus | undefined; readonly after: ServiceStatus },
): readonly EventFacts[] {
  const isSame = before?.state === after.state && before.message === after.message &&
    before.health === after.health && before.pid === after.pid;
  if (isSame) return [];
  const { state, message } = after;
  return [{
    kind: "service",
    service,
    state: SERVICE_STATES[state],
    message,
    health: healthOf(after),
  }];
}

function healthOf({ health, healthMessage, healthSince }: ServiceStatus): EventHealth {
  return {
    known: health !== Health.UNSPECIFIED,
    healthy: health === Health.HEALTHY,
    message: healthMessage,
    changed: nanosOf(healthSince),
  };
}

function nanosOf(time: Timestamp | undefined): bigint {
  return time === undefined ? 0n : time.seconds * 1_000_000_000n + BigInt(time.nanos);
}
