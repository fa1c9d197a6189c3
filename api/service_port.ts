/** What the wire needs of the machine's services. Nothing here knows how they are run. */

/** A change of a service's state. */
export interface ServiceEventFacts {
  readonly message: string;
  readonly state: string;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
}

/** A service as it is. */
export interface ServiceFacts {
  readonly id: string;
  /** `Waiting`, `Starting`, `Running`, `Stopping`, `Finished`, `Failed`. */
  readonly state: string;
  /** The last changes, oldest first. */
  readonly events: readonly ServiceEventFacts[];
  readonly health: {
    readonly known: boolean;
    readonly healthy: boolean;
    readonly message: string;
    /** Nanoseconds since 1970; 0 when it never changed. */
    readonly changed: bigint;
  };
}

/** What a service takes, as its cgroup says now. */
export interface ServiceUsage {
  readonly id: string;
  readonly pid: number;
  /** Bytes. */
  readonly memory: bigint;
  /** Nanoseconds of processors. */
  readonly cpu: bigint;
}

/** Which lines of a log. */
export interface LogRequest {
  /** Lines from the end; all that are kept where it is undefined. */
  readonly tailLines: number | undefined;
  /** Whether to go on with what comes. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** The calls. Each may throw a MachineError: `not-found` for an unknown service, `precondition` for one that is not operable. */
export interface ServicePort {
  list(): readonly ServiceFacts[];
  /** Begins it; one that runs is left alone. @returns What was done, in words. */
  start(id: string): string;
  /** Begins its end; one that does not run is left alone. */
  stop(id: string): string;
  /** Ends it and starts it again. */
  restart(id: string): string;
  usage(): readonly ServiceUsage[];
  /** Names of what has a log. */
  logs(): readonly string[];
  /** Whole lines with their ends, several in one piece of at most 64 KiB. */
  readLog(id: string, request: LogRequest): AsyncIterable<Uint8Array<ArrayBuffer>>;
}
