/** Bodies of HTTP requests: bounded, of a known type, JSON. */
// @ts-types="types/std_streams.d.ts"
import { LimitedBytesTransformStream, toBytes } from "@std/streams";
import { JsonShape } from "./json_shape.ts";
import { MESSAGE_BYTES_MAX } from "./limits.ts";
import { badResource, Problem } from "./problem.ts";

/** A JSON object as it came. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads a JSON object of at most {@linkcode MESSAGE_BYTES_MAX} bytes.
 *
 * @param mediaType What Content-Type must say; parameters are ignored.
 * @throws {Problem} 415, 413, 400.
 */
export async function readJsonObject(request: Request, mediaType: string): Promise<JsonObject> {
  const given = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (given !== mediaType) {
    const shown = given === "" ? "missing" : JSON.stringify(given);
    const detail = `Content-Type is ${shown}, and may be ${mediaType}`;
    const headers = { [request.method === "PATCH" ? "accept-patch" : "accept-post"]: mediaType };
    throw new Problem({ status: 415, code: "unsupported-media-type", detail, headers });
  }
  const coding = request.headers.get("content-encoding") ?? "identity";
  if (coding.toLowerCase() !== "identity") {
    const shown = JSON.stringify(coding.slice(0, 64));
    const detail = `Content-Encoding is ${shown}, and may be identity`;
    const headers = { "accept-encoding": "identity" };
    throw new Problem({ status: 415, code: "unsupported-media-type", detail, headers });
  }
  const bytes = await readBytes(request);
  const fault = new JsonShape().take(bytes, 0, bytes.length);
  if (fault !== undefined) throw badResource(fault);
  const value = parse(decode(bytes));
  if (!isJsonObject(value)) throw badResource("the body is no JSON object, and may be one");
  return value;
}

/** Whether the value is an object of JSON, and no array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function readBytes(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  const length = Number(request.headers.get("content-length") ?? 0);
  if (length > MESSAGE_BYTES_MAX) throw tooLarge();
  if (request.body === null) return new Uint8Array(0);
  const limited = new LimitedBytesTransformStream(MESSAGE_BYTES_MAX, { error: true });
  try {
    return await toBytes(request.body.pipeThrough(limited));
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge();
    throw error;
  }
}

function decode(bytes: Uint8Array<ArrayBuffer>): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw badResource("the body is no UTF-8");
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw badResource(`the body is no JSON: ${reason.slice(0, 200)}`);
  }
}

function tooLarge(): Problem {
  const detail = `the body is too large, and may have ${MESSAGE_BYTES_MAX} bytes`;
  return new Problem({ status: 413, code: "too-large", detail });
}
