/** Refusals without an Error: what is refused by the hundred thousand must cost no more than what is answered. */
import { type Code, ConnectError } from "@connectrpc/connect";
import type { HeaderPairs } from "../http2/header_pairs.ts";
import { REFUSALS_PREPARED_MAX } from "../limits.ts";
import { refusedPairs } from "./status.ts";

/** Characters of a message whose answer is kept: longer ones quote what nobody else asks for. */
const MESSAGE_LENGTH_MAX = 200;

/** What a call is refused with: given back, not thrown. */
export class Refused {
  readonly code: Code;
  readonly message: string;

  constructor(code: Code, message: string) {
    this.code = code;
    this.message = message;
  }

  /** The same to be thrown. */
  toError(): ConnectError {
    return new ConnectError(this.message, this.code);
  }
}

/**
 * Whole answers of refusals, prepared for those that come again: a client that waits for a resource asks for it again and
 * again. Such a list is frozen and the same object each time, by which its encoding is found.
 */
export class PreparedRefusals {
  /** Undefined of what came once. The first is the oldest. */
  readonly #answers = new Map<string, HeaderPairs | undefined>();

  /** Headers and trailers in one. @param headers One of few constant lists. */
  of(headers: HeaderPairs, { code, message }: Refused): HeaderPairs {
    if (message.length > MESSAGE_LENGTH_MAX) return [...headers, ...refusedPairs(code, message)];
    const key = `${code} ${headers.length} ${headers[1]} ${message}`;
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const made = [...headers, ...refusedPairs(code, message)];
    if (this.#answers.has(key)) {
      this.#answers.set(key, Object.freeze(made));
      return made;
    }
    if (this.#answers.size === REFUSALS_PREPARED_MAX) this.#dropOldest();
    this.#answers.set(key, undefined);
    return made;
  }

  #dropOldest(): void {
    const { value } = this.#answers.keys().next();
    if (value !== undefined) this.#answers.delete(value);
  }
}
