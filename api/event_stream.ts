/** Watches over HTTP: server-sent events, or one JSON object a line. */
import { base64Decode, base64Encode } from "@bufbuild/protobuf/wire";
import type { Clock } from "../runtime/core/ports.ts";
import type { WatchEvent } from "../runtime/core/state.ts";
import { KEEP_ALIVE_MS } from "./limits.ts";
import { Problem } from "./problem.ts";
import type { ResourceJson } from "./resource_json.ts";

/** Media types of the two forms. */
export const EVENT_STREAM = "text/event-stream";
export const NDJSON = "application/x-ndjson";

/** Where a stream comes from and how it looks. */
export interface EventStreamOptions {
  readonly form: typeof EVENT_STREAM | typeof NDJSON;
  readonly json: ResourceJson;
  readonly clock: Clock;
  /** Aborted by the stream when its reader leaves, so that `events` end. */
  readonly stop: AbortController;
  /** Given back when the stream is over, in whatever way. */
  readonly slot: Disposable;
}

/**
 * A body that carries `events` as their reader takes them, and a comment while they are quiet (server-sent events
 * only). Ends when `events` do.
 */
export function eventStream(
  events: AsyncIterable<WatchEvent>,
  options: EventStreamOptions,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { form, json, clock, stop, slot } = options;
  const encoder = new TextEncoder();
  const iterator = events[Symbol.asyncIterator]();
  const end = (): void => {
    slot[Symbol.dispose]();
    stop.abort();
  };

  async function keepAlive(controller: ReadableStreamDefaultController): Promise<void> {
    while (!stop.signal.aborted) {
      await clock.sleep(KEEP_ALIVE_MS, { signal: stop.signal });
      // A reader who is behind has enough to read.
      if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(": alive\n\n"));
    }
  }

  return new ReadableStream({
    start(controller) {
      if (form === NDJSON) return;
      // Says at once that the watch stands.
      controller.enqueue(encoder.encode(": watching\n\n"));
      keepAlive(controller).catch(() => {}); // Ends by the signal; a closed stream needs no comment.
    },
    async pull(controller) {
      try {
        const { done, value } = await iterator.next();
        if (done) {
          end();
          controller.close();
          return;
        }
        controller.enqueue(encoder.encode(render(value, { form, json })));
      } catch (error) {
        end();
        throw error;
      }
    },
    async cancel() {
      end();
      await iterator.return?.();
    },
  });
}

/** Reads a bookmark out of `Last-Event-ID`. @throws {Problem} 410: it is none of ours. */
export function readBookmark(text: string): Uint8Array {
  try {
    return base64Decode(text);
  } catch (error) {
    const detail = "invalid watch bookmark: Last-Event-ID is no base64url, watch again without it";
    throw new Problem({ status: 410, code: "invalid-bookmark", detail }, { cause: error });
  }
}

function render(
  event: WatchEvent,
  { form, json }: Pick<EventStreamOptions, "form" | "json">,
): string {
  const bookmark = event.bookmark === undefined ? undefined : base64Encode(event.bookmark, "url");
  const data = JSON.stringify({
    event: event.event,
    ...(event.event === "errored"
      ? { error: { code: event.error.failure.refusal, detail: event.error.message } }
      : { resource: json.write(event.resource) }),
    ...(event.event === "updated" ? { old: json.write(event.old) } : {}),
    ...(bookmark === undefined ? {} : { bookmark }),
  });
  if (form === NDJSON) return `${data}\n`;
  const id = bookmark === undefined ? "" : `id: ${bookmark}\n`;
  return `event: ${event.event}\n${id}data: ${data}\n\n`;
}
