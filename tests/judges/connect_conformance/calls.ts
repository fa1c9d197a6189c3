/** The calls that the judge has a client make, by the library's clients, and what came of each. */
import {
  type CallOptions,
  Code,
  ConnectError,
  createClient,
  type Transport,
} from "@connectrpc/connect";
import type { DescMethod, MessageShape } from "@bufbuild/protobuf";
import { create, type DescMessage, fromBinary } from "@bufbuild/protobuf";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";
import { systemClock } from "../../../runtime/system/clock.ts";
import {
  type ClientCompatRequest,
  type ClientResponseResult,
  ClientResponseResultSchema,
} from "./gen/client_compat_pb.ts";
import {
  type ConformancePayload,
  ConformancePayloadSchema,
  ConformanceService,
  type Header,
  HeaderSchema,
} from "./gen/service_pb.ts";

interface Answer {
  readonly payload?: ConformancePayload | undefined;
}

type Message = MessageShape<DescMessage>;
type Unary = (request: Message, options: CallOptions) => Promise<Answer>;
type ServerStream = (request: Message, options: CallOptions) => AsyncIterable<Answer>;
type ClientStream = (requests: AsyncIterable<Message>, options: CallOptions) => Promise<Answer>;
type BidiStream = (requests: AsyncIterable<Message>, options: CallOptions) => AsyncIterable<Answer>;

/** Makes the call that is asked for. Does not throw for what a call ends with. */
export async function makeCall(
  asked: ClientCompatRequest,
  transport: Transport,
): Promise<ClientResponseResult> {
  const call = new Call(asked, transport);
  try {
    await call.run();
  } catch (error) {
    call.fail(ConnectError.from(error));
  }
  return call.result();
}

/** One call, and what is known of it so far. */
class Call {
  readonly #asked: ClientCompatRequest;
  readonly #method: DescMethod;
  readonly #function: unknown;
  readonly #abort = new AbortController();
  readonly #payloads: ConformancePayload[] = [];
  readonly #clock = systemClock();
  #header: Header[] | undefined;
  #trailer: Header[] | undefined;
  #error: ConnectError | undefined;
  #sent = 0;

  constructor(asked: ClientCompatRequest, transport: Transport) {
    const method = ConformanceService.methods.find(({ name }) => name === asked.method);
    if (method === undefined) throw new RangeError(`Cannot call ${asked.method}: it is unknown`);
    const client: Readonly<Record<string, unknown>> = createClient(ConformanceService, transport);
    this.#asked = asked;
    this.#method = method;
    this.#function = client[method.localName];
  }

  async run(): Promise<void> {
    switch (this.#method.methodKind) {
      case "unary":
        return this.#take(await this.#whole(this.#function as Unary));
      case "client_streaming":
        return this.#take(
          await (this.#function as ClientStream)(this.#requests(), this.#options()),
        );
      case "server_streaming":
        return await this.#takeAll(this.#whole(this.#function as ServerStream));
      case "bidi_streaming":
        return await this.#converse(this.#function as BidiStream);
    }
  }

  /** A call with one request. */
  #whole<Answered>(act: (request: Message, options: CallOptions) => Answered): Answered {
    const { requestMessages: [request], cancel } = this.#asked;
    if (request === undefined) throw new RangeError("Cannot call: there is no request");
    this.#sent = 1;
    const answered = act(this.#message(request), this.#options());
    if (cancel?.cancelTiming.case === "afterCloseSendMs") this.#cancelIn(cancel.cancelTiming.value);
    return answered;
  }

  /** The requests in the pace that is asked for, and what is to be done at their end. */
  async *#requests(answered?: () => Promise<void>): AsyncGenerator<Message> {
    const { requestMessages, requestDelayMs, cancel } = this.#asked;
    for (const request of requestMessages) {
      await this.#clock.sleep(requestDelayMs);
      yield this.#message(request);
      this.#sent++;
      await answered?.();
    }
    const { cancelTiming } = cancel ?? {};
    if (cancelTiming?.case === "beforeCloseSend") {
      this.#cancel();
      // Who ends a stream after all has not cancelled it.
      await new Promise(() => {});
    }
    if (cancelTiming?.case === "afterCloseSendMs") this.#cancelIn(cancelTiming.value);
  }

  async #converse(act: BidiStream): Promise<void> {
    const isFull = this.#method.name === "BidiStream" && this.#asked.streamType === 5;
    const turns = isFull ? new Turns() : undefined;
    const requests = this.#requests(turns && (() => turns.answered()));
    try {
      await this.#takeAll(act(requests, this.#options()), turns);
    } finally {
      turns?.end();
    }
  }

  async #takeAll(answers: AsyncIterable<Answer>, turns?: Turns): Promise<void> {
    const { cancelTiming } = this.#asked.cancel ?? {};
    for await (const answer of answers) {
      this.#take(answer);
      if (
        cancelTiming?.case === "afterNumResponses" && this.#payloads.length === cancelTiming.value
      ) this.#cancel();
      turns?.next();
    }
  }

  #take({ payload }: Answer): void {
    this.#payloads.push(payload ?? create(ConformancePayloadSchema));
  }

  fail(error: ConnectError): void {
    this.#error = error;
    // Of a call that failed the library keeps both in one.
    this.#header ??= headersOf(error.metadata);
    this.#trailer ??= headersOf(error.metadata);
  }

  result(): ClientResponseResult {
    const error = this.#error;
    return create(ClientResponseResultSchema, {
      responseHeaders: this.#header ?? [],
      responseTrailers: this.#trailer ?? [],
      payloads: this.#payloads,
      numUnsentRequests: this.#asked.requestMessages.length - this.#sent,
      ...(error === undefined ? {} : {
        error: {
          code: error.code as number,
          message: error.rawMessage,
          details: detailsOf(error),
        },
      }),
    });
  }

  #options(): CallOptions {
    const { requestHeaders, timeoutMs } = this.#asked;
    const headers = new Headers();
    for (const { name, value } of requestHeaders) {
      for (const one of value) headers.append(name, one);
    }
    return {
      headers,
      signal: this.#abort.signal,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      onHeader: (found) => this.#header = headersOf(found),
      onTrailer: (found) => this.#trailer = headersOf(found),
    };
  }

  #message({ value }: Any): Message {
    return fromBinary(this.#method.input, value);
  }

  #cancelIn(milliseconds: number): void {
    this.#clock.sleep(milliseconds).then(() => this.#cancel());
  }

  #cancel(): void {
    this.#abort.abort(new ConnectError("cancelled as asked", Code.Canceled));
  }
}

/** Requests and answers in turn. */
class Turns {
  #waiting: (() => void) | undefined;
  #ended = false;

  answered(): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => this.#waiting = resolve);
  }

  next(): void {
    this.#waiting?.();
    this.#waiting = undefined;
  }

  end(): void {
    this.#ended = true;
    this.next();
  }
}

function headersOf(headers: Headers): Header[] {
  return [...headers].map(([name, value]) => create(HeaderSchema, { name, value: [value] }));
}

function detailsOf(error: ConnectError): Any[] {
  return error.details.map((detail) => {
    if ("desc" in detail) throw new TypeError("Cannot read a detail that was not received");
    const { type, value } = detail;
    return create(AnySchema, { typeUrl: `type.googleapis.com/${type}`, value });
  });
}
