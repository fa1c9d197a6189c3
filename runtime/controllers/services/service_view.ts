/** How a service is, as the status, the API and listeners tell it. */
import type { Timestamp } from "../../core/resource.ts";
import type { SpecInit } from "../../core/spec_init.ts";
import { ServiceHealth, ServiceState, type serviceStatus } from "../../resources/service.ts";

/** How it ended last. */
export interface ServiceExitView {
  readonly code: number;
  /** "" where no signal ended it. */
  readonly signal: string;
  readonly time: Timestamp;
  readonly outOfMemory: boolean;
  readonly lastLine: string;
}

/** A service at one time. Replaced, never changed. */
export interface ServiceView {
  readonly state: ServiceState;
  readonly since: Timestamp;
  readonly message: string;
  /** 0 while none runs. */
  readonly pid: number;
  readonly restarts: number;
  readonly lastExit: ServiceExitView | undefined;
  readonly health: ServiceHealth;
  readonly healthMessage: string;
  readonly healthSince: Timestamp | undefined;
  /** Bytes. */
  readonly memory: bigint;
  /** Microseconds, of all starts together. */
  readonly cpuUs: bigint;
  readonly processes: number;
}

/** A change of state, of what is waited for, or of health. */
export interface ServiceChange {
  readonly id: string;
  readonly view: ServiceView;
  /** `Running: its process has the pid 7`, in two parts. */
  readonly state: string;
  readonly message: string;
  readonly time: Timestamp;
}

const STATE_NAMES: Readonly<Record<ServiceState, string>> = {
  [ServiceState.UNSPECIFIED]: "Unknown",
  [ServiceState.WAITING]: "Waiting",
  [ServiceState.STARTING]: "Starting",
  [ServiceState.RUNNING]: "Running",
  [ServiceState.STOPPING]: "Stopping",
  [ServiceState.FINISHED]: "Finished",
  [ServiceState.FAILED]: "Failed",
};

/** A state as people read it. */
export function stateName(state: ServiceState): string {
  return STATE_NAMES[state];
}

/** Before the first answer of a check. */
export const UNKNOWN_HEALTH = {
  health: ServiceHealth.UNSPECIFIED,
  healthMessage: "",
  healthSince: undefined,
} as const satisfies Partial<ServiceView>;

/** While no process of it runs. */
export const ENDED = {
  ...UNKNOWN_HEALTH,
  pid: 0,
  memory: 0n,
  processes: 0,
} as const satisfies Partial<ServiceView>;

/** A service that was just heard of. */
export function newView(since: Timestamp): ServiceView {
  return {
    state: ServiceState.WAITING,
    since,
    message: "",
    restarts: 0,
    lastExit: undefined,
    cpuUs: 0n,
    ...ENDED,
  };
}

/** The status that says it. */
export function statusOf(view: ServiceView): SpecInit<typeof serviceStatus> {
  const { lastExit, healthSince, restarts, ...rest } = view;
  return {
    ...rest,
    restarts: BigInt(restarts),
    ...(lastExit === undefined ? {} : { lastExit }),
    ...(healthSince === undefined ? {} : { healthSince }),
  };
}

/** Whether both say the same. */
export function sameView(a: ServiceView, b: ServiceView): boolean {
  const [left, right]: Readonly<Record<string, unknown>>[] = [{ ...a }, { ...b }];
  return Object.keys(a).every((name) => left?.[name] === right?.[name]);
}
