/**
 * One HTTP exchange by `fetch`, that ends when its signal says so.
 *
 * `fetch` alone does not promise that: it follows a signal through a weak reference, and a stream that is silent for a
 * while can no longer be aborted. So the signal is listened to here, for as long as the exchange lasts.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import {
  type UniversalClientRequest,
  universalClientRequestToFetch,
  type UniversalClientResponse,
  universalClientResponseFromFetch,
} from "@connectrpc/connect/protocol";

/** Milliseconds until the head of an answer: a stream may then stay silent, a machine that never answers may not. */
export const ANSWER_WAIT_MS_MAX = 10_000;

type Body = AsyncIterable<Uint8Array>;

/**
 * Sends a request and gives the answer once its head is there.
 *
 * A redirect is an answer like any other: what the request carries goes to its own place only.
 *
 * @throws {ConnectError} `Unavailable`: no connection, or no answer in `answerWaitMs`, 0 being for ever; from the body,
 * that the connection broke off. @throws The signal's reason.
 */
export async function exchange(
  request: UniversalClientRequest,
  { client, answerWaitMs = ANSWER_WAIT_MS_MAX }: {
    readonly client: Deno.HttpClient;
    readonly answerWaitMs?: number | undefined;
  },
): Promise<UniversalClientResponse> {
  const { signal } = request;
  signal?.throwIfAborted();
  const cut = new AbortController();
  const given = Promise.withResolvers<never>();
  const end = (error: unknown): void => {
    given.reject(error);
    cut.abort();
  };
  const interrupted = (): void => end(signal?.reason);
  const silence = answerWaitMs === 0 ? undefined : setTimeout(
    () => end(unavailable(`no answer in ${answerWaitMs / 1000} s`)),
    answerWaitMs,
  );
  signal?.addEventListener("abort", interrupted);
  try {
    const sent = universalClientRequestToFetch(request);
    const answer = fetch(sent, { client, signal: cut.signal, redirect: "manual" });
    const response = universalClientResponseFromFetch(await Promise.race([answer, given.promise]));
    return { ...response, body: untilLost(response.body, signal) };
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw error instanceof ConnectError ? error : unavailable(innermost(error), error);
  } finally {
    clearTimeout(silence);
    signal?.removeEventListener("abort", interrupted);
  }
}

/** The bytes of an answer until it ends, breaks off or is interrupted. */
function untilLost(body: Body, signal: AbortSignal | undefined): Body {
  const bytes = body[Symbol.asyncIterator]();
  const end = { done: true, value: undefined } as const;
  const cancel = (reason: unknown): Promise<IteratorResult<Uint8Array>> =>
    bytes.throw?.(reason) ?? Promise.resolve(end);
  // Connect aborts the signal at the end of every call, so that the listener never outlives the exchange.
  const interrupted = (): void => void cancel(signal?.reason).catch(() => {});
  if (signal?.aborted) interrupted();
  else signal?.addEventListener("abort", interrupted, { once: true });
  async function next(): Promise<IteratorResult<Uint8Array>> {
    try {
      const piece = await bytes.next();
      if (signal?.aborted) throw signal.reason;
      return piece;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw unavailable(`the connection broke off: ${innermost(error)}`, error);
    }
  }
  return { [Symbol.asyncIterator]: () => ({ next, throw: cancel }) };
}

function unavailable(message: string, cause?: unknown): ConnectError {
  return new ConnectError(message, Code.Unavailable, undefined, undefined, cause);
}

/** The last cause's words: the outer ones repeat the address. */
function innermost(error: unknown): string {
  let last = error;
  while (last instanceof Error && last.cause instanceof Error) last = last.cause;
  const text = last instanceof Error ? last.message : String(last);
  return text.slice(text.lastIndexOf("): ") + 1).replace(/^[):\s]+/, "");
}
