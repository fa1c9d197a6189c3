/** The long path: streams of answers, of requests, or of both. */
import type { GrpcCall } from "./grpc_call.ts";
import type { ConversationMethod, ServerStreamMethod } from "./grpc_method.ts";
import { BODY_BYTES_MAX, messagesOf, soleMessage } from "./message_frames.ts";

/** Answers one request by a stream. Does not throw. */
export function answerStream(method: ServerStreamMethod, call: GrpcCall): void {
  call.wait();
  call.exchange.collect(BODY_BYTES_MAX, (body) => {
    if (call.isOver) return;
    settle(call, async () => await method.stream(soleMessage(body, call.gzip), call));
  });
}

/** Answers a stream of requests as they come. Does not throw. */
export function answerConversation(method: ConversationMethod, call: GrpcCall): void {
  call.wait();
  const messages = messagesOf(() => call.exchange.read(), call.gzip);
  settle(call, () => method.converse(messages, call));
}

function settle(call: GrpcCall, act: () => Promise<void>): void {
  act().then(() => call.end(), (error: unknown) => call.fail(error));
}
