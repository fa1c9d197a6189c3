/** The content of one resource of another process's state, for as long as one wants to know it. */
import type { Clock, Log } from "../../runtime/core/ports.ts";
import type { Pointer } from "../../runtime/core/resource.ts";
import { sendWhole } from "../client/http2_exchange.ts";
import { frameOf, messagesOf } from "../grpc/message_frames.ts";
import { type HeaderPairs, headerValue } from "../http2/header_pairs.ts";
import type { Http2Client } from "../http2/http2_client.ts";
import { contentEvents, WATCH_PATH, watchRequest } from "./content_events.ts";

/** Milliseconds before the state is asked again: it is a process of the same machine, which is there or will be soon. */
const RETRY_MS = 500;

/** Answers may not be compressed: both are on one machine. */
const HEADERS: HeaderPairs = Object.freeze([
  ...[":method", "POST", ":scheme", "http", ":authority", "localhost", ":path", WATCH_PATH],
  ...["content-type", "application/grpc+proto", "te", "trailers"],
]);

/** What following needs. */
export interface FollowedParts {
  readonly client: Http2Client;
  readonly pointer: Pointer;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends it. */
  readonly signal: AbortSignal;
  /**
   * Called with the bytes of what it is at first, and at each change; undefined where there is none. What was lost
   * changes nothing. What this throws is told as a loss, and it is called again soon.
   */
  changed(content: Uint8Array | undefined): void;
}

/** Follows until the signal aborts, through any loss. Never rejects. */
export async function followContent(parts: FollowedParts): Promise<void> {
  const { clock, log, signal, pointer: { type } } = parts;
  let isLost = false;
  while (!signal.aborted) {
    try {
      await followOnce(parts, () => {
        if (isLost) log.write("info", "the state is back", { type });
        isLost = false;
      });
    } catch (error) {
      if (signal.aborted) return;
      // Once a loss: the next attempts say nothing new.
      if (!isLost) log.write("warn", "the state cannot be watched", { type, error });
      isLost = true;
    }
    await clock.sleep(RETRY_MS, { signal }).catch(() => {});
  }
}

async function followOnce(
  { client, pointer, clock, signal, changed }: FollowedParts,
  onThere: () => void,
): Promise<void> {
  const to = { client, baseUrl: "http://localhost", headers: [], clock };
  const body = frameOf(watchRequest(pointer));
  const stream = await sendWhole(to, { headers: HEADERS, body, signal });
  try {
    const { headers } = await stream.answer;
    // In the head where the call was refused, else behind the last message.
    judgeStatus(headerValue(headers, "grpc-status") ?? "0", headers);
    for await (const message of messagesOf(() => stream.read(), false)) {
      for (const event of contentEvents(message)) {
        if ("error" in event) throw new Error(event.error);
        changed(event.content);
        onThere(); // Behind it: what it throws each time is one loss, not one after another.
      }
    }
    const { trailers } = stream;
    judgeStatus(headerValue(trailers, "grpc-status"), trailers);
  } finally {
    stream.reset();
  }
}

/** @throws {Error} The call failed, or nobody says how it ended. */
function judgeStatus(status: string | undefined, from: HeaderPairs): void {
  if (status === undefined) throw new Error("the watch ended without a status");
  if (status === "0") return;
  throw new Error(`status ${status}: ${headerValue(from, "grpc-message") ?? ""}`);
}
