/** The disk of a recorded run as a power cut may leave it, as image files. */
// @ts-types="types/std_path_posix.d.ts"
import { join } from "@std/path/posix";
import { Draw } from "../../fuzz/draw.ts";
import {
  applyParts,
  cutAfter,
  type DiskManners,
  SafeImage,
  survivors,
} from "../nbd/disk_states.ts";
import { type LogRecord, openLogData, readWriteLog } from "../nbd/write_log.ts";

/** One state of the disk: which cut of a run, and what drew the fate of what was not safe. */
export interface StateRequest {
  readonly records: number;
  readonly seed: number;
  readonly manners: DiskManners;
}

/** Makes the states of a run, in the order of their cuts. */
export class StateMaker implements Disposable {
  readonly #log: readonly LogRecord[];
  readonly #data: Deno.FsFile;
  readonly #safe: SafeImage;
  readonly #safePath: string;

  private constructor(log: readonly LogRecord[], folder: string, safePath: string) {
    this.#log = log;
    this.#data = openLogData(folder);
    this.#safePath = safePath;
    this.#safe = new SafeImage(log, this.#data, safePath);
  }

  /** @param scratch Where the disk as it safely is is kept; removed at the end. */
  static async open(folder: string, scratch: string): Promise<StateMaker> {
    await copySparse(join(folder, "base.img"), scratch);
    return new StateMaker(await readWriteLog(folder), folder, scratch);
  }

  get records(): number {
    return this.#log.length;
  }

  /** What the witness had counted by a cut: it had happened. */
  witnessAt(records: number): number {
    return this.#log[records - 1]?.witness ?? 0;
  }

  /** Makes one state at `path`. @throws {RangeError} A cut before the last one. */
  async make(path: string, request: StateRequest): Promise<void> {
    const cut = cutAfter(this.#log, request.records, request.manners);
    this.#safe.advance(cut);
    await copySparse(this.#safePath, path);
    const parts = survivors(this.#log, cut, new Draw(request.seed), request.manners);
    applyParts(path, this.#data, parts);
  }

  [Symbol.dispose](): void {
    this.#safe[Symbol.dispose]();
    this.#data.close();
    Deno.removeSync(this.#safePath);
  }
}

/** Copies a disk image, its holes left holes. */
export async function copySparse(from: string, to: string): Promise<void> {
  const args = ["--sparse=always", "--reflink=auto", from, to];
  const { code, stderr } = await new Deno.Command("cp", { args }).output();
  if (code !== 0) throw new Error(`Cannot copy "${from}": ${new TextDecoder().decode(stderr)}`);
}
