/** Header blocks of the server's answers: whole, readable, and lists of the right form at the right place. */
import type { AnsweredStream, AnsweredStreams } from "./answered_streams.ts";
import type { CutFrame } from "./frame_cutter.ts";
import { HpackReader, HpackRefusal } from "./hpack_reader.ts";

const NAME_REGEXP = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const STATUS_REGEXP = /^[1-5][0-9][0-9]$/;

export class AnswerBlocks {
  readonly #streams: AnsweredStreams;
  readonly #faults: string[];
  readonly #hpack = new HpackReader();
  #block: { readonly id: number; readonly ends: boolean; bytes: number[] } | undefined;

  constructor(streams: AnsweredStreams, faults: string[]) {
    this.#streams = streams;
    this.#faults = faults;
  }

  /** Whether a frame may not come now: CONTINUATION of the open block must. */
  forbids({ type, streamId }: CutFrame): boolean {
    return this.#block !== undefined && (type !== 9 || streamId !== this.#block.id);
  }

  /** The client has let the table be of other sizes. */
  allow(least: number, last: number): void {
    this.#hpack.allow(least, last);
  }

  onHeaders({ flags, streamId, payload }: CutFrame): void {
    this.#streams.mustBeOpen(streamId);
    if ((flags & ~5) !== 0) this.#fault(`HEADERS with flags ${flags}`);
    this.#block = { id: streamId, ends: (flags & 1) !== 0, bytes: [...payload] };
    if ((flags & 4) !== 0) this.#blockEnds();
  }

  onContinuation({ flags, payload }: CutFrame): void {
    if (this.#block === undefined) return this.#fault("CONTINUATION of nothing");
    this.#block.bytes.push(...payload);
    if ((flags & 4) !== 0) this.#blockEnds();
  }

  #fault(text: string): void {
    this.#faults.push(text);
  }

  #blockEnds(): void {
    const block = this.#block;
    this.#block = undefined;
    if (block === undefined) return;
    const { id, ends } = block;
    const stream = this.#streams.of(id);
    try {
      this.#list(stream, this.#hpack.read(Uint8Array.from(block.bytes)), ends);
    } catch (error) {
      if (!(error instanceof HpackRefusal)) throw error;
      this.#fault(`a header block that cannot be read: ${error.message}`);
    }
    if (ends) stream.phase = "ended";
  }

  #list(stream: AnsweredStream, pairs: readonly string[], ends: boolean): void {
    const names = pairs.filter((_, index) => index % 2 === 0);
    if (names.some((name) => !NAME_REGEXP.test(name))) {
      this.#fault(`names ${JSON.stringify(names)}`);
    }
    const pseudo = names.filter((name) => name.startsWith(":"));
    if (stream.phase === "headers") {
      if (!ends || pseudo.length > 0) this.#fault(`HEADERS ${pairs} in the middle of an answer`);
      stream.trailers = pairs;
      return;
    }
    const [first, status = ""] = pairs;
    if (first !== ":status" || pseudo.length !== 1 || !STATUS_REGEXP.test(status)) {
      this.#fault(`HEADERS ${pairs} without a status`);
    }
    if (status.startsWith("1") && ends) this.#fault(`status ${status} at the end`);
    if (status.startsWith("1")) return;
    stream.phase = "headers";
    stream.status = status;
  }
}
