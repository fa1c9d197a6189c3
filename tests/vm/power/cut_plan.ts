/** When the power of a machine goes. */
import type { Draw } from "../../fuzz/draw.ts";
import type { LogRecord } from "../nbd/write_log.ts";
import { PARTITION_AT } from "./power_disk.ts";

/** The steps of a first boot that its writes tell. */
export type DiskStep = "table" | "mkfs" | "first mount";

/** One cut. */
export type CutPlan =
  /** `more` records after the first one of a step of the first boot. */
  | { readonly at: "step"; readonly step: DiskStep; readonly more: number }
  /** `more` records after a ready machine began to keep files, half of them through an overlay. */
  | { readonly at: "overlay writes"; readonly more: number }
  /** After `times` replacements of /etc/hosts, while it keeps files and the next one is on its way. */
  | { readonly at: "etc file"; readonly times: number }
  /** At a moment of its life: `share` of a hundred of the time from the agent's first line until it kept files. */
  | { readonly at: "moment"; readonly share: number }
  /** In order, for once, with the first `items` items of each lane kept: the last of a row. */
  | { readonly at: "end"; readonly items: number };

/** Records drawn over: the table's writes are ten, those of mkfs some seventy, of the first mount a dozen. */
const STEP_RECORDS: Readonly<Record<DiskStep, number>> = { table: 10, mkfs: 70, "first mount": 14 };

/** Records drawn over while files are kept: some seconds. */
const KEEPING_RECORDS = 400;

const REPLACEMENTS = 8;

/** Of a hundred of a life, what is over before the agent opens its disk: until then a cut changes nothing. */
const DISK_IS_OPENED = 20;

/** Items that a lane keeps before the end. */
const LAST_ITEMS = 8;

/** The cuts of a row of `boots` boots of one disk: the named steps first, each of which a blank disk leads to. */
export function planCuts(draw: Draw, boots: number): readonly CutPlan[] {
  const step = (name: DiskStep): CutPlan => ({
    at: "step",
    step: name,
    more: draw.below(STEP_RECORDS[name]),
  });
  const overlay = (): CutPlan => ({ at: "overlay writes", more: draw.below(KEEPING_RECORDS) + 1 });
  const etc = (): CutPlan => ({ at: "etc file", times: draw.below(REPLACEMENTS) + 1 });
  const moment = (): CutPlan => ({
    at: "moment",
    share: DISK_IS_OPENED + draw.below(100 - DISK_IS_OPENED) + 1,
  });
  const named = [step("table"), step("mkfs"), step("first mount"), overlay(), etc()];
  const kinds = [moment, moment, overlay, etc] as const;
  const others = Array.from(
    { length: Math.max(0, boots - named.length - 1) },
    () => draw.pick(kinds)(),
  );
  return [...named.slice(0, Math.max(0, boots - 1)), ...others, { at: "end", items: LAST_ITEMS }];
}

/** Recognizes steps in the writes of a boot. */
export class StepWatch {
  #hasTable = false;
  #hasFileSystem = false;
  #isMounted = false;

  /** @returns The step that `record` is the first of. */
  see(record: LogRecord): DiskStep | undefined {
    if (record.kind === "flush") return undefined;
    const isTable = record.offset < PARTITION_AT;
    if (isTable && this.#hasFileSystem && !this.#isMounted) {
      // The mark in the table is cleared when the file system has been mounted.
      this.#isMounted = true;
      return "first mount";
    }
    if (isTable && !this.#hasTable) {
      this.#hasTable = true;
      return "table";
    }
    if (!isTable && !this.#hasFileSystem) {
      this.#hasFileSystem = true;
      return "mkfs";
    }
    return undefined;
  }
}
