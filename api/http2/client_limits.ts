import * as bounds from "../limits.ts";
import type { HeaderBlockLimits } from "./connection_headers.ts";

/** Bounds of one connection of a client; what each is for, and why it has its value, is in limits.ts. */
export interface ClientLimits extends HeaderBlockLimits {
  readonly streamsMax: number;
  readonly settingsMax: number;
  readonly pingsMax: number;
  readonly windowUpdatesMax: number;
  readonly chatterMax: number;
  readonly emptyDataMax: number;
  readonly streamWindowBytes: number;
  readonly connectionWindowBytes: number;
  readonly streamBufferedMark: number;
  readonly outputMark: number;
  readonly headerTimeoutMs: number;
  readonly settingsTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly silenceMs: number;
  readonly pongTimeoutMs: number;
  readonly lingerMs: number;
}

/** The bounds of limits.ts. */
export const CLIENT_LIMITS: ClientLimits = Object.freeze({
  streamsMax: bounds.CLIENT_STREAMS_MAX,
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
  outputMark: bounds.HTTP2_OUTPUT_MARK,
  headerTimeoutMs: bounds.HEADER_TIMEOUT_MS,
  settingsTimeoutMs: bounds.HTTP2_SETTINGS_TIMEOUT_MS,
  writeTimeoutMs: bounds.HTTP2_WRITE_TIMEOUT_MS,
  silenceMs: bounds.CLIENT_SILENCE_MS,
  pongTimeoutMs: bounds.CLIENT_PONG_TIMEOUT_MS,
  lingerMs: bounds.REFUSAL_LINGER_MS,
});
