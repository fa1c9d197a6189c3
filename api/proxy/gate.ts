/** Who may pass the proxy, and with what: by the tables of the machine itself, before anything of a request goes to it. */
import type { Access, Asked } from "../access.ts";
import { operationRefusal } from "../authorization/http_rules.ts";
import type { Identity } from "../authorization/roles.ts";
import { callRefusal } from "../authorization/rules.ts";
import type { ForwardedOrigin } from "../forwarded.ts";
import { isOpenPath } from "../health.ts";
import { Problem } from "../problem.ts";
import { isProcedure } from "../procedure_path.ts";
import { operationOf } from "./operations.ts";

/** Errors are told in the words of who calls: gRPC, Connect and gRPC-Web, HTTP. */
export type CallForm = "grpc" | "connect" | "http";

/** A request, as far as it is judged. */
export interface JudgedRequest {
  readonly asked: Asked;
  readonly method: string;
  /** As sent. */
  readonly path: string;
  readonly isGrpc: boolean;
}

/** What was found. */
export interface Verdict {
  readonly form: CallForm;
  /** Who asks; undefined on the paths that answer anybody. */
  readonly identity?: Identity;
  /** Why it may not. */
  readonly refused?: Problem;
}

/**
 * Judges a request. Who is in no role that may make the call passes nothing.
 *
 * @throws {TypeError} Its target is no URL.
 */
export function judge(access: Access, request: JudgedRequest, origin: ForwardedOrigin): Verdict {
  const { asked, isGrpc } = request;
  const url = isGrpc ? undefined : new URL(asked.url);
  if (url !== undefined && isOpenPath(url.pathname)) return { form: "http" };
  const form = url === undefined ? "grpc" : isProcedure(url.pathname) ? "connect" : "http";
  try {
    const identity = access.admit(asked, origin);
    const denied = url === undefined
      ? callRefusal(identity, request.path)
      : form === "connect"
      ? callRefusal(identity, url.pathname)
      : httpRefusal(identity, request.method, url);
    return denied === undefined
      ? { form, identity }
      : { form, refused: new Problem({ status: 403, code: "access-denied", detail: denied }) };
  } catch (error) {
    if (error instanceof Problem) return { form, refused: error };
    throw error;
  }
}

/** Of what there is no operation the machine says so to whoever is in a role at all: there is nothing to be had. */
function httpRefusal(identity: Identity, method: string, url: URL): string | undefined {
  const operation = operationOf(method, url.pathname);
  return operation === undefined ? undefined : operationRefusal(identity, operation, url);
}
