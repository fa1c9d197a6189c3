/** Errors over HTTP: `application/problem+json` (RFC 9457) with the refusal as `code`. */
import { type Refusal, StateError } from "../runtime/core/errors.ts";
import type { Log } from "../runtime/core/ports.ts";
import { describeFault, statusOf } from "./errors.ts";

/** What only HTTP refuses; the rest are the state's refusals. */
export const HTTP_REFUSALS = [
  "unauthenticated",
  "method-not-allowed",
  "precondition-required",
  "too-large",
  "unsupported-media-type",
  "too-many",
  "internal",
] as const;

/** One of them. */
export type HttpRefusal = (typeof HTTP_REFUSALS)[number];

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  410: "Gone",
  412: "Precondition Failed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  428: "Precondition Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
};

/** A request is refused with `status`. `detail` names what is wrong and what may be. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly code: Refusal | HttpRefusal;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    facts: {
      readonly status: number;
      readonly code: Refusal | HttpRefusal;
      readonly detail: string;
      readonly headers?: Readonly<Record<string, string>>;
    },
    options?: ErrorOptions,
  ) {
    super(facts.detail, options);
    this.status = facts.status;
    this.code = facts.code;
    this.headers = facts.headers ?? {};
  }
}

/** A malformed query, header or path. */
export function badQuery(detail: string): Problem {
  return new Problem({ status: 400, code: "invalid-query", detail });
}

/** A malformed body. */
export function badResource(detail: string): Problem {
  return new Problem({ status: 400, code: "invalid-resource", detail });
}

/** The path and Host of a request make no URL. */
export function badTarget(): Problem {
  return badQuery("path and Host make no URL");
}

/** The answer that says so. */
export function problemResponse(problem: Problem): Response {
  const { status, code } = problem;
  const body = {
    type: "about:blank",
    title: TITLES[status] ?? "Error",
    status,
    code,
    detail: problem.message,
  };
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: {
      ...problem.headers,
      "content-type": "application/problem+json",
      // Listeners refuse, too, where nobody adds it to every answer.
      "x-content-type-options": "nosniff",
    },
  });
}

/** The answer where a fault of ours left none. */
export function internalResponse(): Response {
  return problemResponse(new Problem({ status: 500, code: "internal", detail: "internal" }));
}

/** Any error as a problem; unknown ones say "internal", and everything in the log. */
export function toProblem(
  error: unknown,
  context: { readonly request: Request; readonly log: Log },
): Problem {
  if (error instanceof Problem) return error;
  const { request, log } = context;
  if (error instanceof StateError) {
    const condition = request.headers.has("if-match") ? "if-match" : "none";
    const { refusal } = error.failure;
    const status = statusOf(refusal, condition);
    return new Problem({ status, code: refusal, detail: error.message }, { cause: error });
  }
  if (request.signal.aborted) {
    return new Problem({ status: 503, code: "closed", detail: "The request was cancelled" });
  }
  const { pathname } = new URL(request.url);
  log.write("error", `${request.method} failed`, { path: pathname, error: describeFault(error) });
  return new Problem({ status: 500, code: "internal", detail: "internal" }, { cause: error });
}
