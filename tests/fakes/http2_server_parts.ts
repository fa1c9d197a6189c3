/** The parts of a server's connection by themselves: frames are handed in, and taken out before they leave. */
import { ConnectionCore } from "../../api/http2/connection_core.ts";
import { ConnectionFrames } from "../../api/http2/connection_frames.ts";
import { type Http2Limits, http2Limits } from "../../api/http2/connection_limits.ts";
import type { Exchange, Peer } from "../../api/http2/exchange.ts";
import { ConnectionFault } from "../../api/http2/fault.ts";
import { Flag, FRAME_HEADER_BYTES, FrameType, readUint31 } from "../../api/http2/frame_types.ts";
import { BufferBudget } from "../../api/http2/output_budget.ts";
import type { Stream } from "../../api/http2/stream.ts";
import { said } from "./frame_log.ts";
import { FakeHttp2Client, frame } from "./http2_client.ts";

const PEER: Peer = { transport: "tcp", client: "192.0.2.1" };

export class ServerParts {
  readonly client = new FakeHttp2Client();
  readonly budget = new BufferBudget(1 << 30);
  readonly core: ConnectionCore;
  readonly frames: ConnectionFrames;
  readonly exchanges: Exchange[] = [];
  readonly errors: unknown[] = [];
  /** Milliseconds of its clock, which does not begin at 0. */
  nowMs = 1_000_000;
  /** How often it told of a change, and of an answer to a PING of ours. */
  changes = 0;
  pongs = 0;
  /** What is done with each request. */
  onRequest: (exchange: Exchange) => void = () => {};

  constructor(limits: Partial<Http2Limits> = {}) {
    this.core = new ConnectionCore({
      duplex: this.client.duplex,
      handler: (exchange) => {
        this.exchanges.push(exchange);
        this.onRequest(exchange);
      },
      peer: PEER,
      limits: { ...http2Limits(PEER), ...limits },
      budget: this.budget,
      nowMs: () => this.nowMs,
      onError: (error) => this.errors.push(error),
      onBroken: () => {},
      onChange: () => this.changes++,
    });
    this.frames = new ConnectionFrames(this.core, () => this.pongs++);
  }

  /** Begins a request on stream `id` without a body, or with one to come. */
  ask(id: number, ended = true): Stream | undefined {
    this.take(this.client.headers(id, { end: ended }));
    return this.core.streams.get(id);
  }

  /** A whole frame has come. @returns Whether to go on. */
  take(bytes: Uint8Array): boolean {
    const [type = 0, flags = 0] = bytes.subarray(3);
    const streamId = readUint31(bytes, 5);
    return this.frames.onFrame(type, flags, streamId, bytes, FRAME_HEADER_BYTES, bytes.length);
  }

  /** The fault of a frame, as code and message; none is undefined. */
  faultOf(bytes: Uint8Array): readonly [number, string] | undefined {
    try {
      this.take(bytes);
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

/** Such parts whose client has begun, and acknowledged our SETTINGS. */
export function begun(limits: Partial<Http2Limits> = {}): ServerParts {
  const parts = new ServerParts(limits);
  parts.take(frame(FrameType.SETTINGS, 0, 0));
  parts.take(frame(FrameType.SETTINGS, Flag.ACK, 0));
  parts.said();
  return parts;
}
