/**
 * HTTP/2 for a client, RFC 9113, over any byte stream, with prior knowledge.
 *
 * A connection lives in three stages. *Open*: requests are sent as they come, also before the server's SETTINGS; frames take
 * effect as they are read, what that writes leaves in one write when the turn is over. *Leaving*: GOAWAY came, or
 * {@linkcode ClientConnection.drain} was called: streams in flight go on, further ones are opened elsewhere. *Over*: all that is
 * left is a reason. Nothing the server or the byte stream does throws or rejects out of here, but by the streams.
 */
import type { Clock } from "../../runtime/core/ports.ts";
import { ClientCore } from "./client_core.ts";
import { ClientDeadlines } from "./client_deadlines.ts";
import { ClientFrames } from "./client_frames.ts";
import { CLIENT_LIMITS, type ClientLimits } from "./client_limits.ts";
import type { ClientStream } from "./client_stream.ts";
import type { Duplex } from "./duplex.ts";
import { ConnectionFault, ConnectionLost, Http2Code } from "./fault.ts";
import { FrameReader } from "./frame_reader.ts";
import { Setting, WINDOW_BYTES_DEFAULT } from "./frame_types.ts";
import type { HeaderPairs } from "./header_pairs.ts";
import type { BufferBudget } from "./output_budget.ts";

/** Milliseconds between looks at the time-outs of a connection at work. */
const LOOK_MS = 1000;

/** The same of one without streams. */
const QUIET_LOOK_MS = 5000;

const PING_BYTES = new Uint8Array(8);

/** How an answer of HTTP/1 begins: `HTTP/1`. */
const HTTP1 = [0x48, 0x54, 0x54, 0x50, 0x2f, 0x31];

/** What a connection needs. */
export interface ClientConnectionOptions {
  readonly clock: Clock;
  /** Bounds other than those of limits.ts. */
  readonly limits?: Partial<ClientLimits>;
  /** Called when a stream is over, when more may be opened, or none any more. */
  readonly onChange?: () => void;
  /** What the requests and answers of several connections may hold together; without it each has its window alone. */
  readonly budget?: BufferBudget;
}

/** A connection to one server. */
export interface ClientConnection {
  /**
   * Sends the head of a request, pseudo-headers first. While {@linkcode ClientConnection.room} is above 0, and nobody
   * leaves.
   *
   * @throws {RangeError} A header cannot be encoded. @throws {ConnectionLost}
   */
  open(headers: HeaderPairs, options: { readonly ended: boolean }): ClientStream;
  /** Streams that may be opened now, by the server's bound and ours. */
  readonly room: number;
  /** Streams in flight. */
  readonly streams: number;
  /** Why no stream may be opened any more; undefined while some may. */
  readonly leaving: Error | undefined;
  /** Whether the server has answered a request. */
  readonly hasAnswered: boolean;
  /** Resolves when it is closed, with why. Never rejects. */
  readonly finished: Promise<Error>;
  /** Opens no further streams, and closes when the last one is over. */
  drain(): void;
  /** Closes at once: streams in flight end with `reason`. */
  cut(reason?: Error): void;
}

/** Begins a connection: the preface and our SETTINGS go out at once. */
export function clientHttp2(duplex: Duplex, options: ClientConnectionOptions): ClientConnection {
  const connection = new OpenConnection(duplex, options);
  connection.start();
  return connection;
}

class OpenConnection implements ClientConnection {
  readonly #duplex: Duplex;
  readonly #options: ClientConnectionOptions;
  readonly #core: ClientCore;
  readonly #frames: ClientFrames;
  readonly #reader: FrameReader;
  readonly #finished = Promise.withResolvers<Error>();
  #wake = new AbortController();
  /** Whether the next look is far away. */
  #isQuiet = false;
  #bytesRead = 0;
  #overMs: number | undefined;
  #reason: Error | undefined;
  #closed = false;

