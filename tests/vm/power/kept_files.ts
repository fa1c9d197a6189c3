/**
 * The files that a machine writes while its power may go, and what must be left of them.
 *
 * A run of a machine keeps items 0, 1, 2, … in each of two lanes at once, each made safe with fsync before it is
 * acknowledged; so a run is told by its number and how many items of each lane were acknowledged. Items take turns in
 * how they are kept: as a new file, in place of the file `current`, or as a line at the end of `journal`.
 */

/** A run and how many of its items were acknowledged, lane by lane. */
export interface KeptRun {
  readonly run: number;
  readonly acknowledged: readonly number[];
}

/** How an item is kept. */
export type KeptForm = "file" | "current" | "journal";

/** One item. */
export interface KeptItem {
  readonly form: KeptForm;
  /** Of the file, within the lane's directory. */
  readonly name: string;
  readonly text: string;
}

/** Where the items of each lane go on a machine: on the volume itself, and through an overlay. */
export const KEPT_DIRECTORIES = ["/var/kept", "/etc/kubernetes/kept"] as const;

/** Bytes of a kept file at most: some of a page, some of many. */
const TEXT_BYTES_MAX = 60_000;

/** How items take turns. */
const FORMS = ["file", "current", "file", "journal"] as const;

/** What the machine says to acknowledge an item. */
export function acknowledgement(run: number, lane: number, item: number): string {
  return `kept run ${run} lane ${lane} item ${item}.`;
}

/** The items of `run` that the console has acknowledged. */
export function acknowledgedRun(console: string, run: number): KeptRun {
  const acknowledged = KEPT_DIRECTORIES.map(() => 0);
  for (const match of console.matchAll(/kept run (\d+) lane (\d+) item (\d+)\./g)) {
    const [of, lane, item] = match.slice(1).map(Number);
    if (of !== run || lane === undefined || item === undefined) continue;
    acknowledged[lane] = Math.max(acknowledged[lane] ?? 0, item + 1);
  }
  return { run, acknowledged };
}

export function keptItem(run: number, lane: number, item: number): KeptItem {
  const label = `${run}-${lane}-${item}`;
  const form = FORMS[item % FORMS.length] ?? "file";
  if (form === "journal") {
    return { form, name: "journal", text: `${label} ${"j".repeat(item * 37 % 900)};\n` };
  }
  const bytes = (item * 7919 + run * 104_729 + lane * 1301) % TEXT_BYTES_MAX;
  return { form, name: form === "file" ? `item-${label}` : "current", text: textOf(label, bytes) };
}

/**
 * What is lost of `runs`, the oldest first.
 *
 * @param read The text of a file of a lane, or undefined where there is none.
 * @returns One sentence each.
 */
export function losses(
  runs: readonly KeptRun[],
  read: (lane: number, name: string) => string | undefined,
): readonly string[] {
  return KEPT_DIRECTORIES.flatMap((directory, lane) => {
    const items = runs.flatMap(({ run, acknowledged }) =>
      Array.from({ length: acknowledged[lane] ?? 0 }, (_, item) => ({
        ...keptItem(run, lane, item),
        place: [run, lane, item] as const,
      }))
    );
    const files = items.filter(({ form }) => form === "file").flatMap(({ name, text }) => {
      const found = read(lane, name);
      return found === text ? [] : [`${name} ${difference(found, text)}`];
    });
    const current = items.findLast(({ form }) => form === "current");
    const journal = items.filter(({ form }) => form === "journal").map(({ text }) => text);
    return [
      ...files,
      ...(current === undefined ? [] : lostCurrent(current, read(lane, "current"))),
      ...lostLines(journal, read(lane, "journal")),
    ].map((loss) => `${directory}/${loss}`);
  });
}

/** What is there may be newer than what was acknowledged, but never a mixture. */
function lostCurrent(
  wanted: KeptItem & { readonly place: readonly [number, number, number] },
  found: string | undefined,
): readonly string[] {
  const label = /^(\d+)-(\d+)-(\d+) /.exec(found ?? "")?.slice(1).map(Number);
  const [run, lane, item] = label ?? [];
  const [wantedRun, wantedLane, wantedItem] = wanted.place;
  if (run === undefined || item === undefined || lane !== wantedLane) {
    return [`current ${difference(found, wanted.text)}`];
  }
  if (run < wantedRun || (run === wantedRun && item < wantedItem)) {
    return [`current is ${label?.join("-")}, older than ${wanted.place.join("-")}`];
  }
  const { text } = keptItem(run, lane, item);
  return found === text ? [] : [`current ${difference(found, text)}`];
}

/** Between lines that were acknowledged may be what was not. */
function lostLines(lines: readonly string[], found: string | undefined): readonly string[] {
  let at = 0;
  for (const line of lines) {
    const next = found?.indexOf(line, at) ?? -1;
    if (next === -1) return [`journal lacks ${line.slice(0, line.indexOf(" "))}`];
    at = next + line.length;
  }
  return [];
}

function difference(found: string | undefined, wanted: string): string {
  if (found === undefined) return "is not there";
  const at = [...wanted].findIndex((letter, index) => found[index] !== letter);
  const place = at === -1 ? wanted.length : at;
  return `has ${found.length} bytes, not ${wanted.length}, and differs from byte ${place} on`;
}

/** Every piece of it names itself and its place, so that a foreign sector is seen. */
function textOf(label: string, bytes: number): string {
  const lines: string[] = [];
  let length = 0;
  while (length <= bytes) {
    const next = `${label} ${lines.length}\n`;
    lines.push(next);
    length += next.length;
  }
  return lines.join("");
}
