/**
 * HTTP/2 for a server, RFC 9113, over any byte stream.
 *
 * A connection lives in four stages. *Half open*: the preface is awaited, and nothing is made for a peer that may never speak
 * (half_open.ts). *Serving*: bytes are read one buffer at a time, each frame takes effect at once, and what
 * that writes leaves in one write when the turn is over. *Draining*: GOAWAY is said, streams in flight are answered, later ones
 * are not looked at. *Over*: a fault, or nothing left; what is still in the output leaves, the peer has a moment to read it, the
 * byte stream is closed. Nothing the peer or the byte stream does throws or rejects out of here.
 */
import type { Clock } from "../../runtime/core/ports.ts";
import { HTTP2_BUFFERED_MAX } from "../limits.ts";
import { type BusyPoll, NextRequest } from "./busy_poll.ts";
import { ConnectionCore } from "./connection_core.ts";
import { Deadlines } from "./connection_deadlines.ts";
import { ConnectionFrames } from "./connection_frames.ts";
import { type Http2Limits, http2Limits } from "./connection_limits.ts";
import { ourSettings } from "./connection_settings.ts";
import type { Duplex } from "./duplex.ts";
import type { ExchangeHandler, Peer } from "./exchange.ts";
import { ConnectionFault, Http2Code, StreamClosed } from "./fault.ts";
import { type Beginning, HalfOpenConnection } from "./half_open.ts";
import { FrameReader } from "./frame_reader.ts";
import { INT31_MAX, WINDOW_BYTES_DEFAULT } from "./frame_types.ts";
import { BufferBudget } from "./output_budget.ts";

/** Milliseconds between looks at the time-outs of a connection at work. */
const LOOK_MS = 1000;

/** The same of one where nothing happens. */
const QUIET_LOOK_MS = 5000;

/** Requests begun by one read after which the next ones are kept short. */
const REQUESTS_PER_READ = 64;

/** Bytes of such a short read, a hundred requests: others wait for what one read brings to be handled. */
const SHORT_READ_BYTES = 8 * 1024;

/** What our PING carries: whoever answers it has seen what was sent before. */
const PING_BYTES = new Uint8Array(8);

/** What a connection needs. */
export interface Http2Options {
  /** Called for each request. */
  readonly handler: ExchangeHandler;
  readonly peer: Peer;
  readonly clock: Clock;
  /** Bounds other than those of limits.ts. */
  readonly limits?: Partial<Http2Limits>;
  /** Shared by the connections of a listener; its own otherwise. */
  readonly budget?: BufferBudget;
  /** Looks for requests that are near; nobody does unless given. */
  readonly poll?: BusyPoll | undefined;
  /** Told of what a handler threw. */
  readonly onError?: (error: unknown) => void;
  /** Aborting it drains the connection. */
  readonly signal: AbortSignal;
}

/** A connection that is being served. */
export interface Http2Connection {
  /** Resolves when it is closed, by whomever. Never rejects. */
  readonly finished: Promise<void>;
  /** Resolves when the byte stream has let go of the last write as well: its descriptor is free only then. */
  readonly released: Promise<void>;
  /** Streams in flight. */
  readonly streams: number;
  /** Whether no request has come yet, and no write is under way: the peer loses nothing by being cut. */
  readonly isUnused: boolean;
  /** Whether nothing is asked or answered, and no write is under way: the peer loses no answer by being cut. */
  readonly isIdle: boolean;
  /** Says GOAWAY, answers what is in flight, closes. */
  drain(): void;
  /** Closes at once. Twice is once. */
  cut(): void;
}

/** Serves one connection until either side ends it. */
export function serveHttp2(duplex: Duplex, options: Http2Options): Http2Connection {
  const connection = new HalfOpenConnection(duplex, options, (beginning) => {
    const opened = new Connection(duplex, options);
    opened.start(beginning);
    return opened;
  });
  connection.start();
  return connection;
}

class Connection implements Http2Connection {
  readonly #duplex: Duplex;
  readonly #options: Http2Options;
  readonly #core: ConnectionCore;
  readonly #frames: ConnectionFrames;
  readonly #reader: FrameReader;
  readonly #next: NextRequest | undefined;
  readonly #finished = Promise.withResolvers<void>();
  #bytesRead = 0;
  #draining = false;
  #closed = false;
  /** Since when it is over and only its last words are on their way. */
  #overMs: number | undefined;
  #wake = new AbortController();
  /** Bytes written when last looked. */
  #writtenBefore = 0;

