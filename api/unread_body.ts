/**
 * Request bodies that were answered before they were read to their end. On HTTP/1.1 Deno ends the connection of such a
 * request at once and without a word: a client that still writes then loses the answer, and one that goes on loses its next
 * request. So what is on its way is read away first, and where more may come the end is announced.
 */
import type { Clock } from "../runtime/core/ports.ts";
import { UNREAD_BYTES_MAX, UNREAD_SHORT_WAIT_MS, UNREAD_WAIT_MS } from "./limits.ts";

type Pieces = AsyncIterator<Uint8Array>;

const END = Promise.resolve({ done: true, value: undefined } as const);

/** A body that knows how far it was read; of one that its reader gives up, the rest is read away. */
export class FollowedBody implements AsyncIterable<Uint8Array> {
  readonly #pieces: Pieces;
  readonly #clock: Clock;
  readonly #length: string | null;
  #state: "untouched" | "read" | "ended" = "untouched";
  #away: Promise<void> | undefined;

  /** @param headers Of the request. */
  constructor(
    body: AsyncIterable<Uint8Array>,
    { headers, clock }: { readonly headers: Headers; readonly clock: Clock },
  ) {
    this.#pieces = body[Symbol.asyncIterator]();
    this.#length = headers.get("content-length");
    this.#clock = clock;
  }

  [Symbol.asyncIterator](): Pieces {
    return {
      next: async () => {
        this.#state = "read";
        const piece = await this.#pieces.next();
        if (piece.done) this.#state = "ended";
        return piece;
      },
      throw: () => this.#leave(),
      return: () => this.#leave(),
    };
  }

  /**
   * Sees to what is left once there is an answer, and gives that back. Waits {@linkcode UNREAD_SHORT_WAIT_MS} for a rest
   * that is short, and {@linkcode UNREAD_WAIT_MS} for one of unknown length: its client may be waiting for the answer.
   */
  async settled(answer: Response): Promise<Response> {
    if (this.#state === "untouched") this.#leave();
    if (this.#away !== undefined) await this.#ended(this.#away);
    if (this.#state !== "ended") answer.headers.set("connection", "close");
    return answer;
  }

  async #ended(away: Promise<void>): Promise<void> {
    if (this.#length !== null && !(Number(this.#length) <= UNREAD_BYTES_MAX)) return;
    const over = new AbortController();
    const waitMs = this.#length === null ? UNREAD_WAIT_MS : UNREAD_SHORT_WAIT_MS;
    const waited = this.#clock.sleep(waitMs, { signal: over.signal }).catch(() => {});
    await Promise.race([away, waited]);
    over.abort();
  }

  #leave(): Promise<IteratorResult<Uint8Array>> {
    if (this.#state !== "ended") this.#away ??= this.#readAway().catch(() => {}); // Its client left.
    return END;
  }

  /** Reads at most {@linkcode UNREAD_BYTES_MAX} bytes. Where the wait is over first, the end of the connection ends it. */
  async #readAway(): Promise<void> {
    const pieces = this.#pieces;
    let length = 0;
    for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
      length += next.value.length;
      if (length <= UNREAD_BYTES_MAX) continue;
      await (pieces.return === undefined ? pieces.throw?.() : pieces.return());
      return;
    }
    this.#state = "ended";
  }
}

/** Answers, and sees to what is left of a body that nobody looked at. */
export async function answerOnce(
  request: Request,
  { handle, clock }: {
    readonly handle: () => Promise<Response>;
    readonly clock: Clock;
  },
): Promise<Response> {
  const response = await handle();
  // Asked first: the other makes a stream of a body that was read whole.
  if (request.bodyUsed) return response;
  const { body, headers } = request;
  if (body === null || body.locked) return response;
  return await new FollowedBody(body, { headers, clock }).settled(response);
}
