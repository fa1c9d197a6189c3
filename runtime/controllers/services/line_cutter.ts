/** Cuts what a process writes into lines. */
import type { Clock } from "../../core/ports.ts";
import type { ServiceLog } from "./service_log.ts";

/** Bytes of a line with its end: as a longer one is read by nobody, it is cut there and goes on in the next. */
export const LINE_BYTES_MAX = 16 * 1024;

const LF = 0x0a;
const CR = 0x0d;
const NANOSECONDS = 1_000_000_000n;

/** One output of a process on its way to a log. What has no end yet is held back, at most {@linkcode LINE_BYTES_MAX} of it. */
export class LineCutter {
  readonly #log: ServiceLog;
  readonly #clock: Clock;
  /** Whole lines, and behind them one without an end. */
  readonly #held = new Uint8Array(LINE_BYTES_MAX);
  #used = 0;

  constructor(log: ServiceLog, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Takes what was written. Whole lines are in the log when it returns. */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      // One byte is kept for the end of a line that is cut.
      const room = LINE_BYTES_MAX - 1 - this.#used;
      const piece = chunk.subarray(at, at + room);
      const whole = piece.lastIndexOf(LF) + 1;
      at += this.#hold(whole > 0 ? piece.subarray(0, whole) : piece);
      if (whole > 0) this.#flush();
      else if (piece.length === room && at < chunk.length) {
        // The end that comes just now is its own.
        if (chunk[at] === LF) at++;
        this.end();
      }
    }
  }

  /** There is no more: what was held back is a line. */
  end(): void {
    if (this.#used === 0) return;
    this.#held[this.#used++] = LF;
    this.#flush();
  }

  #hold(bytes: Uint8Array): number {
    this.#held.set(bytes, this.#used);
    this.#used += bytes.length;
    return bytes.length;
  }

  #flush(): void {
    const lines = this.#held.subarray(0, this.#used);
    const kept = lines.includes(CR) ? withoutReturns(lines) : lines;
    this.#used = 0;
    const { seconds, nanos } = this.#clock.now();
    this.#log.append(kept, seconds * NANOSECONDS + BigInt(nanos));
  }
}

/** Takes each CR before an LF out, where it lies. */
function withoutReturns(lines: Uint8Array): Uint8Array {
  let length = 0;
  for (let at = 0; at < lines.length; at++) {
    const byte = lines[at] ?? 0;
    if (byte === CR && lines[at + 1] === LF) continue;
    lines[length++] = byte;
  }
  return lines.subarray(0, length);
}
