/**
 * What a service wrote last: whole lines with the time they came at, in blocks of fixed size, the oldest of which gives
 * way. Readers hold a place in it and no bytes, so neither a fast writer nor a slow reader makes it grow; a reader whose
 * place has given way is told how many lines it missed.
 *
 * A block is a row of records; a record is a header (time in nanoseconds, bytes, lines) and the lines that came at once.
 */
import { LINE_BYTES_MAX } from "./line_cutter.ts";

/** Bytes a service's log may take: some ten thousand lines. */
export const LOG_BYTES_MAX = 1024 * 1024;

/** Bytes that give way at once. */
const BLOCK_BYTES = 64 * 1024;
const BLOCKS_MAX = LOG_BYTES_MAX / BLOCK_BYTES;
/** Of a record: time (8), length (4), lines (4). */
const HEADER_BYTES = 16;
/** Bytes of lines given to a reader at once. */
const READ_BYTES_MAX = 64 * 1024;
/** Characters of {@linkcode ServiceLog.lastLine}: enough to say why a service ended. */
const LAST_LINE_CHARACTERS_MAX = 256;

const LF = 0x0a;

/** Lines that came at once. */
export interface LogRecord {
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  /** Each with its end. */
  readonly lines: Uint8Array<ArrayBuffer>;
}

/** Which lines. */
export interface LogReading {
  /** Lines from the end; all that are kept unless given. */
  readonly tailLines?: number | undefined;
  /** Whether to go on with what comes, until the log is closed. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

interface Block {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly header: DataView<ArrayBuffer>;
  /** Counts blocks. */
  readonly sequence: number;
  /** Number of its first line. */
  readonly firstLine: number;
  used: number;
}

/** A place between two lines. */
interface Place {
  line: number;
  /** Block and offset of the record the line is in. */
  sequence: number;
  offset: number;
  /** Number of that record's first line. */
  recordLine: number;
}

/** The log of one service. */
export class ServiceLog {
  #blocks: Block[] = [];
  #sequence = 0;
  #nextLine = 0;
  #isClosed = false;
  readonly #waiters = new Set<() => void>();

  /** How many lines were ever written. */
  get lineCount(): number {
    return this.#nextLine;
  }

  /** Bytes it holds in memory. */
  get memoryBytes(): number {
    return this.#blocks.length * BLOCK_BYTES;
  }

  /**
   * Adds whole lines.
   *
   * @param lines Copied.
   * @param time Nanoseconds since 1970.
   * @throws {RangeError} More than {@linkcode LINE_BYTES_MAX} of them, or the last one has no end.
   */
  append(lines: Uint8Array, time: bigint): void {
    if (lines.length > LINE_BYTES_MAX || lines.at(-1) !== LF) {
      const size = `${lines.length} bytes`;
      throw new RangeError(`Cannot log ${size}: they may be ${LINE_BYTES_MAX}, of whole lines`);
    }
    if (this.#isClosed) return;
    const block = this.#roomFor(HEADER_BYTES + lines.length);
    const count = linesIn(lines);
    block.header.setBigUint64(block.used, time);
    block.header.setUint32(block.used + 8, lines.length);
    block.header.setUint32(block.used + 12, count);
    block.bytes.set(lines, block.used + HEADER_BYTES);
    block.used += HEADER_BYTES + lines.length;
    this.#nextLine += count;
    this.#wake();
  }

  /** Readers end when they have read all of it; nothing is added any more. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  /**
   * Gives the lines, at most 64 KiB at once, each batch made when it is asked for. What gave way meanwhile is told by a
   * line in its place. Ends when `signal` aborts, and without `follow` at what was there when it began.
   */
  async *read(
    { tailLines, follow, signal }: LogReading,
  ): AsyncGenerator<readonly LogRecord[], void> {
    const first = this.#blocks[0]?.firstLine ?? 0;
    const end = this.#nextLine;
    const place = this.#placeOf(Math.max(first, end - (tailLines ?? Infinity)));
    while (!signal.aborted && (follow || place.line < end)) {
      const records = this.#take(place, follow ? Infinity : end);
      if (records.length > 0) yield records;
      else if (this.#isClosed || !follow) return;
      else await this.#more(signal);
    }
  }

  /** The last line written since there were `since` lines, cut at 256 characters; "" where there is none. */
  lastLine(since: number): string {
    if (this.#nextLine <= since) return "";
    const [record] = this.#take(this.#placeOf(this.#nextLine - 1), Infinity);
    const text = new TextDecoder().decode(record?.lines).trimEnd();
    return [...text].slice(0, LAST_LINE_CHARACTERS_MAX).join("");
  }

  #roomFor(bytes: number): Block {
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.used + bytes <= BLOCK_BYTES) return last;
    const oldest = this.#blocks.length < BLOCKS_MAX ? undefined : this.#blocks.shift();
    const room = oldest?.bytes ?? new Uint8Array(BLOCK_BYTES);
    const block = {
      bytes: room,
      header: new DataView(room.buffer),
      sequence: this.#sequence++,
      firstLine: this.#nextLine,
      used: 0,
    };
    this.#blocks.push(block);
    return block;
  }

  #placeOf(line: number): Place {
    const block = this.#blocks.findLast(({ firstLine }) => firstLine <= line);
    const recordLine = block?.firstLine ?? 0;
    return { line, sequence: block?.sequence ?? 0, offset: 0, recordLine };
  }

