/** A disk in a file whose every change is logged, so that afterwards it can be had as any power cut would leave it. */
import {
  applyPart,
  type LoggedWrite,
  type LogRecord,
  openLogData,
  readAll,
  writeAll,
  WriteLog,
} from "./write_log.ts";

/** Where a recorded disk lives. */
export interface RecordedDiskPlace {
  /** The image; changed in place. */
  readonly image: string;
  /** Where its log is made. */
  readonly log: string;
}

/** What else is known when a request comes. */
export interface DiskObserver {
  /** Counted with each record; 0 unless given. */
  readonly witness?: () => number;
  /** Told of each record, in order, before it is answered. */
  readonly seen?: (record: LogRecord, index: number) => void;
}

/** Calls are synchronous; a write is in the log when they return. */
export class RecordedDisk implements Disposable {
  readonly sizeBytes: number;
  readonly #image: Deno.FsFile;
  readonly #log: WriteLog;
  readonly #data: Deno.FsFile;
  readonly #observer: DiskObserver;
  /** Records that were answered; answers keep the order of the requests. */
  #answered = 0;

  constructor(place: RecordedDiskPlace, observer: DiskObserver = {}) {
    using undo = new DisposableStack();
    this.#image = undo.use(Deno.openSync(place.image, { read: true, write: true }));
    this.#log = undo.use(new WriteLog(place.log));
    this.#data = undo.use(openLogData(place.log));
    this.#observer = observer;
    this.sizeBytes = this.#image.statSync().size;
    undo.move();
  }

  /** Records so far. */
  get records(): number {
    return this.#log.count;
  }

  /** Records that had been answered by now: what a flush that comes now must make safe. */
  get answered(): number {
    return this.#answered;
  }

  /** Everything logged so far has been answered. */
  answeredAll(): void {
    this.#answered = this.#log.count;
  }

  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const buffer = new Uint8Array(length);
    this.#image.seekSync(offset, Deno.SeekMode.Start);
    readAll(this.#image, buffer);
    return buffer;
  }

  write(offset: number, data: Uint8Array, fua: boolean): void {
    this.#append({ kind: "write", offset, data, fua });
    this.#image.seekSync(offset, Deno.SeekMode.Start);
    writeAll(this.#image, data);
  }

  /** Zeroes, or what may read as zeroes from now on. */
  clear(kind: "zero" | "trim", place: { offset: number; length: number }, fua: boolean): void {
    const write = this.#append({ kind, ...place, fua }) as LogRecord & LoggedWrite;
    applyPart(this.#image, this.#data, { write, from: 0, to: write.length });
  }

  /** @param covers {@linkcode RecordedDisk.answered} when the flush came. */
  flush(covers: number): void {
    this.#append({ kind: "flush", covers });
  }

  #append(record: Parameters<WriteLog["append"]>[0]): LogRecord {
    const kept = this.#log.append(record, this.#observer.witness?.() ?? 0);
    this.#observer.seen?.(kept, this.#log.count - 1);
    return kept;
  }

  [Symbol.dispose](): void {
    this.#image.close();
    this.#log[Symbol.dispose]();
    this.#data.close();
  }
}
