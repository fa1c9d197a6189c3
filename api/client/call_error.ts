/** Turns what a call ended with into how the command ends. */
import { CommandError, EXIT, type ExitCode } from "./command_error.ts";
import type { Found } from "./discovery.ts";
import { endpointText } from "./endpoint.ts";
import { Code, ConnectError } from "@connectrpc/connect";

/** Codes that are not `failed`. */
const EXITS: ReadonlyMap<Code, ExitCode> = new Map<Code, ExitCode>([
  [Code.InvalidArgument, EXIT.usage],
  [Code.OutOfRange, EXIT.usage],
  [Code.NotFound, EXIT.notFound],
  [Code.Unauthenticated, EXIT.refused],
  [Code.PermissionDenied, EXIT.refused],
  [Code.FailedPrecondition, EXIT.refused],
  [Code.AlreadyExists, EXIT.refused],
  [Code.Aborted, EXIT.refused],
  [Code.Unavailable, EXIT.unreachable],
  [Code.DeadlineExceeded, EXIT.unreachable],
]);

/** What is known of the call beside its error. */
export interface CallFacts {
  readonly found: Found;
  /** The caller's interruption. */
  readonly signal: AbortSignal;
}

/**
 * The command's end for an error of a call: interrupted when the caller interrupted, else by code. What is no error of
 * a call comes back as it is.
 */
export function callError(error: unknown, facts: CallFacts): unknown {
  if (error instanceof CommandError) return error;
  if (facts.signal.aborted) {
    return new CommandError(EXIT.interrupted, "interrupted", { cause: error });
  }
  if (!(error instanceof ConnectError)) return error;
  const exit = EXITS.get(error.code) ?? EXIT.failed;
  return new CommandError(exit, words(error, facts.found), { cause: error });
}

function words(error: ConnectError, found: Found): string {
  const where = `${endpointText(found.endpoint)} (found by ${found.by})`;
  const said = error.rawMessage === "" ? "no reason given" : error.rawMessage;
  switch (error.code) {
    case Code.Unavailable:
      return `cannot reach the machine at ${where}: ${said}`;
    case Code.DeadlineExceeded:
      return `cannot reach the machine at ${where}: no answer in time`;
    case Code.Unauthenticated:
      return found.token === undefined
        ? `the machine at ${where} asks for a token: give --token-file or STRATA_TOKEN`
        : `the machine at ${where} refuses the token: ${said}`;
    case Code.PermissionDenied:
      return `refused: ${said}`;
    default:
      return said;
  }
}
