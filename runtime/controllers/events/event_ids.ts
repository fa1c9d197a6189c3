/** Names of events that sort by time: twelve bytes as xid has them, in the alphabet of base32hex. */
import type { Clock, Random } from "../../core/ports.ts";

/** Digits in the order of their values, which is the order of their characters too. */
const ALPHABET = "0123456789abcdefghijklmnopqrstuv";

/** Characters of a name: 96 bits, five in each. */
const ID_LENGTH = 20;

/** Bits that count the names of one second; more than fit borrow from the second after it. */
const COUNT_BITS = 24n;

const ID_REGEXP = /^[0-9a-v]{20}$/;

/** Whether a text could be the name of an event. */
export function isEventId(text: string): boolean {
  return ID_REGEXP.test(text);
}

/** Gives names. Each is greater than the one before, however the clock jumps. */
export class EventIds {
  readonly #clock: Clock;
  /** In place of machine and process: five bytes by chance. */
  readonly #place: bigint;
  /** Second and count of the last name, as one number. */
  #last = 0n;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock;
    this.#place = random.bytes(5).reduce((value, byte) => value << 8n | BigInt(byte), 0n);
  }

  /** The next name. */
  next(): string {
    const now = BigInt.asUintN(32, this.#clock.now().seconds) << COUNT_BITS;
    this.#last = now > this.#last ? now : this.#last + 1n;
    const second = this.#last >> COUNT_BITS;
    const count = BigInt.asUintN(Number(COUNT_BITS), this.#last);
    return encoded(second << 64n | this.#place << COUNT_BITS | count);
  }
}

/** Ninety-six bits from the left, the last character with four zeros at its end. */
function encoded(bits: bigint): string {
  let rest = bits << 4n;
  let text = "";
  for (let at = 0; at < ID_LENGTH; at++) {
    text = `${ALPHABET[Number(rest & 31n)]}${text}`;
    rest >>= 5n;
  }
  return text;
}
