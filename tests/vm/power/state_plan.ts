/** Which states of a recorded run are looked at. */
import { Draw } from "../../fuzz/draw.ts";
import type { DiskManners } from "../nbd/disk_states.ts";
import type { LogRecord } from "../nbd/write_log.ts";
import { PARTITION_AT } from "./power_disk.ts";
import type { StateRequest } from "./state_maker.ts";

/** Of a hundred states of a run that makes the volume, those from its making. */
const MAKING_PERCENT = 40;

/**
 * Records until the volume is made: the last one of the partition table, whose mark is cleared when the file system is
 * mounted for the first time. 0 where the run made none.
 */
export function makingRecords(log: readonly LogRecord[]): number {
  return log.findLastIndex((record) => record.kind !== "flush" && record.offset < PARTITION_AT) + 1;
}

/** While the volume is made every sector may be torn; from then on XFS has its blocks whole. */
export function mannersAt(log: readonly LogRecord[], records: number): DiskManners {
  return { heedsFlush: true, atomicBytes: records <= makingRecords(log) ? 512 : 4096 };
}

/** `count` states in the order of their cuts; the same for the same seed. */
export function planStates(
  log: readonly LogRecord[],
  options: { readonly count: number; readonly seed: number },
): readonly StateRequest[] {
  const draw = new Draw(options.seed);
  const making = makingRecords(log);
  const states = Array.from({ length: options.count }, () => {
    const isMaking = making > 0 && draw.below(100) < MAKING_PERCENT;
    const records = isMaking
      ? draw.below(making) + 1
      : making + draw.below(log.length - making + 1);
    return { records, seed: draw.below(2 ** 31), manners: mannersAt(log, records) };
  });
  return states.sort((a, b) => a.records - b.records);
}
