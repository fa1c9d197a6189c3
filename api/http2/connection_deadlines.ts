import type { ConnectionCore } from "./connection_core.ts";
import type { ConnectionFrames } from "./connection_frames.ts";
import { ConnectionFault, Http2Code } from "./fault.ts";
import type { FrameReader } from "./frame_reader.ts";
import { HTTP2_DRIP_BYTES } from "../limits.ts";
import type { Stream } from "./stream.ts";

/** What is to be done about time. */
export type Verdict = "fine" | "quiet" | "ask" | "idle" | "cut" | ConnectionFault;

/** A number that should change, and since when it has not. */
export class Standstill {
  #value = Number.NaN;
  #sinceMs = 0;

  /** Milliseconds since `value` became what it is. */
  of(value: number, nowMs: number): number {
    if (value !== this.#value) {
      this.#value = value;
      this.#sinceMs = nowMs;
    }
    return nowMs - this.#sinceMs;
  }
}

/**
 * The time-outs of a connection, looked at once in a while: nothing that happens per frame reads a clock.
 * Each is kept to within the time between two looks, and never ends anything too early.
 */
export class Deadlines {
  readonly #core: ConnectionCore;
  readonly #frames: ConnectionFrames;
  readonly #reader: FrameReader;
  readonly #startMs: number;
  readonly #frame = new Standstill();
  readonly #block = new Standstill();
  readonly #write = new Standstill();
  readonly #silence = new Standstill();
  readonly #streams = new Standstill();
  #asked = false;

  constructor(
    { core, frames, reader, nowMs }: {
      readonly core: ConnectionCore;
      readonly frames: ConnectionFrames;
      readonly reader: FrameReader;
      readonly nowMs: number;
    },
  ) {
    this.#core = core;
    this.#frames = frames;
    this.#reader = reader;
    this.#startMs = nowMs;
  }

  /** Looks. @param bytesRead Bytes of the peer so far. */
  look(nowMs: number, bytesRead: number): Verdict {
    const { output, limits, streams } = this.#core;
    const writing = this.#write.of(output.isWriting ? output.written : -1, nowMs);
    if (output.isWriting && writing >= limits.writeTimeoutMs) return "cut";
    const late = this.#greeting(nowMs) ?? this.#unfinished(nowMs);
    if (late !== undefined) return late;
    for (const stream of streams.all()) this.#lookAt(stream, nowMs);
    const silent = this.#silence.of(bytesRead, nowMs);
    // Streams that came and went between two looks count as well.
    const idle = this.#streams.of(streams.size > 0 ? -nowMs : streams.last, nowMs);
    if (streams.size === 0) {
      if (idle >= limits.idleTimeoutMs) return "idle";
      return output.isWriting || this.#reader.isWithin ? "fine" : "quiet";
    }
    if (silent < limits.silenceMs) this.#asked = false;
    else if (silent >= 2 * limits.silenceMs) return "cut";
    else if (!this.#asked) {
      this.#asked = true;
      return "ask";
    }
    return "fine";
  }

  #greeting(nowMs: number): Verdict | undefined {
    const { limits, settingsAcknowledged } = this.#core;
    const elapsed = nowMs - this.#startMs;
    // Nobody who speaks HTTP/2 would understand a GOAWAY.
    if (!this.#frames.isGreeted) return elapsed >= limits.headerTimeoutMs ? "cut" : undefined;
    if (settingsAcknowledged || elapsed < limits.settingsTimeoutMs) return undefined;
    return new ConnectionFault(Http2Code.SETTINGS_TIMEOUT, "SETTINGS were not acknowledged");
  }

  /** A frame or a header block that has begun must be complete in time. */
  #unfinished(nowMs: number): Verdict | undefined {
    const { limits, output } = this.#core;
    const { headers } = this.#frames;
    const block = this.#block.of(headers.isOpen ? headers.count : -1, nowMs);
    // While we do not read it is not the peer's doing.
    const isWithin = this.#reader.isWithin && !output.isCongested;
    const frame = this.#frame.of(isWithin ? this.#reader.frames : -1, nowMs);
    if (Math.max(isWithin ? frame : 0, headers.isOpen ? block : 0) < limits.headerTimeoutMs) {
      return undefined;
    }
    return new ConnectionFault(Http2Code.PROTOCOL_ERROR, "a frame did not end in time");
  }

  /** A complete answer must be taken, and an awaited body must come. */
  #lookAt(stream: Stream, nowMs: number): void {
    if (!stream.awaitsPeer) {
      stream.markedBytes = -1;
      return;
    }
    const { moved } = stream;
    if (stream.markedBytes < 0 || moved - stream.markedBytes >= HTTP2_DRIP_BYTES) {
      stream.markedBytes = moved;
      stream.markedMs = nowMs;
    } else if (nowMs - stream.markedMs >= this.#core.limits.answerTimeoutMs) {
      stream.reset(Http2Code.ENHANCE_YOUR_CALM);
    }
  }
}
