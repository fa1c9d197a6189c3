/** What the wire needs of the machine's events. Nothing here knows who tells of them. */

/** States of a service as events name them. */
export type ServiceEventState =
  | "initialized"
  | "preparing"
  | "waiting"
  | "running"
  | "stopping"
  | "finished"
  | "failed"
  | "skipped"
  | "starting";

/** Where in its life a machine is. */
export type MachineStage = "unknown" | "booting" | "running" | "rebooting" | "shutting-down";

/** What happened. */
export type EventFacts =
  | {
    readonly kind: "sequence";
    /** `boot`, `reboot`, `shutdown`. */
    readonly sequence: string;
    readonly action: "noop" | "start" | "stop";
    /** Why it failed. */
    readonly error?: string;
  }
  | { readonly kind: "phase"; readonly phase: string; readonly action: "start" | "stop" }
  | { readonly kind: "task"; readonly task: string; readonly action: "start" | "stop" }
  | {
    readonly kind: "service";
    readonly service: string;
    readonly state: ServiceEventState;
    readonly message: string;
    readonly health: EventHealth;
  }
  /** Of reboot(2): the command. */
  | { readonly kind: "restart"; readonly command: bigint }
  | {
    readonly kind: "machine-status";
    readonly stage: MachineStage;
    readonly ready: boolean;
    readonly unmet: readonly { readonly name: string; readonly reason: string }[];
  };

/** Health of a service. */
export interface EventHealth {
  readonly known: boolean;
  readonly healthy: boolean;
  readonly message: string;
  /** Nanoseconds since 1970; 0 when it never changed. */
  readonly changed: bigint;
}

/** An event. */
export interface MachineEvent {
  /** Later events have greater ones, by their characters. */
  readonly id: string;
  /** The call that it follows from; "" for none. */
  readonly actorId: string;
  readonly facts: EventFacts;
}

/** Where to begin. */
export type EventsFrom =
  | { readonly kind: "now" }
  /** So many of the last; Infinity is all that are kept. */
  | { readonly kind: "last"; readonly count: number }
  /** After this id, whether it is of this boot or not. */
  | { readonly kind: "after"; readonly id: string }
  | { readonly kind: "since"; readonly seconds: number };

/** Which events. */
export interface EventsRequest {
  readonly from: EventsFrom;
  /** Only what follows from this call; "" is all. */
  readonly actorId: string;
  readonly signal: AbortSignal;
  /** Address of the caller, for bounds; undefined of callers on the machine itself. */
  readonly client?: string | undefined;
}

/** The calls. */
export interface EventPort {
  /**
   * The past, then what comes, until `signal` aborts.
   *
   * @throws {MachineError} `lost`: what comes next is forgotten; `invalid`: the id is none; `exhausted`: too many follow.
   */
  follow(request: EventsRequest): AsyncIterable<MachineEvent>;
}