  constructor(duplex: Duplex, options: ClientConnectionOptions) {
    this.#duplex = duplex;
    this.#options = options;
    this.#core = new ClientCore({
      duplex,
      limits: { ...CLIENT_LIMITS, ...options.limits },
      nowMs: () => options.clock.monotonicMs(),
      onBroken: (error) => this.cut(lost("the connection broke off", error)),
      onChange: () => this.#changed(),
      ...(options.budget === undefined ? {} : { budget: options.budget }),
    });
    this.#frames = new ClientFrames(this.#core);
    this.#reader = new FrameReader(this.#frames, "server");
  }

  get finished(): Promise<Error> {
    return this.#finished.promise;
  }

  get room(): number {
    return this.#core.leaving === undefined ? this.#core.room : 0;
  }

  get streams(): number {
    return this.#core.size;
  }

  get leaving(): Error | undefined {
    return this.#core.leaving;
  }

  get hasAnswered(): boolean {
    return this.#core.hasAnswered;
  }

  start(): void {
    const { frames, limits } = this.#core;
    frames.preface();
    frames.settings([
      Setting.ENABLE_PUSH,
      0,
      Setting.INITIAL_WINDOW_SIZE,
      limits.streamWindowBytes,
      Setting.MAX_HEADER_LIST_SIZE,
      limits.headerBytesMax,
    ]);
    const more = limits.connectionWindowBytes - WINDOW_BYTES_DEFAULT;
    if (more > 0) frames.windowUpdate(0, more);
    this.#core.touch();
    this.#read();
    this.#watch();
  }

  open(headers: HeaderPairs, options: { readonly ended: boolean }): ClientStream {
    const { leaving } = this.#core;
    if (leaving !== undefined) throw leaving;
    // Who has slept for long is looked at sooner from now on.
    if (this.#isQuiet) this.#wake.abort();
    this.#isQuiet = false;
    return this.#core.open(headers, options);
  }

  drain(): void {
    this.#core.leave(lost("the connection was closed"));
    this.#changed();
  }

  cut(reason: Error = lost("the connection was closed")): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reason ??= reason;
    this.#core.output.close();
    this.#core.abandon(this.#reason);
    try {
      this.#duplex.close();
    } catch {
      // It is gone either way.
    }
    this.#wake.abort();
    this.#finished.resolve(this.#reason);
  }

  async #read(): Promise<void> {
    const { output } = this.#core;
    let end: ConnectionLost | undefined;
    try {
      while (!this.#closed) {
        const room = this.#reader.room();
        const count = await this.#duplex.read(room);
        if (count === null || !(count > 0 && count <= room.length)) break;
        if (this.#bytesRead === 0 && HTTP1.every((byte, index) => room[index] === byte)) {
          end = lost("the server speaks HTTP/1, not HTTP/2");
          break;
        }
        this.#bytesRead += count;
        this.#take(count);
        while (output.isCongested && !this.#closed) await output.room();
      }
    } catch (error) {
      end = lost("the connection broke off", error);
    }
    const silent = this.#bytesRead === 0;
    end ??= lost(
      silent
        ? "the server closed the connection before it said anything"
        : "the connection broke off: the server closed it",
    );
    this.cut(this.#core.leaving ?? end);
  }

  #take(count: number): void {
    try {
      this.#reader.take(count);
    } catch (error) {
      this.#core.fail(
        error instanceof ConnectionFault
          ? error
          : new ConnectionFault(Http2Code.INTERNAL_ERROR, "internal"),
      );
    }
  }

  /** A stream is over, or the connection: closes when nothing is left to do. */
  #changed(): void {
    const core = this.#core;
    if (core.isOver && this.#overMs === undefined) {
      this.#overMs = this.#options.clock.monotonicMs();
      this.#reason ??= core.leaving;
      this.#reader.stop();
      this.#wake.abort();
    } else if (core.leaving !== undefined && core.size === 0 && !core.isOver && !this.#closed) {
      // Everything said is answered. Our GOAWAY would tell nobody anything.
      this.cut(core.leaving);
    }
    this.#options.onChange?.();
  }

  async #watch(): Promise<void> {
    const { clock } = this.#options;
    const core = this.#core;
    const deadlines = new ClientDeadlines({
      core,
      frames: this.#frames,
      reader: this.#reader,
      nowMs: clock.monotonicMs(),
    });
    while (!this.#closed) {
      const wake = this.#wake = new AbortController();
      this.#isQuiet = core.size === 0 && core.settingsAcknowledged && !core.isOver;
      try {
        await clock.sleep(this.#isQuiet ? QUIET_LOOK_MS : LOOK_MS, { signal: wake.signal });
      } catch {
        // Something has changed: what to wait for is another thing now.
      }
      if (!this.#closed) this.#look(deadlines);
    }
  }

  #look(deadlines: ClientDeadlines): void {
    const nowMs = this.#options.clock.monotonicMs();
    const core = this.#core;
    if (this.#overMs !== undefined) {
      const isSaid = !core.output.isWriting && core.frames.length === 0;
      if (isSaid || nowMs - this.#overMs >= core.limits.lingerMs) this.cut();
      return;
    }
    const verdict = deadlines.look(nowMs, this.#bytesRead);
    if (verdict === "fine") return;
    if (verdict === "ask") {
      core.frames.ping(PING_BYTES, 0, false);
      core.touch();
    } else if (verdict instanceof ConnectionFault) core.fail(verdict);
    else this.cut(lost(`the server is given up: ${verdict.giveUp}`));
  }
}

function lost(message: string, cause?: unknown): ConnectionLost {
  const words = cause instanceof Error ? `${message}: ${cause.message}` : message;
  return new ConnectionLost(Http2Code.NO_ERROR, words, cause === undefined ? {} : { cause });
}
