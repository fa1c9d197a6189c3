/**
 * What may be on a recorded disk after a power cut.
 *
 * What was answered before a completed flush came is there. Of what came after, each sector is as any of the writes to
 * it left it, or as it was before them: writes are lost, reordered and torn, but never within a sector.
 */
import type { Draw } from "../../fuzz/draw.ts";
import { SECTOR_BYTES } from "./protocol.ts";
import { applyPart, type LoggedWrite, type LogRecord, type WritePart } from "./write_log.ts";

/** A power cut of a recorded run. */
export interface PowerCut {
  /** The first `records` records of the log had come. */
  readonly records: number;
  /** The first `safe` of them are there, whole. */
  readonly safe: number;
}

/** How the disk keeps its promises. */
export interface DiskManners {
  /** Whether it makes safe what it is told to. An honest one does. */
  readonly heedsFlush: boolean;
  /**
   * Bytes that are never torn where a write fills them: a sector of 512, or the 4096 that disks have inside nowadays.
   * XFS counts on the latter for its blocks: of one that has its first sector from the new write and its last from the
   * old, the replay believes the first, which says that the block is as new as the log.
   */
  readonly atomicBytes: 512 | 4096;
}

/** A disk that heeds flushes and tears everywhere. */
export const HONEST: DiskManners = { heedsFlush: true, atomicBytes: 512 };

/** Pieces of a torn write at most. */
const PIECES_MAX = 8;

/** Of a hundred writes, those that are on the disk; drawn for each state. */
const KEPT_PERCENT = [0, 10, 50, 50, 90, 100] as const;

/** The cut after the first `records` records. */
export function cutAfter(
  log: readonly LogRecord[],
  records: number,
  manners: DiskManners = HONEST,
): PowerCut {
  let safe = 0;
  for (const record of log.slice(0, records)) {
    if (record.kind === "flush" && manners.heedsFlush) safe = Math.max(safe, record.covers);
  }
  return { records, safe };
}

/** The parts of unsafe writes that are on the disk after `cut`, in their order; the same for the same draw. */
export function survivors(
  log: readonly LogRecord[],
  cut: PowerCut,
  draw: Draw,
  manners: DiskManners = HONEST,
): readonly WritePart[] {
  const keptPercent = draw.pick(KEPT_PERCENT);
  const tornPercent = draw.pick([0, 30, 100]);
  return log.slice(cut.safe, cut.records).flatMap((write) => {
    if (write.kind === "flush") return [];
    const whole = [{ write, from: 0, to: write.length }];
    if (write.fua && manners.heedsFlush) return whole;
    if (draw.below(100) >= keptPercent) return [];
    return draw.below(100) < tornPercent ? torn(write, draw, manners.atomicBytes) : whole;
  });
}

/** Some of its sectors, in runs: at most half of {@linkcode PIECES_MAX}. */
function torn(write: LoggedWrite, draw: Draw, atomicBytes: number): readonly WritePart[] {
  const isFilling = write.offset % atomicBytes === 0 && write.length % atomicBytes === 0;
  const pieceBytes = isFilling ? atomicBytes : SECTOR_BYTES;
  const pieces = Math.ceil(write.length / pieceBytes);
  const seams = Array.from({ length: draw.below(PIECES_MAX) + 1 }, () => draw.below(pieces + 1));
  const edges = [0, ...seams.sort((a, b) => a - b), pieces];
  const first = draw.below(2);
  return edges.slice(1).flatMap((end, index) => {
    const start = edges[index] ?? 0;
    if (index % 2 !== first || start === end) return [];
    return [{ write, from: start * pieceBytes, to: Math.min(end * pieceBytes, write.length) }];
  });
}

/** Goes through a recorded run from its begin, keeping the disk as it safely is. */
export class SafeImage implements Disposable {
  readonly #log: readonly LogRecord[];
  readonly #data: Deno.FsFile;
  readonly #image: Deno.FsFile;
  #applied = 0;

  /** @param image The disk as it was before the run; changed. */
  constructor(log: readonly LogRecord[], data: Deno.FsFile, image: string) {
    this.#log = log;
    this.#data = data;
    this.#image = Deno.openSync(image, { read: true, write: true });
  }

  /** Does what is safe at `cut`. @throws {RangeError} It was further already. */
  advance(cut: PowerCut): void {
    if (cut.safe < this.#applied) throw new RangeError("Cannot go back");
    for (const write of this.#log.slice(this.#applied, cut.safe)) {
      if (write.kind === "flush") continue;
      applyPart(this.#image, this.#data, { write, from: 0, to: write.length });
    }
    this.#applied = cut.safe;
  }

  [Symbol.dispose](): void {
    this.#image.close();
  }
}

/** Does `parts` to the image at `path`. */
export function applyParts(path: string, data: Deno.FsFile, parts: readonly WritePart[]): void {
  using disk = Deno.openSync(path, { read: true, write: true });
  for (const part of parts) applyPart(disk, data, part);
}
