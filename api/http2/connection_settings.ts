import type { Http2Limits } from "./connection_limits.ts";
import { ConnectionFault, Http2Code } from "./fault.ts";
import {
  FRAME_BYTES_LIMIT,
  FRAME_BYTES_MAX,
  INT31_MAX,
  readUint32,
  Setting,
  WINDOW_BYTES_DEFAULT,
} from "./frame_types.ts";

/** Bytes of one setting. */
const SETTING_BYTES = 6;

/** What we tell the peer: identifier, value, identifier, value, … */
export function ourSettings(limits: Http2Limits): number[] {
  return [
    Setting.MAX_CONCURRENT_STREAMS,
    limits.streamsMax,
    Setting.INITIAL_WINDOW_SIZE,
    limits.streamWindowBytes,
    Setting.MAX_HEADER_LIST_SIZE,
    limits.headerBytesMax,
  ];
}

/** What the peer tells us, as far as it means something to ends that push nothing. */
export class PeerSettings {
  /** What a new stream lets us send. */
  initialWindowBytes = WINDOW_BYTES_DEFAULT;
  /** Streams that it takes from us at once; undefined while it has not said. */
  streamsMax: number | undefined;
  /** Whether it has said that it takes, or makes, pushes. */
  pushes = false;
  /** The least and the last bound of our header table of one frame; undefined while it says none. */
  tableBytes: { readonly least: number; readonly last: number } | undefined;

  /**
   * Takes the settings from `start` to `end`.
   *
   * @returns By how much the windows of streams change.
   * @throws {ConnectionFault} A setting has a value it may not have, or part of one is missing.
   */
  take(bytes: Uint8Array, start: number, end: number): number {
    if ((end - start) % SETTING_BYTES !== 0) {
      throw new ConnectionFault(
        Http2Code.FRAME_SIZE_ERROR,
        `SETTINGS of ${end - start} bytes, may be a multiple of ${SETTING_BYTES}`,
      );
    }
    const before = this.initialWindowBytes;
    this.tableBytes = undefined;
    for (let at = start; at < end; at += SETTING_BYTES) {
      this.#set((bytes[at] ?? 0) << 8 | (bytes[at + 1] ?? 0), readUint32(bytes, at + 2));
    }
    return this.initialWindowBytes - before;
  }

  #set(identifier: number, value: number): void {
    switch (identifier) {
      case Setting.HEADER_TABLE_SIZE:
        this.tableBytes = {
          least: Math.min(value, this.tableBytes?.least ?? value),
          last: value,
        };
        break;
      case Setting.ENABLE_PUSH:
        if (value > 1) throw invalid("ENABLE_PUSH", value, "0 or 1");
        this.pushes = value === 1;
        break;
      case Setting.MAX_CONCURRENT_STREAMS:
        this.streamsMax = value;
        break;
      case Setting.INITIAL_WINDOW_SIZE:
        if (value > INT31_MAX) {
          throw invalid("INITIAL_WINDOW_SIZE", value, `${INT31_MAX} at most`, true);
        }
        this.initialWindowBytes = value;
        break;
      case Setting.MAX_FRAME_SIZE:
        // Ours are never greater than the least that it may say.
        if (value < FRAME_BYTES_MAX || value > FRAME_BYTES_LIMIT) {
          throw invalid("MAX_FRAME_SIZE", value, `${FRAME_BYTES_MAX} to ${FRAME_BYTES_LIMIT}`);
        }
        break;
      default:
        break; // Unknown ones, and bounds of what we never do.
    }
  }
}

function invalid(name: string, value: number, allowed: string, isFlow = false): ConnectionFault {
  const code = isFlow ? Http2Code.FLOW_CONTROL_ERROR : Http2Code.PROTOCOL_ERROR;
  return new ConnectionFault(code, `SETTINGS_${name} is ${value}, may be ${allowed}`);
}
