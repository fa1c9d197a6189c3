/** Whether an answer is one its client can read: each protocol has its own way to say that a call failed. */
import { Code } from "@connectrpc/connect";
import type { DescMethod } from "@bufbuild/protobuf";

/** Codes as Connect writes them. */
const CODES = new Set(
  Object.values(Code).filter((code) => typeof code === "string")
    .map((code) => code.replaceAll(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase())
    .map((code) => code === "cancelled" ? "canceled" : code),
);

/** What Unknown is said of: official servers say so of a resource they cannot read. Of all else it is an error of ours. */
const UNREADABLE = "invalid resource";

/** What is wrong with an answer of Connect or gRPC-Web; undefined: nothing. @param ended Whether the body was read to its end. */
export function responseFault(
  response: Response,
  { method, body, ended }: {
    readonly method: DescMethod;
    readonly body: Uint8Array;
    readonly ended: boolean;
  },
): string | undefined {
  const type = response.headers.get("content-type") ?? "";
  if (response.status >= 500 && response.status !== 501 && response.status !== 503) {
    return isError(body) ? ourFault(body) : `status ${response.status}: ${shown(body)}`;
  }
  if (type.startsWith("application/grpc-web")) return ended ? webFault(response, body) : undefined;
  if (type.startsWith("application/connect+")) return ended ? streamFault(body) : undefined;
  if (response.status === 200) {
    return method.methodKind === "unary" ? undefined : `200 of a stream as ${type}`;
  }
  // Before anybody knows what the client speaks there is only the status.
  if (response.status === 415 || response.status === 405) return undefined;
  return isError(body)
    ? ourFault(body)
    : `no error in the answer ${response.status}: ${shown(body)}`;
}

function isError(body: Uint8Array): boolean {
  try {
    const { code } = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    return CODES.has(code);
  } catch {
    return false;
  }
}

function ourFault(body: Uint8Array): string | undefined {
  const { code, message } = JSON.parse(new TextDecoder().decode(body));
  return unknownFault(code, message);
}

function unknownFault(code: string, message: string): string | undefined {
  return code !== "unknown" || message.startsWith(UNREADABLE) ? undefined : `${code}: ${message}`;
}

/** Messages, and last the frame that says how it ended. */
function streamFault(body: Uint8Array): string | undefined {
  const last = lastFrame(body);
  if (last === undefined) return `the frames are broken: ${shown(body)}`;
  if ((last.flags & 2) === 0) return "the stream has no end";
  const { error } = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(last.content));
  if (error === undefined) return undefined;
  if (!CODES.has(error.code)) return `no code: ${error.code}`;
  return unknownFault(error.code, error.message);
}

/** Messages and the frame of the trailers, or the trailers as headers. */
function webFault(response: Response, body: Uint8Array): string | undefined {
  const status = response.headers.get("grpc-status");
  if (status !== null) return grpcStatusFault(status, response.headers.get("grpc-message") ?? "");
  const last = lastFrame(body);
  if (last === undefined) return `the frames are broken: ${shown(body)}`;
  if ((last.flags & 0x80) === 0) return "the answer has no trailers";
  const text = new TextDecoder("utf-8", { fatal: true }).decode(last.content);
  const [, message = ""] = /^grpc-message: ?([^\r]*)\r\n/m.exec(text) ?? [];
  return grpcStatusFault(/^grpc-status: ?(\d+)\r\n/m.exec(text)?.[1], message);
}

/** What is wrong with a `grpc-status` and a `grpc-message`. */
export function grpcStatusFault(status: string | undefined, message: string): string | undefined {
  if (status === undefined || !/^(\d|1[0-6])$/.test(status)) return `grpc-status ${status}`;
  const text = decodeURIComponent(message);
  return Number(status) === Code.Unknown ? unknownFault("unknown", text) : undefined;
}

function lastFrame(
  body: Uint8Array,
): { readonly flags: number; readonly content: Uint8Array } | undefined {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  let last: { readonly flags: number; readonly content: Uint8Array } | undefined;
  for (let at = 0; at < body.length;) {
    if (at + 5 > body.length) return undefined;
    const end = at + 5 + view.getUint32(at + 1);
    if (end > body.length) return undefined;
    last = { flags: body[at] ?? 0, content: body.subarray(at + 5, end) };
    at = end;
  }
  return last;
}

function shown(body: Uint8Array): string {
  return JSON.stringify(new TextDecoder().decode(body.subarray(0, 200)));
}
