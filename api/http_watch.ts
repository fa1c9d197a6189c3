/** `?watch` of the HTTP API, on kinds and on single resources. */
import { linkedAbort } from "../runtime/core/linked_abort.ts";
import type { Kind, Pointer } from "../runtime/core/resource.ts";
import { StateError } from "../runtime/core/errors.ts";
import type { WatchEvent, WatchOptions } from "../runtime/core/state.ts";
import { EVENT_STREAM, eventStream, NDJSON, readBookmark } from "./event_stream.ts";
import type { HttpCall, HttpParts } from "./http_parts.ts";
import { accepts, flag, refuseParameters, resourceQuery, wholeNumber } from "./http_query.ts";
import { TAIL_EVENTS_MAX } from "./limits.ts";
import { Problem } from "./problem.ts";

/** Watches a kind from now on, or from where the query and `Last-Event-ID` say. */
export function watchKind(parts: HttpParts, call: HttpCall, kind: Kind): Promise<Response> {
  refuseParameters(call.url, ["watch", "label", "id", "bootstrap", "tail"]);
  const query = resourceQuery(call.url);
  return watching(parts, call, (position) => {
    const bootstrapContents = position.startFromBookmark === undefined &&
      flag(call.url, "bootstrap");
    // A position from the first moment on, so that any watch can be resumed.
    const options = { ...position, query, bootstrapContents, bootstrapBookmark: true };
    return parts.reading.stateFor(call.caller.identity).watchKind(kind, options);
  });
}

/** Watches one resource. */
export function watchResource(
  parts: HttpParts,
  call: HttpCall,
  pointer: Pointer,
): Promise<Response> {
  refuseParameters(call.url, ["watch", "bootstrap", "tail"]);
  if (flag(call.url, "bootstrap")) {
    const operation = "bootstrap of a single resource, which begins with its state anyway,";
    throw new StateError({ refusal: "unsupported", operation });
  }
  const state = parts.reading.stateFor(call.caller.identity);
  return watching(parts, call, (position) => state.watch(pointer, position));
}

async function watching(
  parts: HttpParts,
  call: HttpCall,
  open: (position: WatchOptions) => Promise<AsyncIterable<WatchEvent>>,
): Promise<Response> {
  const { request } = call;
  const form = accepts(request, NDJSON) ? NDJSON : EVENT_STREAM;
  const headers = { "content-type": form, "cache-control": "no-store" };
  // A HEAD must not leave an open watch behind.
  if (request.method === "HEAD") return new Response(null, { headers });
  const taken = parts.watches.take(call.caller.client);
  if ("full" in taken) {
    throw new Problem({ status: 429, code: "too-many", detail: taken.full });
  }
  using undo = new DisposableStack();
  undo.use(taken.slot);
  const stop = linkedAbort(request.signal, parts.signal);
  undo.defer(() => stop.abort());
  const { signal } = stop;
  const events = await open({ signal, ...position(call) });
  const body = eventStream(events, {
    form,
    json: parts.json,
    clock: parts.clock,
    stop,
    slot: taken.slot,
  });
  undo.move(); // From here on the stream gives back what it took, or the end of the request does.
  signal.addEventListener("abort", () => taken.slot[Symbol.dispose](), { once: true });
  return new Response(body, { headers });
}

/** `Last-Event-ID` overrides the rest: it is what a browser sends when it comes back. */
function position({ request, url }: HttpCall): WatchOptions {
  const last = request.headers.get("last-event-id");
  if (last !== null && last !== "") return { startFromBookmark: readBookmark(last) };
  const tailEvents = wholeNumber(url, { name: "tail", max: TAIL_EVENTS_MAX });
  return tailEvents === undefined ? {} : { tailEvents };
}
