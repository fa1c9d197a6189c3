/** Lines of sh that call the API by curl; `$STRATA` stands for where it is. */
import type { DescMethod, JsonValue } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel as Idempotency } from "@bufbuild/protobuf/wkt";

/** One argument, quoted for sh. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The call of an RPC with JSON: a message as it is, or in the envelope of a stream. */
export function rpcLine({ methodKind, parent, name }: DescMethod, request: JsonValue): string {
  const path = `$STRATA/${parent.typeName}/${name}`;
  const text = JSON.stringify(request);
  if (methodKind === "unary") return `curl -sS ${path} --json ${quoted(text)}`;
  return `printf '${envelopeHead(text)}%s' ${quoted(text)} |
  curl -sSN ${path} -H 'content-type: application/connect+json' --data-binary @- --output -`;
}

/** The same by GET; undefined where calls change something. */
export function rpcGetLine(method: DescMethod, request: JsonValue): string | undefined {
  const { methodKind, idempotency, parent, name } = method;
  if (methodKind !== "unary" || idempotency !== Idempotency.NO_SIDE_EFFECTS) return undefined;
  return `curl -sSG $STRATA/${parent.typeName}/${name} -d connect=v1 -d encoding=json \\
  --data-urlencode ${quoted(`message=${JSON.stringify(request)}`)}`;
}

/** What a request over HTTP is made of. */
export interface HttpCall {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: { readonly mediaType: string; readonly example: unknown } | undefined;
}

/** A request over HTTP. */
export function httpLine({ method, path, headers, body }: HttpCall): string {
  const words = [`curl -sS $STRATA${path}`];
  if (method !== "GET") words.push(`-X ${method}`);
  for (const [name, value] of headers) words.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body !== undefined) {
    words.push(`-H ${quoted(`content-type: ${body.mediaType}`)}`);
    words.push(`-d ${quoted(JSON.stringify(body.example))}`);
  }
  return words.join(" ");
}

/** Flags and length before a message, in octal as printf of sh takes it. */
function envelopeHead(text: string): string {
  const head = new DataView(new ArrayBuffer(5));
  head.setUint32(1, new TextEncoder().encode(text).length);
  return [...new Uint8Array(head.buffer)]
    .map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
