/** The parts of a client's connection by themselves: frames are handed in, and taken out before they leave. */
import { ClientCore } from "../../api/http2/client_core.ts";
import { ClientFrames } from "../../api/http2/client_frames.ts";
import { CLIENT_LIMITS, type ClientLimits } from "../../api/http2/client_limits.ts";
import type { ClientStream } from "../../api/http2/client_stream.ts";
import { ConnectionFault } from "../../api/http2/fault.ts";
import { FRAME_HEADER_BYTES, readUint31 } from "../../api/http2/frame_types.ts";
import { said } from "./frame_log.ts";
import { REQUEST } from "./http2_client.ts";
import { FakeHttp2Server, settingsFrame } from "./http2_server.ts";

export class ClientParts {
  readonly server = new FakeHttp2Server();
  readonly core: ClientCore;
  readonly frames: ClientFrames;
  /** Milliseconds of its clock, which does not begin at 0. */
  nowMs = 1_000_000;
  /** How often it told of a change. */
  changes = 0;

  constructor(limits: Partial<ClientLimits> = {}) {
    this.core = new ClientCore({
      duplex: this.server.duplex,
      limits: { ...CLIENT_LIMITS, ...limits },
      nowMs: () => this.nowMs,
      onBroken: () => {},
      onChange: () => this.changes++,
    });
    this.frames = new ClientFrames(this.core);
  }

  /** Begins a request without a body, or with one to come. */
  ask(ended = true): ClientStream {
    return this.core.open(REQUEST, { ended });
  }

  /** A whole frame has come. @returns Whether to go on. */
  take(frame: Uint8Array): boolean {
    const [type = 0, flags = 0] = frame.subarray(3);
    const streamId = readUint31(frame, 5);
    return this.frames.onFrame(type, flags, streamId, frame, FRAME_HEADER_BYTES, frame.length);
  }

  /** The fault of a frame, as code and message; none is undefined. */
  faultOf(frame: Uint8Array): readonly [number, string] | undefined {
    try {
      this.take(frame);
      return undefined;
    } catch (error) {
      if (!(error instanceof ConnectionFault)) throw error;
      return [error.code, error.message];
    }
  }

  /** Frames since it was asked last, none of which leave. */
  said(): string[] {
    return said(this.core.frames);
  }
}

/** Such parts that are greeted, with a request on stream 1 and nothing more to say. */
export function greeted(limits: Partial<ClientLimits> = {}): ClientParts {
  const parts = new ClientParts(limits);
  parts.take(settingsFrame([]));
  parts.ask(false);
  parts.said();
  parts.changes = 0;
  return parts;
}
