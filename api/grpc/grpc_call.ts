/** One call in flight: who makes it, how long it may take, and how it is answered. */
import { Code, ConnectError } from "@connectrpc/connect";
import type { Clock, Log } from "../../runtime/core/ports.ts";
import { type Identity, NOBODY } from "../authorization/roles.ts";
import type { Caller } from "../caller.ts";
import { StateError } from "../../runtime/core/errors.ts";
import { codeOf, type ErrorContext, toConnectError } from "../errors.ts";
import { clientOf } from "../forwarded.ts";
import type { Exchange } from "../http2/exchange.ts";
import { StreamClosed } from "../http2/fault.ts";
import type { HeaderPairs } from "../http2/header_pairs.ts";
import { GRPC_WRITE_BYTES } from "../limits.ts";
import type { Places } from "../places.ts";
import type { StateCaller } from "../state_calls.ts";
import { type CallHead, sendsGzip, wantsGzip } from "./call_head.ts";
import { askedOf } from "./exchange_request.ts";
import type { JsonMessages } from "./json_messages.ts";
import { compressed, joined, PREFIX_BYTES } from "./message_frames.ts";
import { type PreparedRefusals, Refused } from "./refused.ts";
import { metadataPairs, OK_TRAILERS, refusedPairs, statusPairs } from "./status.ts";
import { answerHeaders } from "./answer_headers.ts";
import { parseTimeout } from "./timeout.ts";

/** What all calls of a server share. */
export interface CallParts {
  readonly clock: Clock;
  readonly log: Log;
  /** Names one call of a method, `PACKAGE.SERVICE/METHOD`, in causes. */
  newRequestName(method: string): string;
  readonly refusals: PreparedRefusals;
  /** Bytes of one message of a request. */
  readonly messageBytesMax: number;
  /** Calls that wait for something: they are told when the agent stops. */
  readonly waiting: Places<GrpcCall>;
}

/** What one call begins with. */
export interface CallInit {
  readonly exchange: Exchange;
  readonly head: CallHead;
  /** Of the answer. */
  readonly contentType: string;
  /** Name of the method. */
  readonly method: string;
  /** Where its messages are JSON. */
  readonly json: JsonMessages | undefined;
}

/** What a handler says besides its messages; looked at when head and end of the answer are sent. */
export interface AnswerMetadata {
  readonly responseHeader: Headers;
  readonly responseTrailer: Headers;
}

/** Why a call was broken off: made when somebody asks, since callers leave by the thousand and few are asked about. */
type Reason = Error | (() => Error);

/**
 * A call. Whatever costs something is made when it is first asked for, since most calls are answered at once.
 *
 * It is over once: when it is answered, failed, or nobody is there any more. All that is sent later goes nowhere.
 */
export class GrpcCall implements StateCaller, ErrorContext {
  readonly exchange: Exchange;
  readonly call: string;
  readonly log: Log;
  /** The caller, once it is let in. */
  identity: Identity = NOBODY;
  /** Undefined where the method has none. */
  metadata: AnswerMetadata | undefined;
  readonly #parts: CallParts;
  readonly #init: CallInit;
  #caller: Caller | undefined;
  #abort: AbortController | undefined;
  #deadline: AbortController | undefined;
  #pending: Uint8Array[] | undefined;
  #pendingBytes = 0;
  #responded = false;
  #over = false;
  /** Why it was broken off, where it was. */
  #reason: Reason | undefined;
  #onOver: (() => void) | undefined;
  /** Among those that wait. */
  #place: number | undefined;
  #gzip = false;
  #packs = false;
  #timeoutMs: number | undefined;
  #deadlineMs = 0;

  constructor(init: CallInit, parts: CallParts) {
    this.exchange = init.exchange;
    this.call = init.method;
    this.log = parts.log;
    this.#init = init;
    this.#parts = parts;
  }

  /** Nothing can be answered any more. */
  get isOver(): boolean {
    return this.#over;
  }

