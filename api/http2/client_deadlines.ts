import type { ClientCore } from "./client_core.ts";
import type { ClientFrames } from "./client_frames.ts";
import { Standstill } from "./connection_deadlines.ts";
import { ConnectionFault, Http2Code } from "./fault.ts";
import type { FrameReader } from "./frame_reader.ts";

/** What is to be done about time: nothing, ask by PING, tell of a fault, or give up for the reason given. */
export type ClientVerdict = "fine" | "ask" | ConnectionFault | { readonly giveUp: string };

/** The time-outs of a client's connection, looked at once in a while, as those of a server are. */
export class ClientDeadlines {
  readonly #core: ClientCore;
  readonly #frames: ClientFrames;
  readonly #reader: FrameReader;
  readonly #startMs: number;
  readonly #frame = new Standstill();
  readonly #block = new Standstill();
  readonly #write = new Standstill();
  readonly #silence = new Standstill();
  #asked = false;

  constructor(
    { core, frames, reader, nowMs }: {
      readonly core: ClientCore;
      readonly frames: ClientFrames;
      readonly reader: FrameReader;
      readonly nowMs: number;
    },
  ) {
    this.#core = core;
    this.#frames = frames;
    this.#reader = reader;
    this.#startMs = nowMs;
  }

  /** Looks. @param bytesRead Bytes of the server so far. */
  look(nowMs: number, bytesRead: number): ClientVerdict {
    const { output, limits, size } = this.#core;
    const writing = this.#write.of(output.isWriting ? output.written : -1, nowMs);
    if (output.isWriting && writing >= limits.writeTimeoutMs) {
      return { giveUp: `it took no byte for ${limits.writeTimeoutMs} ms` };
    }
    const late = this.#greeting(nowMs) ?? this.#unfinished(nowMs);
    if (late !== undefined) return late;
    // Without streams nobody waits for anything, and the clock of silence begins anew.
    const silent = this.#silence.of(size > 0 ? bytesRead : -nowMs, nowMs);
    if (silent < limits.silenceMs) this.#asked = false;
    else if (silent >= limits.silenceMs + limits.pongTimeoutMs) {
      return { giveUp: `it did not answer a PING for ${limits.pongTimeoutMs} ms` };
    } else if (!this.#asked) {
      this.#asked = true;
      return "ask";
    }
    return "fine";
  }

  #greeting(nowMs: number): ClientVerdict | undefined {
    const { limits, settingsAcknowledged } = this.#core;
    if (nowMs - this.#startMs < limits.settingsTimeoutMs) return undefined;
    if (!this.#frames.isGreeted) {
      return { giveUp: `it did not begin to speak HTTP/2 for ${limits.settingsTimeoutMs} ms` };
    }
    if (settingsAcknowledged) return undefined;
    return new ConnectionFault(Http2Code.SETTINGS_TIMEOUT, "SETTINGS were not acknowledged");
  }

  /** A frame or a header block that has begun must be complete in time. */
  #unfinished(nowMs: number): ClientVerdict | undefined {
    const { limits, output } = this.#core;
    const { headers } = this.#frames;
    const block = this.#block.of(headers.isOpen ? headers.count : -1, nowMs);
    // While we do not read it is not the server's doing.
    const isWithin = this.#reader.isWithin && !output.isCongested;
    const frame = this.#frame.of(isWithin ? this.#reader.frames : -1, nowMs);
    const longest = Math.max(isWithin ? frame : 0, headers.isOpen ? block : 0);
    if (longest < limits.headerTimeoutMs) return undefined;
    return new ConnectionFault(Http2Code.PROTOCOL_ERROR, "a frame did not end in time");
  }
}
