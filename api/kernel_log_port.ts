/** What the wire needs of the kernel's log. Nothing here knows where it is read. */

/** Which lines. */
export interface KernelLogRequest {
  /** Whether to go on with what comes. */
  readonly follow: boolean;
  /** Whether to leave out what is there. */
  readonly onlyNew: boolean;
  readonly signal: AbortSignal;
  /** Address of the caller, for bounds; undefined of callers on the machine itself. */
  readonly client?: string | undefined;
}

/** The calls. Each may throw a MachineError: `denied`, `exhausted` where too many read, `not-found` where there is none. */
export interface KernelLogPort {
  /** Lines with their ends: `FACILITY: PRIORITY: [TIME]: TEXT`. Ends with the log, or with `signal` where it follows. */
  read(request: KernelLogRequest): AsyncIterable<string>;
}