  get caller(): Caller {
    return this.#caller ??= {
      identity: this.identity,
      request: this.#parts.newRequestName(this.exchange.path.slice(1)),
      ...(this.client === undefined ? {} : { client: this.client }),
    };
  }

  /** Address of the caller, for bounds; undefined on unix sockets. */
  get client(): string | undefined {
    return clientOf(askedOf(this.exchange).headers, this.exchange.peer);
  }

  /** Aborts when the call is over, with the reason where it was broken off. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#over) this.#abort.abort(errorOf(this.#reason));
      else this.wait();
    }
    return this.#abort.signal;
  }

  /** Whether messages of the request may be compressed. */
  get gzip(): boolean {
    return this.#gzip;
  }

  /** Bytes of one message of the request. */
  get messageBytesMax(): number {
    return this.#parts.messageBytesMax;
  }

  /** Bytes of a request that is one message. */
  get bodyBytesMax(): number {
    return PREFIX_BYTES + this.#parts.messageBytesMax;
  }

  /** Milliseconds until the caller gives up, below 0 once it did; undefined where it waits for ever. */
  get remainingMs(): number | undefined {
    if (this.#timeoutMs === undefined) return undefined;
    return this.#deadlineMs - this.#parts.clock.monotonicMs();
  }

  /** A message of the request as methods know it. @throws {ConnectError} `InvalidArgument`: it is none. */
  received(message: Uint8Array): Uint8Array {
    return this.#init.json === undefined ? message : this.#init.json.read(message);
  }

  /** Reads what the headers ask for; before anything else. @throws {ConnectError} They ask for what is not served. */
  begin(): void {
    const { head } = this.#init;
    if (head.encoding !== undefined) {
      this.#gzip = sendsGzip(head);
      this.#packs = wantsGzip(head);
    }
    if (head.timeout === undefined) return;
    this.#timeoutMs = parseTimeout(head.timeout);
    if (this.#timeoutMs === 0) throw deadlinePassed();
    this.#deadlineMs = this.#parts.clock.monotonicMs() + this.#timeoutMs;
  }

  /** From here on the call is told when its caller leaves, its deadline passes or the agent stops. Twice is once. */
  wait(): void {
    if (this.#place !== undefined || this.#over) return;
    this.#place = this.#parts.waiting.add(this);
    this.exchange.onBroken((reason) => this.#leave(reason));
    if (this.#timeoutMs !== undefined && !this.#over) this.#keepDeadline(this.#timeoutMs);
  }

  /** Calls `act` when the call is over, or at once; the last one given counts. */
  onOver(act: () => void): void {
    if (this.#over) act();
    else this.#onOver = act;
  }

  /** Answers a unary call. @param frame Not written to. */
  answer(frame: Uint8Array): void {
    if (this.#over) return;
    let packed: Uint8Array;
    try {
      packed = this.#packed(frame);
    } catch (error) {
      return this.fail(error);
    }
    this.#respond();
    this.exchange.write(packed);
    this.#end(OK_TRAILERS);
  }

  /**
   * Queues a message of a stream; it leaves with {@linkcode GrpcCall.flush}.
   *
   * @param frame Not written to.
   * @throws {ConnectError} `ResourceExhausted`: it is longer as JSON than answers may be.
   */
  push(frame: Uint8Array): void {
    if (this.#over) return;
    const packed = this.#packed(frame);
    this.#pending ??= [];
    this.#pending.push(packed);
    this.#pendingBytes += packed.length;
  }

  /** Whether enough is queued that it should leave before more is. */
  get isFull(): boolean {
    return this.#pendingBytes >= GRPC_WRITE_BYTES;
  }

  /** Sends what is queued. @returns A promise for room where the reader is slow, which rejects when it left. */
  flush(): Promise<void> | undefined {
    const frames = this.#pending;
    if (frames === undefined || this.#over) return undefined;
    this.#pending = undefined;
    this.#pendingBytes = 0;
    this.#respond();
    const [first] = frames;
    const bytes = frames.length === 1 && first !== undefined ? first : joined(frames);
    return this.exchange.write(bytes);
  }

  /** Ends a stream that went well. */
  end(): void {
    if (this.#over) return;
    this.flush();
    this.#respond();
    this.#end(OK_TRAILERS);
  }

  /** Ends the call with what was thrown. */
  fail(error: unknown): void {
    if (this.#over) return;
    // Who left is told nothing, and what that did to the handler is no fault of ours.
    if (error instanceof StreamClosed || this.exchange.closed) return this.#leave(error);
    if (error instanceof StateError) {
      return this.refuse(
        new Refused(codeOf(error.failure.refusal, this.call), error.message),
        error,
      );
    }
    const refusal = toConnectError(error, this);
    const pairs = statusPairs(refusal);
    this.flush();
    this.#respondMetadata();
    if (this.#responded) return this.#end(pairs, refusal);
    this.exchange.respond(200, [...this.#headers(), ...this.#trailers(pairs)], true);
    this.#finish(refusal);
  }

  /** Ends the call with a refusal. @param error What it was, where somebody may ask. */
  refuse(refused: Refused, error?: Error): void {
    if (this.#over) return;
    if (this.exchange.closed) return this.#leave(error);
    this.flush();
    if (this.metadata !== undefined) this.#respond();
    if (this.#responded) return this.#end(refusedPairs(refused.code, refused.message), error);
    // A constant list, by which its encoding is found.
    this.exchange.respond(200, this.#parts.refusals.of(this.#headers(), refused), true);
    this.#finish(error);
  }

  #leave(reason: unknown): void {
    this.#finish(() => callerLeft(reason));
  }

  #respond(): void {
    if (this.#responded) return;
    this.#responded = true;
    this.exchange.respond(200, this.#headers());
  }

  #headers(): HeaderPairs {
    const headers = answerHeaders(this.#init.contentType, this.#packs);
    if (this.metadata === undefined) return headers;
    return [...headers, ...metadataPairs(this.metadata.responseHeader)];
  }

  /** Sends the head of an answer where its handler has something to say in it: it must not be taken for trailers. */
  #respondMetadata(): void {
    const { metadata } = this;
    if (metadata !== undefined && metadataPairs(metadata.responseHeader).length > 0) {
      this.#respond();
    }
  }

  #trailers(pairs: HeaderPairs): HeaderPairs {
    const more = this.metadata === undefined ? [] : metadataPairs(this.metadata.responseTrailer);
    return more.length === 0 ? pairs : [...pairs, ...more];
  }

  #packed(frame: Uint8Array): Uint8Array {
    const made = this.#init.json === undefined ? frame : this.#init.json.write(frame);
    return this.#packs ? compressed(made) : made;
  }

  #end(trailers: HeaderPairs, reason?: Error): void {
    this.exchange.end(this.#trailers(trailers));
    this.#finish(reason);
  }

  #finish(reason: Reason | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#reason = reason;
    this.#pending = undefined;
    if (this.#place === undefined) return;
    this.#parts.waiting.delete(this.#place);
    this.#deadline?.abort();
    // Without a reason an exception would be made for each call.
    this.#abort?.abort(errorOf(reason) ?? "the call is answered");
    this.#onOver?.();
  }

  #keepDeadline(milliseconds: number): void {
    const over = this.#deadline = new AbortController();
    this.#parts.clock.sleep(milliseconds, { signal: over.signal }).then(
      () => this.fail(deadlinePassed()),
      () => {}, // The call was over before.
    );
  }
}

function errorOf(reason: Reason | undefined): Error | undefined {
  return typeof reason === "function" ? reason() : reason;
}

function callerLeft(cause: unknown): ConnectError {
  return new ConnectError("the caller left", Code.Canceled, undefined, undefined, cause);
}

function deadlinePassed(): ConnectError {
  return new ConnectError("the deadline passed", Code.DeadlineExceeded);
}
