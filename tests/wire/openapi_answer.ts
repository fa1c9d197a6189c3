/** Whether an answer is what the document says of it: status, headers, media type, and every message of its body. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { type Node, object, type OpenApiReader, type Operation } from "./openapi_reader.ts";

/** Reads and judges. */
export interface AnswerJudge {
  readonly reader: OpenApiReader;
  /** Ends streams that would not end. */
  stop(): void;
}

/** Bytes before the message in an envelope of Connect. */
const ENVELOPE_BYTES = 5;
/** Flag of the envelope that ends a stream. */
const END_FLAG = 2;

/** What an answer came to. */
export interface Answered {
  readonly status: number;
  /** Messages of the body. */
  readonly messages: number;
  /** The code in the last envelope of a stream. */
  readonly refused: string | undefined;
}

/** @throws {AssertionError} It is not as the document says. */
export async function judgeAnswer(
  { reader, stop }: AnswerJudge,
  operation: Operation,
  response: Response,
): Promise<Answered> {
  const { status } = response;
  const told = reader.response(operation, status);
  const at = `${operation.method} ${operation.path} ${status}`;
  if (told === undefined) throw new Error(`${at} is not documented: ${await response.text()}`);
  for (const [name, header] of Object.entries(object(told["headers"] ?? {}))) {
    const fault = reader.headerFault(object(header), response.headers.get(name));
    assertEquals(fault, undefined, `${at} ${name}`);
  }
  if (operation.method === "HEAD") {
    // The listener leaves the body away, if there is one.
    await response.body?.cancel();
    return { status, messages: 0, refused: undefined };
  }
  if (told["content"] === undefined) {
    assertEquals(await response.text(), "", `${at}: a body that is not documented`);
    return { status, messages: 0, refused: undefined };
  }
  const mediaType = response.headers.get("content-type")?.split(";")[0] ?? "";
  const body = object(told["content"])[mediaType];
  assert(body !== undefined, `${at}: ${mediaType} is not documented`);
  const schema = object(object(body)["schema"]);
  const { messages, refused } = await messagesOf(response, mediaType, stop);
  for (const message of messages) {
    assertEquals(reader.fault(schema, message), undefined, `${at} ${mediaType}`);
  }
  return { status, messages: messages.length, refused };
}

async function messagesOf(
  response: Response,
  mediaType: string,
  stop: () => void,
): Promise<Body> {
  const whole = (messages: readonly unknown[]): Body => ({ messages, refused: undefined });
  switch (mediaType) {
    case "text/plain":
      return whole([await response.text()]);
    case "application/x-ndjson":
      return whole(lines(await streamText(response, "\n", stop)).map((line) => JSON.parse(line)));
    case "text/event-stream":
      return whole(
        lines(await streamText(response, "\ndata: ", stop))
          .filter((line) => line.startsWith("data: "))
          .map((line) => JSON.parse(line.slice("data: ".length))),
      );
    case "application/connect+json":
      return await envelopes(response, stop);
    default:
      return whole([await response.json()]);
  }
}

interface Body {
  readonly messages: readonly unknown[];
  readonly refused: string | undefined;
}

function lines(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** Reads until `mark` was there, ends the stream, reads the rest. */
async function streamText(response: Response, mark: string, stop: () => void): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece, { stream: true });
    if (text.includes(mark)) stop();
  }
  return text;
}

/** Reads envelopes; ends the stream after the first. @throws {AssertionError} The last does not end it. */
async function envelopes(response: Response, stop: () => void): Promise<Body> {
  let bytes = new Uint8Array(0);
  for await (const piece of response.body ?? []) {
    bytes = joined(bytes, piece);
    if (envelopesOf(bytes).messages.length > 0) stop();
  }
  const { messages, end } = envelopesOf(bytes);
  assert(end !== undefined, "the stream ends in its last envelope");
  const { code } = object(end["error"] ?? {});
  return { messages, refused: code === undefined ? undefined : String(code) };
}

/** Messages of a stream so far, and its last envelope. */
export interface StreamEnd {
  readonly messages: readonly Node[];
  /** Undefined while the stream has not ended. */
  readonly end: Node | undefined;
}

/** Takes envelopes apart; one that is not whole is left. @throws {AssertionError} Something follows the last. */
export function envelopesOf(bytes: Uint8Array): StreamEnd {
  const messages: Node[] = [];
  let end: Node | undefined;
  for (let at = 0; at + ENVELOPE_BYTES <= bytes.length;) {
    assertEquals(end, undefined, "something follows the last envelope");
    const size = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(1);
    const next = at + ENVELOPE_BYTES + size;
    if (next > bytes.length) break;
    const value = JSON.parse(new TextDecoder().decode(bytes.subarray(at + ENVELOPE_BYTES, next)));
    if (bytes[at] === END_FLAG) end = object(value);
    else messages.push(object(value));
    at = next;
  }
  return { messages, end };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** A message in an envelope. */
export function enveloped(message: unknown): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(message));
  const bytes = new Uint8Array(ENVELOPE_BYTES + text.length);
  new DataView(bytes.buffer).setUint32(1, text.length);
  bytes.set(text, ENVELOPE_BYTES);
  return bytes;
}
