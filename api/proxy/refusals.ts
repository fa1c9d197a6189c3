/** What the proxy answers by itself, in the words of who calls. */
import { Code, ConnectError } from "@connectrpc/connect";
import { callErrorResponse } from "../call_error_response.ts";
import { callRefused } from "../call_refused.ts";
import { answerHeaders } from "../grpc/answer_headers.ts";
import { answerType } from "../grpc/call_head.ts";
import { type PreparedRefusals, Refused } from "../grpc/refused.ts";
import { refusedPairs } from "../grpc/status.ts";
import { ConnectionLost, RequestUnprocessed, TooManyWaiting } from "../http2/fault.ts";
import type { HeaderPairs } from "../http2/header_pairs.ts";
import { Problem, problemResponse } from "../problem.ts";
import type { CallForm } from "./gate.ts";

/** Whose request it is. */
interface Requested {
  readonly headers: Pick<Headers, "get">;
}

/** The machine did not take the request, or is gone; undefined of what is none of that. */
export function lostProblem(error: unknown): Problem | undefined {
  const isLost = error instanceof ConnectionLost || error instanceof RequestUnprocessed;
  if (!isLost && !(error instanceof TooManyWaiting)) return undefined;
  const detail = isLost
    ? `the machine's API does not answer: ${error.message}`
    : `the machine's API takes no more calls now: ${error.message}`;
  return new Problem({ status: 503, code: "closed", detail, headers: { "retry-after": "1" } });
}

/** The same as it ends a stream of gRPC that has begun. */
export function lostTrailers({ message }: Problem): HeaderPairs {
  return refusedPairs(Code.Unavailable, message);
}

/** The answer of whoever is no client of gRPC. */
export function refusalResponse(
  form: Exclude<CallForm, "grpc">,
  problem: Problem,
  request: Requested,
): Response {
  const { status, headers } = problem;
  const response = form === "http"
    ? problemResponse(problem)
    : callErrorResponse(request, { status, error: connectError(problem), headers });
  response.headers.set("x-content-type-options", "nosniff");
  return response;
}

/** The answer of a client of gRPC: headers and trailers in one. */
export function refusalPairs(
  prepared: PreparedRefusals,
  refused: Refused,
  contentType: string,
): HeaderPairs {
  const headers = answerHeaders(answerType(contentType) ?? "application/grpc", false);
  return prepared.of(headers, refused);
}

/** What a client of gRPC reads of it. */
export function refusedOf(problem: Problem): Refused {
  const { code, rawMessage } = connectError(problem);
  return new Refused(code, rawMessage);
}

function connectError(problem: Problem): ConnectError {
  if (problem.status !== 503) return callRefused(problem);
  return new ConnectError(problem.message, Code.Unavailable, undefined, undefined, problem);
}
