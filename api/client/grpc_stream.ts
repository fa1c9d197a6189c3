/**
 * Calls of gRPC with one request and a stream of answers, without the pipelines of the library, as grpc_unary.ts has those
 * with one.
 */
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { messagesOf } from "../grpc/message_frames.ts";
import type { AnswerHead } from "../http2/answer_rules.ts";
import type { ClientStream } from "../http2/client_stream.ts";
import { headersOf } from "../http2/header_pairs.ts";
import { untilFault } from "./answer_fault.ts";
import { CallEnd } from "./call_end.ts";
import { answerKind, judgeEnd, parsed, requestBody } from "./grpc_answer.ts";
import { http2Error } from "./http2_error.ts";
import { sendWhole } from "./http2_exchange.ts";
import { type DirectOptions, RequestHeads } from "./request_heads.ts";

/** Makes the calls, of methods whose requests are one message. Who stops reading ends the call by its signal. */
export function grpcStream(options: DirectOptions): Transport["stream"] {
  const heads = new RequestHeads(options);
  return async (method, signal, timeoutMs, header, input) => {
    const end = new CallEnd(signal, timeoutMs);
    try {
      const body = requestBody(method.input, await onlyOf(input), options.form.gzip);
      const headers = heads.of(method, { timeoutMs: end.timeoutMs, header });
      const stream = await sendWhole(options, { headers, body, signal: end.signal });
      const head = await stream.answer;
      const { encoding, refusal } = answerKind(head);
      if (refusal !== undefined) throw refusal;
      const trailer = new Headers();
      return {
        ...{
          stream: true,
          service: method.parent,
          method,
          header: headersOf(head.headers),
          trailer,
        },
        message: answers(stream, {
          ...{ head, encoding, end, trailer, output: method.output },
          bytesMax: options.form.messageBytesMax,
        }),
      };
    } catch (error) {
      end[Symbol.dispose]();
      throw errorOf(error, end);
    }
  };
}

async function* answers<Desc extends DescMessage>(
  stream: ClientStream,
  { head, encoding, end, trailer, output, bytesMax }: {
    readonly head: AnswerHead;
    readonly encoding: "gzip" | "identity";
    readonly end: CallEnd;
    readonly trailer: Headers;
    readonly output: Desc;
    readonly bytesMax: number | undefined;
  },
): AsyncGenerator<MessageShape<Desc>> {
  try {
    const messages = untilFault(
      messagesOf(() => stream.read(), encoding === "gzip", bytesMax),
    );
    let isBare = true;
    for await (const message of messages) {
      if (end.signal.aborted) break;
      isBare = false;
      yield parsed(output, message);
    }
    end.signal.throwIfAborted();
    for (const [name, value] of headersOf(stream.trailers)) trailer.append(name, value);
    judgeEnd(stream, head, isBare);
  } catch (error) {
    throw errorOf(error, end);
  } finally {
    stream.reset();
    end[Symbol.dispose]();
  }
}

/** The one message of a request. */
async function onlyOf<Message>(input: AsyncIterable<Message>): Promise<Message> {
  for await (const message of input) return message;
  throw new ConnectError("the call takes one message, and got none", Code.Unimplemented);
}

function errorOf(error: unknown, end: CallEnd): ConnectError {
  return ConnectError.from(
    end.signal.aborted ? end.signal.reason : http2Error(error),
    Code.Unknown,
  );
}
