/**
 * Everything that changed a disk, in the order in which the requests came, kept in two files: `writes.jsonl` has a line
 * a record, `writes.data` the bytes written.
 */
// @ts-types="types/std_path_posix.d.ts"
import { join } from "@std/path/posix";
import { firstNonZero } from "../../../fs/zero_bytes.ts";

/** One request. */
export type LogRecord = {
  /** What an outside witness had counted when the request came, such as the bytes on a console. */
  readonly witness: number;
} & (LoggedWrite | LoggedFlush);

/** Bytes at a place. */
export interface LoggedWrite {
  readonly kind: "write" | "zero" | "trim";
  readonly offset: number;
  readonly length: number;
  /** Where a write's bytes are in the file of data. */
  readonly at: number;
  /** Answered only when safe. */
  readonly fua: boolean;
}

/** A demand that what was answered before it came be safe. */
export interface LoggedFlush {
  readonly kind: "flush";
  /** Records before this one (the first `covers` of the log) had been answered when it came. */
  readonly covers: number;
}

/** Records of one log at most: a boot makes some hundreds; what reads a log holds all of them. */
export const RECORDS_MAX = 400_000;

/** Bytes of data of one log at most. */
const LOG_BYTES_MAX = 2 ** 31;

/** Bytes copied at once. */
const COPY_BYTES = 1024 * 1024;

/** Appends to a log. Holds nothing in memory but counters. */
export class WriteLog implements Disposable {
  readonly #records: Deno.FsFile;
  readonly #data: Deno.FsFile;
  #count = 0;
  #dataBytes = 0;

  /** @param directory Where the log is made; it has none yet. */
  constructor(directory: string) {
    const options = { write: true, createNew: true, mode: 0o600 };
    using undo = new DisposableStack();
    this.#records = undo.use(Deno.openSync(join(directory, "writes.jsonl"), options));
    this.#data = undo.use(Deno.openSync(join(directory, "writes.data"), options));
    undo.move();
  }

  /** Records so far. */
  get count(): number {
    return this.#count;
  }

  /** @throws {RangeError} The log is full. */
  append(
    record:
      | { readonly kind: "write"; readonly offset: number; readonly data: Uint8Array; fua: boolean }
      | { readonly kind: "zero" | "trim"; offset: number; length: number; fua: boolean }
      | LoggedFlush,
    witness: number,
  ): LogRecord {
    if (this.#count >= RECORDS_MAX || this.#dataBytes >= LOG_BYTES_MAX) {
      throw new RangeError(`Cannot log more than ${RECORDS_MAX} records`);
    }
    const kept = this.#kept(record, witness);
    writeAll(this.#records, new TextEncoder().encode(`${JSON.stringify(kept)}\n`));
    this.#count++;
    return kept;
  }

  #kept(record: Parameters<WriteLog["append"]>[0], witness: number): LogRecord {
    if (record.kind !== "write") {
      return record.kind === "flush" ? { ...record, witness } : {
        ...record,
        at: 0,
        witness,
      };
    }
    const { kind, offset, data, fua } = record;
    const at = this.#dataBytes;
    writeAll(this.#data, data);
    this.#dataBytes += data.length;
    return { kind, offset, length: data.length, at, fua, witness };
  }

  [Symbol.dispose](): void {
    this.#records.close();
    this.#data.close();
  }
}

/** The records of the log in `directory`. */
export async function readWriteLog(directory: string): Promise<readonly LogRecord[]> {
  const text = await Deno.readTextFile(join(directory, "writes.jsonl"));
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** Opens the bytes of the log in `directory`. */
export function openLogData(directory: string): Deno.FsFile {
  return Deno.openSync(join(directory, "writes.data"), { read: true });
}

/** A part of a logged write: from its byte `from` to its byte `to`. */
export interface WritePart {
  readonly write: LoggedWrite;
  readonly from: number;
  readonly to: number;
}

/** Does part of a logged write to `disk`; what was trimmed reads as zero. */
export function applyPart(disk: Deno.FsFile, data: Deno.FsFile, part: WritePart): void {
  const { write } = part;
  const buffer = new Uint8Array(Math.min(COPY_BYTES, part.to - part.from));
  for (let from = part.from; from < part.to; from += buffer.length) {
    const piece = buffer.subarray(0, Math.min(buffer.length, part.to - from));
    if (write.kind === "write") {
      data.seekSync(write.at + from, Deno.SeekMode.Start);
      readAll(data, piece);
    }
    writePiece(disk, write.offset + from, piece, write.kind !== "write");
  }
}

/** Zeroes over a hole leave it one: disks of a gigabyte stay small. */
function writePiece(disk: Deno.FsFile, offset: number, piece: Uint8Array, isZero: boolean): void {
  if (isZero) {
    const there = new Uint8Array(piece.length);
    disk.seekSync(offset, Deno.SeekMode.Start);
    readAll(disk, there);
    if (firstNonZero(there) === -1) return;
    piece.fill(0);
  }
  disk.seekSync(offset, Deno.SeekMode.Start);
  writeAll(disk, piece);
}

/** Fills `buffer`. @throws {RangeError} The file ends before. */
export function readAll(file: Deno.FsFile, buffer: Uint8Array): void {
  for (let at = 0; at < buffer.length;) {
    const count = file.readSync(buffer.subarray(at));
    if (count === null) throw new RangeError("Cannot read on: the file ends");
    at += count;
  }
}

export function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}
