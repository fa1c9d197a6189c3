/**
 * What a call of cosi.resource.State ended with, as what a state refuses: the table of contracts/cosi.md §4.3 read backwards.
 *
 * Which refusal it is follows from call and code, as for official clients; where one code stands for several, and for facts
 * besides, the words decide, which official servers and ours share.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { type Failure, StateError } from "../../runtime/core/errors.ts";
import type { Phase, Pointer, Version } from "../../runtime/core/resource.ts";
import type { StateCall } from "../errors.ts";

/** What is known of the call. */
export interface CallFacts {
  readonly call: StateCall;
  /** Absent of a list and of a watch of a kind. */
  readonly pointer?: Pointer;
  /** What an update said. */
  readonly expected?: { readonly version: Version; readonly phase: Phase };
}

const OWNER_REGEXP = /is owned by "(.*)"/;
const FINALIZERS_REGEXP = /has pending finalizers &?\[(.*)\]/;
const ACTUAL_REGEXP = /actual version "?(\d{1,20}|undefined)"?/;
const PHASE_REGEXP = /is not in phase/;
const BOOKMARK_PREFIX = "invalid watch bookmark: ";
const RESOURCE_REGEXP = /^invalid resource(?: \S+\(.*\))?: /;
const QUERY_PREFIX = "invalid query: ";
const UNSUPPORTED_REGEXP = /^operation (.*) is not supported$/;

/** The refusal that an error of a call is; what is none comes back as it is. */
export function refusal(error: unknown, facts: CallFacts): unknown {
  if (!(error instanceof ConnectError)) return error;
  const failure = failureOf(error, facts);
  return failure === undefined ? error : new StateError(failure, { cause: error });
}

function failureOf(error: ConnectError, facts: CallFacts): Failure | undefined {
  const words = error.rawMessage;
  switch (error.code) {
    case Code.NotFound:
      return facts.pointer && { refusal: "not-found", pointer: facts.pointer };
    case Code.AlreadyExists:
      return facts.pointer && { refusal: "already-exists", pointer: facts.pointer };
    case Code.PermissionDenied:
      return ownerConflict(words, facts) ?? { refusal: "access-denied", detail: words };
    case Code.Unauthenticated:
      return { refusal: "access-denied", detail: words };
    case Code.FailedPrecondition:
      return precondition(words, facts);
    case Code.InvalidArgument:
    case Code.OutOfRange:
      return phaseConflict(words, facts) ?? invalid(words, facts);
    case Code.Unknown:
      return phaseConflict(words, facts) ?? unknown(words, facts);
    case Code.Unimplemented:
      return { refusal: "unsupported", operation: UNSUPPORTED_REGEXP.exec(words)?.[1] ?? words };
    case Code.ResourceExhausted:
      return { refusal: "overrun", detail: words };
    case Code.Unavailable:
    case Code.Canceled:
      return { refusal: "closed", detail: words };
    case Code.DeadlineExceeded:
      return { refusal: "closed", detail: "no answer in time" };
    default:
      return undefined;
  }
}

function ownerConflict(words: string, facts: CallFacts): Failure | undefined {
  const owner = OWNER_REGEXP.exec(words)?.[1];
  if (owner === undefined || facts.pointer === undefined) return undefined;
  return { refusal: "owner-conflict", pointer: versioned(facts.pointer, words), owner };
}

function phaseConflict(words: string, facts: CallFacts): Failure | undefined {
  if (!PHASE_REGEXP.test(words) || facts.pointer === undefined) return undefined;
  const expected = facts.expected?.phase ?? "running";
  return { refusal: "phase-conflict", pointer: versioned(facts.pointer, words), expected };
}

function precondition(words: string, facts: CallFacts): Failure | undefined {
  const { pointer } = facts;
  if (facts.call === "Watch") {
    const detail = without(BOOKMARK_PREFIX, words);
    return { refusal: "invalid-bookmark", detail };
  }
  if (pointer === undefined) return undefined;
  if (facts.call === "Update") {
    const actual = versionOf(ACTUAL_REGEXP.exec(words)?.[1]);
    const expected = facts.expected?.version;
    const at = { ...nameOf(pointer), version: expected };
    return { refusal: "version-conflict", pointer: at, expected, actual };
  }
  const phase = phaseConflict(words, facts);
  if (phase !== undefined) return phase;
  const finalizers = FINALIZERS_REGEXP.exec(words)?.[1]?.split(" ") ?? [];
  return { refusal: "pending-finalizers", pointer: versioned(pointer, words), finalizers };
}

function invalid(words: string, { call, pointer }: CallFacts): Failure {
  if (call === "List" || call === "Watch") {
    return { refusal: "invalid-query", detail: without(QUERY_PREFIX, words) };
  }
  const detail = words.replace(RESOURCE_REGEXP, "");
  return { refusal: "invalid-resource", detail, ...(pointer === undefined ? {} : { pointer }) };
}

/** Calls of which official servers have no code for what is asked wrongly: a resource that is none, a watch in two ways. */
const WITHOUT_CODE: readonly StateCall[] = ["Create", "Update", "Watch"];

function unknown(words: string, facts: CallFacts): Failure | undefined {
  return WITHOUT_CODE.includes(facts.call) ? invalid(words, facts) : undefined;
}

/** The pointer with the version by which `words` name it. */
function versioned(pointer: Pointer, words: string): Pointer & { readonly version: Version } {
  const { namespace, type, id } = pointer;
  const name = `${type}(${namespace}/${id}@`;
  const start = words.indexOf(name);
  const text = start < 0 ? undefined : /^\w{1,20}/.exec(words.slice(start + name.length))?.[0];
  return { namespace, type, id, version: versionOf(text) };
}

function nameOf({ namespace, type, id }: Pointer): Pointer {
  return { namespace, type, id };
}

function versionOf(text: string | undefined): Version {
  return text !== undefined && /^\d+$/.test(text) ? BigInt(text) : undefined;
}

function without(prefix: string, words: string): string {
  return words.startsWith(prefix) ? words.slice(prefix.length) : words;
}
