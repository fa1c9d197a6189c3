import type { Peer } from "./exchange.ts";
import type { FrameWriter } from "./frame_writer.ts";
import type { HeaderPairs } from "./header_pairs.ts";
import type { RequestHead } from "./header_rules.ts";
import type { Stream } from "./stream.ts";

/** The connection, as the body that a stream receives sees it. */
export interface BodyHost<Owner> {
  readonly streamWindowBytes: number;
  /** The stream has bytes waiting, fewer if below zero. May reset it. */
  hold(stream: Owner, bytes: number): void;
  /** Bytes of a body were taken: the connection's window has them back. */
  giveBack(bytes: number): void;
  /** The stream's window grows. */
  widen(stream: Owner, increment: number): void;
}

/** The connection, as its streams see it. */
export interface StreamHost extends BodyHost<Stream> {
  readonly frames: FrameWriter;
  readonly peer: Peer;
  /** Bytes of an answer that may wait before its writer is asked to. */
  readonly bufferedMark: number;
  /** The header block of an answer. @throws {RangeError} It cannot be encoded. */
  answerBlock(status: number, headers: HeaderPairs): Uint8Array;
  /** The block of trailers. @throws {RangeError} It cannot be encoded. */
  trailersBlock(trailers: HeaderPairs): Uint8Array;
  /** Frames were added. */
  touch(): void;
  /** Takes `bytes` of the connection's window where they may go out at once. @returns Whether they may. */
  sendsNow(bytes: number): boolean;
  /** The stream has bytes to be sent in its turn. */
  awaitTurn(stream: Stream): void;
  /** The stream is over. */
  over(stream: Stream, outcome: StreamOutcome): void;
}

/** How a stream ended. */
export interface StreamOutcome {
  /** Who reset it, if anybody did. */
  readonly resetBy?: "us" | "peer";
  /** Whether it was reset before its answer began. */
  readonly isWasted: boolean;
}

/** What a stream begins with. */
export interface StreamParts {
  readonly id: number;
  readonly head: RequestHead;
  /** What the peer's settings let us send. */
  readonly sendWindow: number;
  /** Whether the request has no body. */
  readonly ended: boolean;
}
