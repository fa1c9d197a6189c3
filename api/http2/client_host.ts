import type { ClientStream } from "./client_stream.ts";
import type { FrameWriter } from "./frame_writer.ts";
import type { BodyHost } from "./stream_host.ts";

/** The connection, as the streams of a client see it. */
export interface ClientHost extends BodyHost<ClientStream> {
  readonly frames: FrameWriter;
  /** Bytes of a request that may wait before its writer is asked to. */
  readonly bufferedMark: number;
  /** Frames were added. */
  touch(): void;
  /** Takes `bytes` of the connection's window where they may go out at once. @returns Whether they may. */
  sendsNow(bytes: number): boolean;
  /** The stream has bytes to be sent in its turn. */
  awaitTurn(stream: ClientStream): void;
  /** The stream is over. */
  over(stream: ClientStream): void;
}
