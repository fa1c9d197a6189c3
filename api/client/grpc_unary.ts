/**
 * Calls of gRPC with one request and one answer, without the pipelines of the library: a call costs a request, two reads and
 * a timer. What an answer's status says is read by the library.
 */
import type { DescMessage, DescMethodUnary, DescService, MessageShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport, type UnaryResponse } from "@connectrpc/connect";
import { joined, PREFIX_BYTES, soleMessage } from "../grpc/message_frames.ts";
import { Refused } from "../grpc/refused.ts";
import type { AnswerHead } from "../http2/answer_rules.ts";
import type { ClientStream } from "../http2/client_stream.ts";
import { headersOf } from "../http2/header_pairs.ts";
import { MESSAGE_BYTES_MAX } from "../limits.ts";
import { answerFault } from "./answer_fault.ts";
import { CallEnd } from "./call_end.ts";
import { answerKind, judgeEnd, parsed, requestBody } from "./grpc_answer.ts";
import { http2Error } from "./http2_error.ts";
import { sendWhole } from "./http2_exchange.ts";
import { type DirectOptions, RequestHeads } from "./request_heads.ts";

/** Makes the calls. */
export function grpcUnary(options: DirectOptions): Transport["unary"] {
  const heads = new RequestHeads(options);
  return async (method, signal, timeoutMs, header, input) => {
    using end = new CallEnd(signal, timeoutMs);
    const { output } = method;
    const body = requestBody(method.input, input, options.form.gzip);
    const headers = heads.of(method, { timeoutMs: end.timeoutMs, header });
    let stream: ClientStream | undefined;
    try {
      const sent = stream = await sendWhole(options, { headers, body, signal: end.signal });
      const head = await sent.answer;
      const message = await messageOf(sent, head, options.form.messageBytesMax);
      return new UnaryAnswer(method, { message: parsed(output, message), head, stream: sent });
    } catch (error) {
      // Of an answer that is none the rest is not waited for.
      stream?.reset();
      throw ConnectError.from(
        end.signal.aborted ? end.signal.reason : http2Error(error),
        Code.Unknown,
      );
    }
  };
}

/** An answer, whose headers are made when somebody looks: hardly anybody does. */
class UnaryAnswer<I extends DescMessage, O extends DescMessage> implements UnaryResponse<I, O> {
  readonly stream = false;
  readonly service: DescService;
  readonly method: DescMethodUnary<I, O>;
  readonly message: MessageShape<O>;
  readonly #head: AnswerHead;
  readonly #stream: ClientStream;

  constructor(
    method: DescMethodUnary<I, O>,
    { message, head, stream }: {
      readonly message: MessageShape<O>;
      readonly head: AnswerHead;
      readonly stream: ClientStream;
    },
  ) {
    this.service = method.parent;
    this.method = method;
    this.message = message;
    this.#head = head;
    this.#stream = stream;
  }

  get header(): Headers {
    return headersOf(this.#head.headers);
  }

  get trailer(): Headers {
    return headersOf(this.#stream.trailers);
  }
}

/** The whole body; undefined where it is more than one message can be. */
async function bodyOf(stream: ClientStream, bytesMax: number): Promise<Uint8Array | undefined> {
  const first = await stream.read();
  let next = first === undefined ? undefined : await stream.read();
  if (next === undefined) return first ?? new Uint8Array(0);
  const pieces = first === undefined ? [] : [first];
  let length = first?.length ?? 0;
  for (; next !== undefined; next = await stream.read()) {
    pieces.push(next);
    length += next.length;
    if (length <= PREFIX_BYTES + bytesMax) continue;
    stream.reset();
    return undefined;
  }
  return joined(pieces);
}

/** The one message of an answer. @throws {ConnectError} What the status says, or what is wrong with the answer. */
async function messageOf(
  stream: ClientStream,
  head: AnswerHead,
  bytesMax = MESSAGE_BYTES_MAX,
): Promise<Uint8Array> {
  const { encoding, refusal } = answerKind(head);
  const bytes = await bodyOf(stream, bytesMax);
  // A refusal in a head counts where nothing else is said.
  if (refusal !== undefined && bytes?.length === 0 && stream.trailers.length === 0) throw refusal;
  // Of what was given up half way there is no status to read.
  if (bytes !== undefined) judgeEnd(stream, head, bytes.length === 0);
  try {
    const message = soleMessage(bytes, encoding === "gzip", bytesMax);
    if (message instanceof Refused) throw message.toError();
    return message;
  } catch (error) {
    throw answerFault(error);
  }
}
