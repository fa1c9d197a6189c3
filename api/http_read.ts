/** Reading over HTTP: types, lists, single resources. */
import type { Resource } from "../runtime/core/resource.ts";
import { StateError } from "../runtime/core/errors.ts";
import { etagOf, noneMatch } from "./etag.ts";
import { NDJSON } from "./event_stream.ts";
import type { HttpHandler, HttpParts } from "./http_parts.ts";
import { accepts, flag, refuseParameters, resourceQuery } from "./http_query.ts";
import { watchKind, watchResource } from "./http_watch.ts";
import { LIST_CHUNK_BYTES, LIST_ITEMS_MAX } from "./limits.ts";
import { badQuery } from "./problem.ts";

/** Who compresses an answer weakens its tag, and a weak tag is none for `If-Match`. */
const TAGGED = { "cache-control": "no-cache, no-transform" };

/** `GET /api/v1/types`. */
export function getTypes({ types }: HttpParts): HttpHandler {
  return () => {
    const items = types.all().map((definition) => ({
      type: definition.type,
      displayType: definition.displayType,
      defaultNamespace: definition.namespace,
      aliases: definition.aliases,
      allAliases: definition.allAliases,
      printColumns: definition.printColumns,
      sensitivity: definition.sensitivity,
    }));
    return jsonResponse({ items });
  };
}

/** `GET …/NAMESPACE/TYPE`: a list, streamed as ndjson when asked for, or a watch. */
export function getKind(parts: HttpParts): HttpHandler {
  return (call) => {
    const { request, url } = call;
    const kind = parts.targets.kindOf(url);
    if (flag(url, "watch")) return watchKind(parts, call, kind);
    refuseParameters(url, ["watch", "label", "id"]);
    const found = parts.reading.stateFor(call.caller.identity).listNow(kind, resourceQuery(url));
    if (accepts(request, NDJSON)) {
      const body = request.method === "HEAD" ? null : lines(parts, found);
      return new Response(body, { headers: { "content-type": NDJSON } });
    }
    if (found.length > LIST_ITEMS_MAX) {
      const may = `narrow it by ?label or ?id, or ask for Accept: ${NDJSON}`;
      throw badQuery(`the list has ${found.length} items, and may have ${LIST_ITEMS_MAX}: ${may}`);
    }
    return jsonResponse({ items: found.map((resource) => parts.json.write(resource)) });
  };
}

/** `GET …/TYPE/ID`: one resource with its tag, 304 when the caller has it, or a watch. */
export function getResource(parts: HttpParts): HttpHandler {
  return (call) => {
    const { request, url } = call;
    const pointer = parts.targets.pointerOf(url);
    if (flag(url, "watch")) return watchResource(parts, call, pointer);
    refuseParameters(url, ["watch"]);
    const resource = parts.reading.stateFor(call.caller.identity).getNow(pointer);
    if (resource === undefined) throw new StateError({ refusal: "not-found", pointer });
    const etag = etagOf(resource.metadata);
    if (noneMatch(request.headers.get("if-none-match"), etag)) {
      return new Response(null, { status: 304, headers: { ...TAGGED, etag } });
    }
    return resourceResponse(parts, resource);
  };
}

/** A resource with its tag. */
export function resourceResponse(
  { json }: Pick<HttpParts, "json">,
  resource: Resource,
  init: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): Response {
  const etag = etagOf(resource.metadata);
  const headers = { ...init.headers, ...TAGGED, etag };
  return textResponse(json.text(resource), { ...init, headers });
}

/** Any value as JSON. */
export function jsonResponse(
  value: unknown,
  init: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): Response {
  return textResponse(`${JSON.stringify(value)}\n`, init);
}

function textResponse(
  text: string,
  init: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> },
): Response {
  const headers = { ...init.headers, "content-type": "application/json" };
  return new Response(text, { status: init.status ?? 200, headers });
}

/** One resource a line, made as the reader takes them. */
function lines(
  { json }: HttpParts,
  resources: readonly Resource[],
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      let chunk = "";
      for (; chunk.length < LIST_CHUNK_BYTES; next++) {
        const resource = resources[next];
        if (resource === undefined) break;
        chunk += `${JSON.stringify(json.write(resource))}\n`;
      }
      if (chunk !== "") controller.enqueue(encoder.encode(chunk));
      if (next >= resources.length) controller.close();
    },
  });
}
