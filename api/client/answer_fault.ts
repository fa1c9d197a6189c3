/** Answers that are none: what is wrong with them is the server's fault, whatever reads them calls it. */
import { Code, ConnectError, type Transport } from "@connectrpc/connect";

/** The same error, as `Internal` where our side alone says that the answer is invalid. Others come back as they are. */
export function answerFault(error: unknown): unknown {
  const isOurs = error instanceof ConnectError && !error.isWireError;
  if (!isOurs || error.code !== Code.InvalidArgument) return error;
  return new ConnectError(error.rawMessage, Code.Internal, error.metadata, undefined, error);
}

/** A transport whose calls end so. */
export function withAnswerFaults({ unary, stream }: Transport): Transport {
  return {
    async unary(...call) {
      try {
        return await unary(...call);
      } catch (error) {
        throw answerFault(error);
      }
    },
    async stream(...call) {
      try {
        const answer = await stream(...call);
        return { ...answer, message: untilFault(answer.message) };
      } catch (error) {
        throw answerFault(error);
      }
    },
  };
}

/** The messages of an answer. */
export async function* untilFault<Message>(
  messages: AsyncIterable<Message>,
): AsyncGenerator<Message> {
  try {
    yield* messages;
  } catch (error) {
    throw answerFault(error);
  }
}
