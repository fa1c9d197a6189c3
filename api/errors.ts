/** The one place where refusals become codes of Connect and HTTP. */
import { Code, ConnectError } from "@connectrpc/connect";
import { type Refusal, StateError } from "../runtime/core/errors.ts";
import type { Log } from "../runtime/core/ports.ts";
import { MachineError, type MachineRefusal } from "./machine_port.ts";

/** The calls of the state service, as the table of contracts/cosi.md §4.3 names its columns. */
export type StateCall =
  | "Get"
  | "List"
  | "Create"
  | "Update"
  | "Destroy"
  | "Teardown"
  | "TeardownAndDestroy"
  | "Watch";

/** What a refusal is, unless {@linkcode CODES_OF_CALL} says otherwise for the call. */
const CODES = {
  "not-found": Code.NotFound,
  "already-exists": Code.AlreadyExists,
  "version-conflict": Code.FailedPrecondition,
  "owner-conflict": Code.PermissionDenied,
  "phase-conflict": Code.FailedPrecondition,
  "pending-finalizers": Code.FailedPrecondition,
  "invalid-bookmark": Code.FailedPrecondition,
  "invalid-query": Code.InvalidArgument,
  "invalid-resource": Code.InvalidArgument,
  "unsupported": Code.Unimplemented,
  "access-denied": Code.PermissionDenied,
  "overrun": Code.ResourceExhausted,
  "closed": Code.Unavailable,
} as const satisfies Record<Refusal, Code>;

/** Official clients tell refusals apart by call and code alone, so the table has two dimensions. */
const CODES_OF_CALL: Readonly<Partial<Record<StateCall, Partial<Record<Refusal, Code>>>>> = {
  // A resource that is none is what official servers have no code for. Of an update it must not be InvalidArgument, which
  // their clients take for a phase conflict.
  Create: { "invalid-resource": Code.Unknown },
  Update: { "phase-conflict": Code.InvalidArgument, "invalid-resource": Code.Unknown },
};

const STATUSES = {
  "not-found": 404,
  "already-exists": 409,
  "version-conflict": 409,
  "owner-conflict": 403,
  "phase-conflict": 409,
  "pending-finalizers": 409,
  "invalid-bookmark": 410,
  "invalid-query": 400,
  "invalid-resource": 400,
  "unsupported": 501,
  "access-denied": 403,
  "overrun": 503,
  "closed": 503,
} as const satisfies Record<Refusal, number>;

/** Every refusal there is. */
export const REFUSALS: readonly Refusal[] = Object.keys(STATUSES) as Refusal[]; // A constant's own keys.

const MACHINE_CODES = {
  "not-found": Code.NotFound,
  "invalid": Code.InvalidArgument,
  "denied": Code.PermissionDenied,
  "unsupported": Code.Unimplemented,
  "precondition": Code.FailedPrecondition,
  "closed": Code.Unavailable,
  "exhausted": Code.ResourceExhausted,
  "lost": Code.DataLoss,
  "failed": Code.Unknown,
} as const satisfies Record<MachineRefusal, Code>;

/** The Connect code of a refusal. @param call Name of the method; other services than the state's have no row. */
export function codeOf(refusal: Refusal, call: string): Code {
  const row = Object.hasOwn(CODES_OF_CALL, call) ? CODES_OF_CALL[call as StateCall] : undefined;
  return row?.[refusal] ?? CODES[refusal];
}

/** The HTTP status of a refusal. @param condition Whether the request carried If-Match. */
export function statusOf(refusal: Refusal, condition: "if-match" | "none" = "none"): number {
  return refusal === "version-conflict" && condition === "if-match" ? 412 : STATUSES[refusal];
}

/** Where an error came from. */
export interface ErrorContext {
  /** Name of the method. */
  readonly call: string;
  /** Of the call: only while it is aborted does an error count as cancelled. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** A refusal keeps its words. Anything else is a fault of ours: it says only "internal", and everything in the log. */
export function toConnectError(error: unknown, context: ErrorContext): ConnectError {
  if (error instanceof ConnectError) return error;
  if (error instanceof StateError) {
    return withCause(error, codeOf(error.failure.refusal, context.call));
  }
  if (error instanceof MachineError) return withCause(error, MACHINE_CODES[error.refusal]);
  const { signal } = context;
  if (signal.aborted) {
    if (signal.reason instanceof ConnectError) return signal.reason;
    return new ConnectError("the call was cancelled", Code.Canceled, undefined, undefined, error);
  }
  context.log.write("error", `${context.call} failed`, { error: describeFault(error) });
  return new ConnectError("internal", Code.Internal, undefined, undefined, error);
}

/** An unexpected error for the log: stack, and causes where there are some. */
export function describeFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `; cause: ${describeFault(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

function withCause(error: Error, code: Code): ConnectError {
  return new ConnectError(error.message, code, undefined, undefined, error);
}
