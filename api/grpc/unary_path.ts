/** The short path: a message in, a message out, and no promise where the answer is known at once. */
import type { GrpcCall } from "./grpc_call.ts";
import type { UnaryMethod } from "./grpc_method.ts";
import { soleMessage } from "./message_frames.ts";
import { Refused } from "./refused.ts";

/** Answers a unary call, now or later. Does not throw. */
export function answerUnary(method: UnaryMethod, call: GrpcCall): void {
  let isHere = false;
  call.exchange.collect(call.bodyBytesMax, (body) => {
    isHere = true;
    // Its deadline may have passed while the body came.
    if (!call.isOver) answerMessage(method, call, body);
  });
  if (!isHere) call.wait();
}

function answerMessage(method: UnaryMethod, call: GrpcCall, body: Uint8Array | undefined): void {
  let answer: Uint8Array | Refused | Promise<Uint8Array>;
  try {
    const message = soleMessage(body, call.gzip, call.messageBytesMax);
    answer = message instanceof Refused ? message : method.answer(call.received(message), call);
  } catch (error) {
    return call.fail(error);
  }
  if (answer instanceof Uint8Array) return call.answer(answer);
  if (answer instanceof Refused) return call.refuse(answer);
  call.wait();
  answer.then((frame) => call.answer(frame), (error: unknown) => call.fail(error));
}
