/** What a client says in one sequence, drawn from a seed: frames by the grammar, some of them damaged. */
import { PREFACE } from "../../api/http2/frame_types.ts";
import type { Draw } from "./draw.ts";
import { BAD_LISTS, BlockWriter, GOOD_LISTS, TRAILERS } from "./header_blocks.ts";

/** Frames of a part, at most; and parts. */
const FRAMES_MAX = 5;
const PARTS_MAX = 4;

const INT31_MAX = 2 ** 31 - 1;
const BYTES = new Uint8Array(16_400).map((_, index) => index % 253);

interface DrawnFrame {
  type: number;
  flags: number;
  id: number;
  payload: ArrayLike<number>;
  /** What its header says of its length, where that is not so. */
  length?: number;
}

/** What comes at once; all of it takes effect before the next part. */
export interface Part {
  readonly bytes: Uint8Array;
  /** Milliseconds that pass after it. */
  readonly tickMs: number;
}

export function drawParts(draw: Draw): Part[] {
  return new ScriptWriter(draw).parts();
}

class ScriptWriter {
  readonly #draw: Draw;
  readonly #blocks: BlockWriter;
  /** Streams whose requests go on. */
  #open: number[] = [];
  #next = 1;
  /** Whether anything is damaged: half of all sequences are right throughout. */
  readonly #damages: boolean;

  constructor(draw: Draw) {
    this.#draw = draw;
    this.#blocks = new BlockWriter(draw);
    this.#damages = draw.once(2);
  }

