/** What was refused before a call reached its method, as clients of calls read errors. */
import { Code, ConnectError } from "@connectrpc/connect";
import type { Problem } from "./problem.ts";

/** The code of a refusal at the door. */
export function callRefused(problem: Problem): ConnectError {
  const code = problem.status === 401
    ? Code.Unauthenticated
    : problem.status === 403
    ? Code.PermissionDenied
    : problem.status === 431
    ? Code.ResourceExhausted
    : Code.Internal;
  return new ConnectError(problem.message, code, undefined, undefined, problem);
}
