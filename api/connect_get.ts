/**
 * Get of the state over Connect and gRPC-Web, in the forms that clients send it a thousand times a second: the library's
 * part of such a call takes ten times as long as the call. Whatever is not plain is left to the library.
 */
import { type Registry, toJsonString } from "@bufbuild/protobuf";
import { GetRequestSchema, GetResponseSchema, State } from "../proto/gen/cosi/resource/state_pb.ts";
import type { Pointer, Resource } from "../runtime/core/resource.ts";
import type { Reading } from "./authorization/readable_state.ts";
import { procedureOf } from "./procedure.ts";
import type { ResourceCodec } from "./codec.ts";
import { decodedPointer } from "./grpc/decoding.ts";
import { PREFIX_BYTES } from "./grpc/message_frames.ts";
import { wireBytes } from "./grpc/wire_bytes.ts";
import { isJsonObject } from "./http_body.ts";
import type { HttpCall } from "./http_parts.ts";
import { GZIP_BYTES_MIN } from "./limits.ts";

/** Bytes of a request that is looked at here: names alone are far below. */
const BODY_BYTES_MAX = 4096;

const PATH = procedureOf(State.method.get);

/** The form of a call, which its answer has too. */
interface Form {
  /** Of the answer. */
  readonly type: string;
  /** Whether it is framed, and tells no length. */
  readonly isStream: boolean;
  /** @throws Anything: it is none, or none that is read here. */
  read(body: Uint8Array): Pointer;
  /** The body of the answer. */
  write(resource: Resource): Written;
  /** Who takes compressed answers says so in it. */
  readonly accepts: string;
  /** Header fields that ask for more than an answer. */
  readonly demands: readonly string[];
}

/** A body, and how many bytes it has. */
interface Written {
  /** A text where it is one: bytes are copied for each answer. */
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly length: number;
}

/** A call that may be answered here, once its body is read: it is short. */
export interface PlainGet {
  /** The answer; undefined where the library has to look. Does not throw. */
  answer(body: Uint8Array): Response | undefined;
}

/** Finds those calls; of others it gives undefined. The codec must be ready, or there are none. */
export function connectGet(
  { reading, codec, registry }: {
    readonly reading: Reading;
    readonly codec: ResourceCodec;
    readonly registry: Registry;
  },
): (call: HttpCall) => PlainGet | undefined {
  const forms = formsOf(codec, registry);

  function answered({ request, caller }: HttpCall, form: Form, body: Uint8Array) {
    const resource = reading.stateFor(caller.identity).getNow(form.read(body));
    if (resource === undefined) return undefined;
    const { body: written, length } = form.write(resource);
    const mayPack = form.isStream || length >= GZIP_BYTES_MIN;
    if (mayPack && request.headers.has(form.accepts)) return undefined;
    const headers = form.isStream
      ? { "content-type": form.type }
      : { "content-type": form.type, "content-length": `${length}` };
    return new Response(written, { headers });
  }

  return (call) => {
    const { request: { method, headers }, url } = call;
    if (method !== "POST" || url.pathname !== PATH || !codec.isReady) return undefined;
    const form = forms.get(headers.get("content-type") ?? "");
    const length = Number(headers.get("content-length") ?? NaN);
    if (form === undefined || !(length <= BODY_BYTES_MAX)) return undefined;
    if (!isVersion(headers.get("connect-protocol-version"))) return undefined;
    if (form.demands.some((name) => headers.has(name))) return undefined;
    return {
      answer(body) {
        try {
          return body.length === length ? answered(call, form, body) : undefined;
        } catch {
          return undefined; // The library says what is wrong with it.
        }
      },
    };
  };
}

function isVersion(header: string | null): boolean {
  return header === null || header === "1";
}

const GRPC_WEB = "application/grpc-web";

/** The frame that ends an answer of gRPC-Web well. */
const WEB_TRAILER = trailerFrame("grpc-status: 0\r\n");

function formsOf(codec: ResourceCodec, registry: Registry): ReadonlyMap<string, Form> {
  const bytes = wireBytes(codec);
  const readProto = (message: Uint8Array) => decodedPointer(GetRequestSchema.typeName, message);
  const json: Form = {
    type: "application/json",
    isStream: false,
    read: (body) => readJson(String.fromCharCode(...body)),
    write: kept((resource) => {
      const message = { $typeName: GetResponseSchema.typeName, resource: codec.encode(resource) };
      const text = toJsonString(GetResponseSchema, message, { registry });
      return { body: text, length: new TextEncoder().encode(text).length };
    }),
    accepts: "accept-encoding",
    demands: ["content-encoding", "connect-timeout-ms"],
  };
  const proto: Form = {
    ...json,
    type: "application/proto",
    read: readProto,
    write(resource) {
      const body = bytes.resourceFrame(resource).slice(PREFIX_BYTES);
      return { body, length: body.length };
    },
  };
  const web: Form = {
    type: `${GRPC_WEB}+proto`,
    isStream: true,
    read: (body) => readProto(soleFrame(body)),
    write(resource) {
      const frame = bytes.resourceFrame(resource);
      const body = new Uint8Array(frame.length + WEB_TRAILER.length);
      body.set(frame);
      body.set(WEB_TRAILER, frame.length);
      return { body, length: body.length };
    },
    accepts: "grpc-accept-encoding",
    demands: ["grpc-encoding", "grpc-timeout"],
  };
  return new Map([
    [json.type, json],
    [proto.type, proto],
    [web.type, web],
    [GRPC_WEB, web],
  ]);
}

/** Made once for a resource and kept as long as it lives: it never changes. */
function kept(make: (resource: Resource) => Written): (resource: Resource) => Written {
  const known = new WeakMap<Resource, Written>();
  return (resource) => {
    let made = known.get(resource);
    if (made === undefined) known.set(resource, made = make(resource));
    return made;
  };
}

/** No escape, and a character a byte. */
const PLAIN_REGEXP = /^[^\\\u0080-\uffff]*$/;

/** Three names as texts without escapes. @throws It is anything else, which may be right all the same. */
function readJson(text: string): Pointer {
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value) || !PLAIN_REGEXP.test(text)) {
    throw new TypeError("Cannot read: it is not plain");
  }
  const pointer = { namespace: "", type: "", id: "" };
  let fields = 0;
  for (const [name, given] of Object.entries(value)) {
    if (!isName(name) || typeof given !== "string") throw new TypeError("Cannot read: no name");
    pointer[name] = given;
    fields++;
  }
  // A name that is given twice shows in the quotes, of which a field has four.
  if (quotesIn(text) === 4 * fields) return pointer;
  throw new TypeError("Cannot read: a name is given twice");
}

function isName(field: string): field is keyof Pointer {
  return field === "namespace" || field === "type" || field === "id";
}

function quotesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count++;
  return count;
}

/** The message of a body that is one uncompressed frame. @throws It is anything else. */
function soleFrame(body: Uint8Array): Uint8Array {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  if (view.getUint8(0) === 0 && view.getUint32(1) === body.length - PREFIX_BYTES) {
    return body.subarray(PREFIX_BYTES);
  }
  throw new TypeError("Cannot read the request: it is not one frame");
}

function trailerFrame(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const frame = new Uint8Array(PREFIX_BYTES + bytes.length);
  frame[0] = 0x80;
  new DataView(frame.buffer).setUint32(1, bytes.length);
  frame.set(bytes, PREFIX_BYTES);
  return frame;
}