  parts(): Part[] {
    const draw = this.#draw;
    const count = 1 + draw.below(PARTS_MAX);
    const parts: Part[] = [];
    for (let index = 0; index < count; index++) {
      const frames: DrawnFrame[] = index === 0 ? this.#greeting() : [];
      for (let left = 1 + draw.below(FRAMES_MAX); left > 0; left--) frames.push(...this.#story());
      if (this.#damages) this.#damage(frames);
      const bytes = frames.flatMap((frame) => bytesOf(frame));
      const chunks = index === 0 ? [this.#preface(), ...bytes] : bytes;
      parts.push({ bytes: joined(chunks), tickMs: draw.once(12) ? draw.below(9000) : 0 });
    }
    return parts;
  }

  #preface(): Uint8Array {
    if (!this.#damages || !this.#draw.once(24)) return new Uint8Array(PREFACE);
    const preface = new Uint8Array(PREFACE);
    preface[this.#draw.below(24)] = this.#draw.below(256);
    return preface.subarray(0, 24 - (this.#draw.once(3) ? this.#draw.below(24) : 0));
  }

  #greeting(): DrawnFrame[] {
    const frames: DrawnFrame[] = [];
    if (!this.#damages || !this.#draw.once(20)) {
      const isPlain = this.#draw.once(2);
      frames.push(isPlain ? { type: 4, flags: 0, id: 0, payload: [] } : this.#settings());
    }
    if (!this.#draw.once(6)) frames.push({ type: 4, flags: 1, id: 0, payload: [] });
    return frames;
  }

  /** One frame, or a few that belong together. */
  #story(): DrawnFrame[] {
    const draw = this.#draw;
    if (draw.once(this.#open.length > 0 ? 80 : 160)) return this.#flood();
    switch (draw.below(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
        return this.#request();
      case 5:
      case 6:
      case 7:
        return [this.#data()];
      case 8:
        return this.#trailers();
      case 9:
        return [this.#reset()];
      case 10:
      case 11:
        return [this.#windowUpdate()];
      case 12:
        return [this.#settings()];
      case 13:
        return [{ type: 6, flags: draw.once(4) ? 1 : 0, id: 0, payload: this.#some(8) }];
      case 14:
        return [this.#priority()];
      default:
        return [this.#odd()];
    }
  }

  #request(): DrawnFrame[] {
    const draw = this.#draw;
    const isBad = draw.once(10);
    const pairs = draw.pick(isBad ? BAD_LISTS : GOOD_LISTS);
    const id = this.#next;
    this.#next += draw.once(12) ? 4 : 2;
    const ends = draw.once(2);
    if (!ends) this.#open.push(id);
    return this.#headers(id, { pairs, ends });
  }

  #trailers(): DrawnFrame[] {
    const id = this.#someOpen();
    this.#open = this.#open.filter((other) => other !== id);
    const pairs = this.#draw.once(3) ? this.#draw.pick(TRAILERS) : TRAILERS[0];
    return this.#headers(id, { pairs, ends: !this.#draw.once(10) });
  }

  #headers(
    id: number,
    { pairs, ends }: { readonly pairs: readonly string[]; readonly ends: boolean },
  ): DrawnFrame[] {
    const draw = this.#draw;
    let block = this.#blocks.write(pairs);
    if (this.#damages && draw.once(12)) block = this.#damageBlock(block);
    const cuts = draw.once(6) ? 1 + draw.below(3) : 0;
    const frames: DrawnFrame[] = [];
    for (let index = 0; index <= cuts; index++) {
      const size = index === cuts ? block.length : draw.below(block.length + 1);
      const part = block.slice(0, size);
      block = block.slice(size);
      const end = index === cuts ? 4 : 0;
      if (index > 0) frames.push({ type: 9, flags: end, id, payload: part });
      else frames.push(this.#firstOf({ type: 1, flags: end | (ends ? 1 : 0), id, payload: part }));
    }
    return frames;
  }

  #firstOf(frame: DrawnFrame): DrawnFrame {
    const draw = this.#draw;
    let payload = [...Array.from(frame.payload)];
    let { flags } = frame;
    if (draw.once(8)) {
      flags |= 0x20;
      const parent = draw.once(20) ? frame.id : draw.below(3) * 200;
      payload = [...uint32(parent), draw.below(256), ...payload];
    }
    if (draw.once(8)) {
      flags |= 8;
      const padding = draw.below(20);
      payload = [padding, ...payload, ...new Uint8Array(padding)];
    }
    return { ...frame, flags, payload };
  }

  /** More than the least window of a connection. */
  #flood(): DrawnFrame[] {
    const payload = this.#some(16_384);
    const frames: DrawnFrame[] = [];
    if (this.#draw.once(2)) {
      this.#open = [this.#next];
      frames.push(...this.#headers(this.#next, { pairs: GOOD_LISTS[1] ?? [], ends: false }));
      this.#next += 2;
    }
    const id = this.#someOpen();
    while (frames.length < 5) frames.push({ type: 0, flags: 0, id, payload });
    return frames;
  }

  #data(): DrawnFrame {
    const draw = this.#draw;
    const id = this.#someOpen();
    const ends = draw.once(2);
    if (ends) this.#open = this.#open.filter((other) => other !== id);
    const size = draw.pick([0, 1, 10, 10, 90, 100, 100, 500, 1500, 16_384]);
    const payload = this.#some(size === 16_384 && !draw.once(4) ? 200 : size);
    if (!draw.once(6)) return { type: 0, flags: ends ? 1 : 0, id, payload };
    const padding = draw.below(100);
    const padded = [padding, ...payload.subarray(0, 1000), ...new Uint8Array(padding)];
    return { type: 0, flags: ends ? 9 : 8, id, payload: padded };
  }

  #reset(): DrawnFrame {
    const id = this.#someBegun();
    this.#open = this.#open.filter((other) => other !== id);
    const code = this.#draw.once(8) ? 0xffff_ffff : this.#draw.below(14);
    return { type: 3, flags: 0, id, payload: uint32(code) };
  }

  #windowUpdate(): DrawnFrame {
    const draw = this.#draw;
    const id = draw.once(2) ? 0 : this.#someBegun();
    const isOdd = draw.once(12);
    const increment = isOdd
      ? draw.pick([0, INT31_MAX, INT31_MAX - 65_535, 2 ** 31])
      : draw.pick([1, 100, 1000, 20_000, 65_535, 1 << 20]);
    return { type: 8, flags: 0, id, payload: uint32(increment) };
  }

  #settings(): DrawnFrame {
    const draw = this.#draw;
    const payload: number[] = [];
    for (let left = draw.below(4); left > 0; left--) {
      const identifier = draw.once(12) ? draw.below(20) : draw.pick([1, 3, 4, 4, 6]);
      payload.push(0, identifier, ...uint32(this.#settingValue(identifier)));
    }
    return { type: 4, flags: 0, id: 0, payload };
  }

  #settingValue(identifier: number): number {
    const draw = this.#draw;
    if (this.#damages && draw.once(10)) return draw.pick([2 ** 31, 2 ** 32 - 1, 0, INT31_MAX]);
    switch (identifier) {
      case 1:
        return draw.pick([0, 50, 200, 4096, 65_536]);
      case 2:
        return draw.below(2);
      case 4:
        return draw.pick([0, 1, 100, 5000, 65_535, 1 << 20]);
      case 5:
        return draw.pick([16_384, 2 ** 24 - 1, 20_000]);
      default:
        return draw.below(1000);
    }
  }

  #priority(): DrawnFrame {
    const id = this.#draw.once(3) ? 1 + this.#draw.below(50) : this.#someBegun();
    const parent = this.#draw.once(30) ? id : 100 + this.#draw.below(3);
    return { type: 2, flags: 0, id, payload: [...uint32(parent), this.#draw.below(256)] };
  }

  #odd(): DrawnFrame {
    const draw = this.#draw;
    const size = draw.below(12);
    if (!this.#damages) {
      return { type: 10 + draw.below(200), flags: draw.below(256), id: draw.below(9), payload: [] };
    }
    switch (draw.below(4)) {
      case 0:
        return { type: 7, flags: 0, id: 0, payload: this.#some(8 + size) };
      case 1:
        return { type: 5, flags: 4, id: this.#someBegun(), payload: [0, 0, 0, 2] };
      case 2:
        return { type: 9, flags: draw.below(8), id: this.#someBegun(), payload: [] };
      default:
        return {
          type: draw.below(12),
          flags: draw.below(256),
          id: draw.below(8),
          payload: this.#some(size),
        };
    }
  }

  /** A stream whose request goes on, now and then another. */
  #someOpen(): number {
    const { length } = this.#open;
    if (length === 0 || this.#draw.once(24)) return this.#someBegun();
    return this.#open[this.#draw.below(length)] ?? 1;
  }

  #someBegun(): number {
    const begun = Math.max(1, this.#next - 2);
    if (this.#damages && this.#draw.once(12)) return this.#draw.below(begun + 4);
    return 1 + 2 * this.#draw.below((begun + 1) >> 1);
  }

  #some(length: number): Uint8Array {
    const from = this.#draw.below(16);
    return BYTES.subarray(from, from + length);
  }

  #damageBlock(block: number[]): number[] {
    const draw = this.#draw;
    const at = draw.below(block.length + 1);
    switch (draw.below(5)) {
      case 0:
        return block.slice(0, at);
      case 1:
        return [...block.slice(0, at), 255, ...block.slice(at + 1)];
      case 2:
        return [...block.slice(0, at), draw.below(256), ...block.slice(at)];
      case 3:
        return [...block, ...block.slice(0, at)];
      default:
        return [...block.slice(0, at), 0x7f, 0xff, 0xff, 0xff, 0xff, 0x0f, ...block.slice(at)];
    }
  }

  #damage(frames: DrawnFrame[]): void {
    const draw = this.#draw;
    if (!draw.once(3)) return;
    const at = draw.below(frames.length);
    const frame = frames[at];
    if (frame === undefined) return;
    switch (draw.below(10)) {
      case 0:
        frame.flags ^= 1 << draw.below(8);
        break;
      case 1:
        frame.id = draw.pick([0, 1, 2, frame.id + 1, frame.id + 2, INT31_MAX, frame.id + 2 ** 31]);
        break;
      case 2:
        frame.payload = Array.from(frame.payload).slice(0, draw.below(frame.payload.length + 1));
        break;
      case 3:
        frame.payload = [...Array.from(frame.payload), draw.below(256)];
        break;
      case 4:
        frame.length = draw.once(3) ? 16_385 + draw.below(1 << 20) : draw.below(40);
        break;
      case 5:
        frame.type = draw.below(12);
        break;
      case 6:
        frames.splice(at, 1);
        break;
      case 7:
        frames.splice(at, 0, frame);
        break;
      case 8:
        frames.reverse();
        break;
      default: {
        const payload = Array.from(frame.payload);
        payload[draw.below(Math.max(1, payload.length))] = draw.below(256);
        frame.payload = payload;
      }
    }
  }
}

function bytesOf({ type, flags, id, payload, length = payload.length }: DrawnFrame): Uint8Array {
  const bytes = new Uint8Array(9 + payload.length);
  bytes.set([length >>> 16, length >>> 8, length, type, flags, ...uint32(id)]);
  bytes.set(payload, 9);
  return bytes;
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function uint32(value: number): number[] {
  return [value >>> 24 & 0xff, value >>> 16 & 0xff, value >>> 8 & 0xff, value & 0xff];
}
