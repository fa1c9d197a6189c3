/**
 * How long calls may keep a command waiting. A call with one answer has a deadline. A stream may last for ever, but what
 * comes must come: each message of a list or file within that time after the one before, of a watch only the first,
 * since a watch may then be silent for as long as nothing happens. A stream that is called with a time-out of 0 may be
 * silent from the beginning: it follows something.
 */
import type { Clock } from "../../runtime/core/ports.ts";
import { durationWords } from "./duration.ts";
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";

/** How long to wait, by which clock. */
export interface Patience {
  /** 0 is for ever. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Streams that are silent while nothing happens, once they have begun. */
const WATCHES: readonly string[] = ["Watch", "Events"];

/** A transport whose calls end with `DeadlineExceeded` when they wait for longer. */
export function patientTransport(transport: Transport, patience: Patience): Transport {
  const { timeoutMs } = patience;
  if (timeoutMs === 0) return transport;
  return {
    unary: (method, signal, ownMs, header, input, values) =>
      transport.unary(method, signal, ownMs ?? timeoutMs, header, input, values),
    async stream(method, signal, ownMs, header, input, values) {
      if (ownMs === 0) {
        return await transport.stream(method, signal, undefined, header, input, values);
      }
      const silence = new Silence(patience, signal);
      try {
        const answer = await silence.within(
          transport.stream(method, silence.signal, ownMs, header, input, values),
        );
        const isWatch = WATCHES.includes(method.name);
        return { ...answer, message: heard(answer.message, { silence, isWatch }) };
      } catch (error) {
        silence[Symbol.dispose]();
        throw error;
      }
    },
  };
}

async function* heard<Desc extends DescMessage>(
  messages: AsyncIterable<MessageShape<Desc>>,
  { silence, isWatch }: { readonly silence: Silence; readonly isWatch: boolean },
): AsyncGenerator<MessageShape<Desc>> {
  using _ = silence;
  const iterator = messages[Symbol.asyncIterator]();
  let first = true;
  try {
    for (;;) {
      const next = iterator.next();
      const turn = await (first || !isWatch ? silence.within(next) : silence.lasting(next));
      if (turn.done) return;
      first = false;
      yield turn.value;
    }
  } finally {
    // Not awaited: a stream that gives no sign may not end either.
    iterator.return?.()?.catch(() => {});
  }
}

/** Ends what is too long without a sign. */
class Silence implements Disposable {
  readonly #patience: Patience;
  readonly #cut = new AbortController();
  readonly #given: AbortSignal | undefined;
  readonly #interrupted = (): void => {
    this.#cut.abort(ConnectError.from(this.#given?.reason, Code.Canceled));
  };

  constructor(patience: Patience, signal: AbortSignal | undefined) {
    this.#patience = patience;
    this.#given = signal;
    if (signal?.aborted) this.#interrupted();
    else signal?.addEventListener("abort", this.#interrupted);
  }

  get signal(): AbortSignal {
    return this.#cut.signal;
  }

  /** What is waited for, unless it takes too long. @throws {ConnectError} `DeadlineExceeded`, or the interruption. */
  async within<T>(waited: Promise<T>): Promise<T> {
    const { clock, timeoutMs } = this.#patience;
    const heard = new AbortController();
    const late = (): void => {
      const words = `no answer in ${durationWords(timeoutMs)}`;
      this.#cut.abort(new ConnectError(words, Code.DeadlineExceeded));
    };
    clock.sleep(timeoutMs, { signal: heard.signal }).then(late, () => {}); // Aborted: it was heard in time.
    try {
      return await this.lasting(waited);
    } finally {
      heard.abort();
    }
  }

  /** What is waited for, for as long as it takes: some transports do not answer a call that was interrupted. */
  async lasting<T>(waited: Promise<T>): Promise<T> {
    const { signal } = this.#cut;
    const gone = Promise.withResolvers<never>();
    const onAbort = (): void => gone.reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    waited.catch(() => {}); // After an interruption nobody waits for it any more.
    try {
      return await Promise.race([waited, gone.promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Ends the call. */
  [Symbol.dispose](): void {
    this.#given?.removeEventListener("abort", this.#interrupted);
    this.#cut.abort(new ConnectError("the call is over", Code.Canceled));
  }
}
