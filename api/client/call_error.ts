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

/** What to do about refusals of TLS, whose own words name only a rule. */
const ADVICE: readonly (readonly [said: RegExp, advice: string])[] = [
  [/certificate_?required/i, "it asks for a certificate, and a context can hold one"],
  [/expired/i, "the time of a certificate is over, or a clock is wrong"],
  [/unknown_?ca|decrypt_?error|bad_?certificate/i, "it does not know who signed our certificate"],
  [
    /unable_to_verify|unable_to_get|self_signed|unknown_?issuer/i,
    "nobody we trust signed its certificate, and a context can hold who did as ca",
  ],
  [/altname|not_?valid_?for_?name/i, "its certificate is for another name"],
];

function advice(said: string, { identity }: Found): string {
  const known = ADVICE.find(([pattern]) => pattern.test(said.replaceAll(" ", "_")))?.[1];
  // In TLS 1.3 a server refuses a certificate after the handshake, and then often has hung up before it is heard.
  const isCut = identity?.cert !== undefined && /broke off|EPIPE|ECONNRESET/.test(said);
  const found = known ?? (isCut ? "it may not know who signed our certificate" : undefined);
  return found === undefined ? "" : `: ${found} (see "strata config add --help")`;
}

function words(error: ConnectError, found: Found): string {
  const where = `${endpointText(found.endpoint)} (found by ${found.by})`;
  const said = error.rawMessage === "" ? "no reason given" : error.rawMessage;
  switch (error.code) {
    case Code.Unavailable:
      return `cannot reach the machine at ${where}: ${said}${advice(said, found)}`;
    case Code.DeadlineExceeded:
      return `cannot reach the machine at ${where}: ${
        error.rawMessage.startsWith("no answer in") ? said : "no answer in time"
      }`;
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
