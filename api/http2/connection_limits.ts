import * as bounds from "../limits.ts";
import type { Peer } from "./exchange.ts";

/** Bounds of one connection; what each is for, and why it has its value, is in limits.ts. */
export interface Http2Limits {
  readonly streamsMax: number;
  readonly resetsMax: number;
  readonly refusalsMax: number;
  readonly settingsMax: number;
  readonly pingsMax: number;
  readonly windowUpdatesMax: number;
  readonly chatterMax: number;
  readonly emptyDataMax: number;
  readonly headerBytesMax: number;
  readonly continuationsMax: number;
  readonly streamWindowBytes: number;
  readonly connectionWindowBytes: number;
  readonly streamBufferedMark: number;
  readonly connectionBufferedMax: number;
  readonly outputMark: number;
  readonly headerTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly settingsTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly answerTimeoutMs: number;
  readonly silenceMs: number;
  readonly lingerMs: number;
}

/** The bounds of limits.ts for a connection of `peer`. */
export function http2Limits(peer: Peer): Http2Limits {
  return {
    streamsMax: peer.transport === "unix" || peer.transport === "apid"
      ? bounds.HTTP2_STREAMS_UNIX_MAX
      : bounds.HTTP2_STREAMS_MAX,
    resetsMax: bounds.HTTP2_RESETS_MAX,
    refusalsMax: bounds.HTTP2_REFUSALS_MAX,
    settingsMax: bounds.HTTP2_SETTINGS_MAX,
    pingsMax: bounds.HTTP2_PINGS_MAX,
    windowUpdatesMax: bounds.HTTP2_WINDOW_UPDATES_MAX,
    chatterMax: bounds.HTTP2_CHATTER_MAX,
    emptyDataMax: bounds.HTTP2_EMPTY_DATA_MAX,
    headerBytesMax: bounds.HTTP2_HEADER_BYTES_MAX,
    continuationsMax: bounds.HTTP2_CONTINUATIONS_MAX,
    streamWindowBytes: bounds.HTTP2_STREAM_WINDOW_BYTES,
    connectionWindowBytes: bounds.HTTP2_CONNECTION_WINDOW_BYTES,
    streamBufferedMark: bounds.HTTP2_STREAM_BUFFERED_MARK,
    connectionBufferedMax: bounds.HTTP2_CONNECTION_BUFFERED_MAX,
    outputMark: bounds.HTTP2_OUTPUT_MARK,
    headerTimeoutMs: bounds.HEADER_TIMEOUT_MS,
    idleTimeoutMs: bounds.IDLE_TIMEOUT_MS,
    settingsTimeoutMs: bounds.HTTP2_SETTINGS_TIMEOUT_MS,
    writeTimeoutMs: bounds.HTTP2_WRITE_TIMEOUT_MS,
    answerTimeoutMs: bounds.HTTP2_ANSWER_TIMEOUT_MS,
    silenceMs: bounds.HTTP2_SILENCE_MS,
    lingerMs: bounds.REFUSAL_LINGER_MS,
  };
}