  /** What lies at `place` and before the line `end`, and moves it on; empty where there is nothing yet. */
  #take(place: Place, end: number): readonly LogRecord[] {
    const lost = this.#skipLost(place);
    const records = lost === undefined ? [] : [lost];
    let bytes = lost?.lines.length ?? 0;
    while (place.line < end) {
      const block = this.#blockAt(place);
      if (block === undefined) break;
      const length = block.header.getUint32(place.offset + 8);
      if (bytes + length > READ_BYTES_MAX) break;
      const count = block.header.getUint32(place.offset + 12);
      const start = place.offset + HEADER_BYTES;
      const whole = block.bytes.subarray(start, start + length);
      const skipped = place.line - place.recordLine;
      if (skipped < count) {
        const wanted = Math.min(count, end - place.recordLine);
        const lines = linesFrom(whole, skipped, wanted);
        records.push({ time: block.header.getBigUint64(place.offset), lines });
        bytes += length;
        place.line = place.recordLine + wanted;
        if (wanted < count) break;
      }
      place.offset = start + length;
      place.recordLine += count;
    }
    return records;
  }

  /** The block that `place` lies in; where that is full, the next. */
  #blockAt(place: Place): Block | undefined {
    const index = place.sequence - (this.#blocks[0]?.sequence ?? 0);
    const block = this.#blocks[index];
    if (block === undefined || place.offset < block.used) return block;
    const next = this.#blocks[index + 1];
    if (next === undefined) return undefined;
    [place.sequence, place.offset, place.recordLine] = [next.sequence, 0, next.firstLine];
    return next;
  }

  #skipLost(place: Place): LogRecord | undefined {
    const oldest = this.#blocks[0];
    if (oldest === undefined || place.sequence >= oldest.sequence) return undefined;
    const lost = oldest.firstLine - place.line;
    Object.assign(place, {
      line: Math.max(place.line, oldest.firstLine),
      sequence: oldest.sequence,
      offset: 0,
      recordLine: oldest.firstLine,
    });
    if (lost <= 0) return undefined;
    const text = `... ${lost} lines are lost: they were written faster than read\n`;
    return { time: oldest.header.getBigUint64(0), lines: new TextEncoder().encode(text) };
  }

  /** Resolves when there is more, the log is closed, or `signal` aborts. */
  #more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const waiter = (): void => {
        this.#waiters.delete(waiter);
        signal.removeEventListener("abort", waiter);
        resolve();
      };
      this.#waiters.add(waiter);
      signal.addEventListener("abort", waiter, { once: true });
    });
  }

  #wake(): void {
    for (const waiter of this.#waiters) waiter();
  }
}

function linesIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === LF) count++;
  return count;
}

/** A copy of the lines from `first` to before `end`. */
function linesFrom(bytes: Uint8Array, first: number, end: number): Uint8Array<ArrayBuffer> {
  let [line, start, at] = [0, 0, 0];
  for (; line < end; line++) {
    if (line === first) start = at;
    at = bytes.indexOf(LF, at) + 1;
  }
  return bytes.slice(start, at);
}
