/** Connections of HTTP/2 that only note what their streams do to them. */
import type { ClientHost } from "../../api/http2/client_host.ts";
import type { ClientStream } from "../../api/http2/client_stream.ts";
import type { Peer } from "../../api/http2/exchange.ts";
import { FrameWriter } from "../../api/http2/frame_writer.ts";
import type { HeaderPairs } from "../../api/http2/header_pairs.ts";
import { HpackEncoder } from "../../api/http2/hpack_encoder.ts";
import type { Stream } from "../../api/http2/stream.ts";
import type { StreamHost, StreamOutcome } from "../../api/http2/stream_host.ts";
import { said } from "./frame_log.ts";

/** What a stream of either side needs of its connection. */
class FakeBodyHost<Owner extends { readonly id: number }> {
  readonly frames = new FrameWriter();
  /** Bytes that each stream may be sent. */
  streamWindowBytes = 1000;
  bufferedMark = 500;
  /** Bytes that the connection's window lets through. */
  window = 1000;
  /** Bytes that wait, by all that was said of them. */
  held = 0;
  /** Bytes given back to the connection's window, in order. */
  readonly given: number[] = [];
  /** Increments of the stream's window. */
  readonly widened: number[] = [];
  readonly turns: Owner[] = [];
  #touched = false;

  hold(_stream: Owner, bytes: number): void {
    this.held += bytes;
  }

  giveBack(bytes: number): void {
    this.given.push(bytes);
  }

  widen(_stream: Owner, increment: number): void {
    this.widened.push(increment);
  }

  touch(): void {
    this.#touched = true;
  }

  sendsNow(bytes: number): boolean {
    if (bytes > this.window) return false;
    this.window -= bytes;
    return true;
  }

  awaitTurn(stream: Owner): void {
    this.turns.push(stream);
  }

  /**
   * Frames since it was asked last.
   *
   * @throws {Error} Nobody was told of them, though `told`: they would lie there for ever.
   */
  said(told = true): string[] {
    const frames = said(this.frames);
    if (told && frames.length > 0 && !this.#touched) throw new Error(`Cannot send ${frames}`);
    this.#touched = false;
    return frames;
  }
}

/** The connection of a client. */
export class FakeClientHost extends FakeBodyHost<ClientStream> implements ClientHost {
  /** Streams that said they are over. */
  readonly gone: number[] = [];

  over(stream: ClientStream): void {
    this.gone.push(stream.id);
  }
}

/** The connection of a server. */
export class FakeStreamHost extends FakeBodyHost<Stream> implements StreamHost {
  readonly peer: Peer = { transport: "tcp", client: "192.0.2.1" };
  /** How streams said that they ended. */
  readonly outcomes: StreamOutcome[] = [];
  /** Called when bytes are held. */
  onHold: ((stream: Stream, bytes: number) => void) | undefined;
  readonly #encoder = new HpackEncoder({ tableBytesMax: 4096 });

  override hold(stream: Stream, bytes: number): void {
    super.hold(stream, bytes);
    this.onHold?.(stream, bytes);
  }

  answerBlock(status: number, headers: HeaderPairs): Uint8Array {
    return this.#encoder.encode([":status", String(status), ...headers]);
  }

  trailersBlock(trailers: HeaderPairs): Uint8Array {
    return this.#encoder.encode(trailers);
  }

  over(_stream: Stream, outcome: StreamOutcome): void {
    this.outcomes.push(outcome);
  }
}
