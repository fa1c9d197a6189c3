import type { ClientStream } from "./client_stream.ts";
import { TooManyWaiting } from "./fault.ts";
import type { HeaderPairs } from "./header_pairs.ts";
import type { RequestOptions } from "./http2_client.ts";

/** A request that waits for its stream. */
export interface ClientTurn {
  readonly headers: HeaderPairs;
  readonly options: RequestOptions;
  readonly resolve: (stream: ClientStream) => void;
  readonly reject: (reason: unknown) => void;
}

/** Requests that wait for a stream, in the order of coming; at most so many. */
export class ClientQueue {
  readonly #lengthMax: number;
  /** A set, so that one in the middle can leave at once. */
  readonly #turns = new Set<ClientTurn>();

  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax;
  }

  get length(): number {
    return this.#turns.size;
  }

  /** @throws {TooManyWaiting} @throws The signal's reason. */
  wait(headers: HeaderPairs, options: RequestOptions): Promise<ClientStream> {
    if (this.#turns.size >= this.#lengthMax) {
      throw new TooManyWaiting(`too many requests wait for the server: ${this.#lengthMax} may`);
    }
    const { signal } = options;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#turns.delete(turn);
        reject(signal?.reason);
      };
      const turn: ClientTurn = {
        headers,
        options,
        resolve: (stream) => {
          signal?.removeEventListener("abort", onAbort);
          resolve(stream);
        },
        reject: (reason) => {
          signal?.removeEventListener("abort", onAbort);
          reject(reason);
        },
      };
      this.#turns.add(turn);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Takes the first one out. */
  next(): ClientTurn | undefined {
    for (const turn of this.#turns) {
      this.#turns.delete(turn);
      return turn;
    }
    return undefined;
  }

  /** Turns all away. */
  refuse(reason: Error): void {
    for (const turn of [...this.#turns]) {
      this.#turns.delete(turn);
      turn.reject(reason);
    }
  }
}
