/** The long path: streams of answers, of requests, or of both. */
import type { GrpcCall } from "./grpc_call.ts";
import type { ConversationMethod, ServerStreamMethod } from "./grpc_method.ts";
import { messagesOf, soleMessage } from "./message_frames.ts";
import { Refused } from "./refused.ts";

/** Answers one request by a stream. Does not throw. */
export function answerStream(method: ServerStreamMethod, call: GrpcCall): void {
  call.wait();
  call.exchange.collect(call.bodyBytesMax, (body) => {
    if (call.isOver) return;
    settle(call, async () => {
      const message = soleMessage(body, call.gzip, call.messageBytesMax);
      if (message instanceof Refused) call.refuse(message);
      else await method.stream(call.received(message), call);
    });
  });
}

/** Answers a stream of requests as they come. Does not throw. */
export function answerConversation(method: ConversationMethod, call: GrpcCall): void {
  call.wait();
  const messages = messagesOf(() => call.exchange.read(), call.gzip, call.messageBytesMax);
  settle(call, () => method.converse(received(messages, call), call));
}

async function* received(
  messages: AsyncIterable<Uint8Array>,
  call: GrpcCall,
): AsyncGenerator<Uint8Array> {
  for await (const message of messages) yield call.received(message);
}

function settle(call: GrpcCall, act: () => Promise<void>): void {
  act().then(() => call.end(), (error: unknown) => call.fail(error));
}