  constructor(duplex: Duplex, options: Http2Options) {
    this.#duplex = duplex;
    this.#options = options;
    const next = this.#next = options.poll && new NextRequest(options.poll);
    this.#core = new ConnectionCore({
      duplex,
      handler: options.handler,
      peer: options.peer,
      limits: { ...http2Limits(options.peer), ...options.limits },
      budget: options.budget ?? new BufferBudget(HTTP2_BUFFERED_MAX),
      nowMs: () => options.clock.monotonicMs(),
      onError: (error) => this.#report(error),
      onWritten: next && (() => next.written()),
      onBroken: () => this.#close(new StreamClosed(Http2Code.NO_ERROR, "the connection is gone")),
      onChange: () => this.#changed(),
    });
    this.#frames = new ConnectionFrames(this.#core, () => this.#sayLast());
    this.#reader = new FrameReader(this.#frames);
  }

  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  get released(): Promise<void> {
    return this.#core.output.settled;
  }

  get streams(): number {
    return this.#core.streams.size;
  }

  get isUnused(): boolean {
    return this.isIdle && this.#core.streams.last === 0;
  }

  get isIdle(): boolean {
    const { streams, output } = this.#core;
    return !this.#closed && streams.size === 0 && !output.isWriting;
  }

  start({ bytes, sinceMs }: Beginning): void {
    const { frames, limits } = this.#core;
    const { signal } = this.#options;
    frames.settings(ourSettings(limits));
    const more = limits.connectionWindowBytes - WINDOW_BYTES_DEFAULT;
    if (more > 0) frames.windowUpdate(0, more); // One of nothing would be an error.
    this.#core.touch();
    this.#reader.room().set(bytes);
    this.#bytesRead = bytes.length;
    this.#take(bytes.length);
    this.#read();
    this.#watch(sinceMs);
    // A half-open connection whose signal is aborted never begins.
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  drain(): void {
    if (this.#draining || this.#closed || this.#core.isOver) return;
    this.#draining = true;
    const { frames } = this.#core;
    // Streams that are on their way here are still answered; the PING comes back behind the last of them.
    frames.goaway(INT31_MAX, Http2Code.NO_ERROR, "closing");
    frames.ping(PING_BYTES, 0, false);
    this.#core.touch();
    this.#wake.abort();
  }

  cut(): void {
    this.#close(new StreamClosed(Http2Code.NO_ERROR, "the connection was closed"));
  }

  readonly #onAbort = (): void => this.drain();

  async #read(): Promise<void> {
    const { output, streams } = this.#core;
    let isCrowded = false;
    try {
      while (!this.#closed) {
        const room = isCrowded
          ? this.#reader.room().subarray(0, SHORT_READ_BYTES)
          : this.#reader.room();
        const count = await this.#duplex.read(room);
        if (count === null || !(count > 0 && count <= room.length)) break;
        this.#bytesRead += count;
        this.#next?.came();
        const { last } = streams;
        this.#take(count);
        isCrowded = streams.last - last > 2 * REQUESTS_PER_READ;
        while (output.isCongested && !this.#closed) await output.room();
      }
    } catch {
      // The byte stream is broken, which is as good as its end.
    }
    this.#close(new StreamClosed(Http2Code.NO_ERROR, "the connection is gone"));
  }

  #take(count: number): void {
    try {
      this.#reader.take(count);
    } catch (error) {
      if (error instanceof ConnectionFault) return this.#core.fail(error);
      this.#report(error);
      this.#core.fail(new ConnectionFault(Http2Code.INTERNAL_ERROR, "internal"));
    }
  }

  /** Everything behind the first GOAWAY has come: says which streams are answered. */
  #sayLast(): void {
    if (!this.#draining || this.#core.lastAnswered !== undefined) return;
    this.#core.lastAnswered = this.#core.streams.last;
    this.#core.frames.goaway(this.#core.lastAnswered, Http2Code.NO_ERROR, "closing");
    this.#core.touch();
    this.#changed();
  }

  /** A stream is over, or the connection: closes when nothing is left to do. */
  #changed(): void {
    const core = this.#core;
    if (core.lastAnswered !== undefined && core.streams.size === 0) core.finish();
    if (!core.isOver || this.#overMs !== undefined) return;
    this.#overMs = this.#options.clock.monotonicMs();
    this.#reader.stop();
    this.#wake.abort();
  }

  async #watch(sinceMs: number): Promise<void> {
    const { clock } = this.#options;
    const { limits } = this.#core;
    const deadlines = new Deadlines({
      core: this.#core,
      frames: this.#frames,
      reader: this.#reader,
      nowMs: sinceMs,
    });
    let interval = LOOK_MS;
    while (!this.#closed) {
      if (this.#overMs !== undefined) interval = Math.min(limits.lingerMs, LOOK_MS);
      else if (this.#draining) interval = LOOK_MS;
      const wake = this.#wake = new AbortController();
      try {
        await clock.sleep(interval, { signal: wake.signal });
      } catch {
        continue; // Something has changed: what to wait for is another thing now.
      }
      interval = this.#look(deadlines);
    }
  }

  /** @returns Milliseconds until the next look. */
  #look(deadlines: Deadlines): number {
    if (this.#closed) return LOOK_MS;
    const nowMs = this.#options.clock.monotonicMs();
    const core = this.#core;
    if (this.#overMs !== undefined) {
      if (nowMs - this.#overMs >= core.limits.lingerMs) this.cut();
      return LOOK_MS;
    }
    // A peer that does not answer PING is told without.
    if (this.#draining) this.#sayLast();
    const verdict = deadlines.look(nowMs, this.#bytesRead);
    if (verdict instanceof ConnectionFault) core.fail(verdict);
    else if (verdict === "cut") this.cut();
    else if (verdict === "idle") this.drain();
    else if (verdict === "ask") {
      core.frames.ping(PING_BYTES, 0, false);
      core.touch();
    }
    const { written } = core.output;
    // Buffers of a busy time are of no use to watches that wait.
    if (written === this.#writtenBefore) core.frames.shrink();
    this.#writtenBefore = written;
    return verdict === "quiet" ? QUIET_LOOK_MS : LOOK_MS;
  }

  #close(reason: StreamClosed): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#core.finish();
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    this.#core.output.close();
    this.#core.abandon(reason);
    try {
      this.#duplex.close();
    } catch (error) {
      this.#report(error);
    }
    this.#wake.abort();
    this.#finished.resolve();
  }

  #report(error: unknown): void {
    try {
      this.#options.onError?.(error);
    } catch {
      // Who cannot even be told of a fault must not make another.
    }
  }
}
