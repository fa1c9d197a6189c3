/** What the trials come to: a table of files, the survivors, and the score. */
import type { AcceptedSurvivor } from "./accepted_survivors.ts";
import type { Mutant, Outcome, Tried } from "./mutant.ts";

export interface Count extends Readonly<Record<Outcome, number>> {
  readonly name: string;
}

const OUTCOMES = ["killed", "timedOut", "survived", "notCovered"] as const satisfies Outcome[];

/** One count for each file, by its path, in order. */
export function countFiles(tried: readonly Tried[]): Count[] {
  const names = [...new Set(tried.map(({ file }) => file))].sort();
  return names.map((name) => countOf(name, tried.filter(({ file }) => file === name)));
}

/** How many there are of each outcome. */
export function countOf(name: string, tried: readonly Tried[]): Count {
  const count = (wanted: Outcome): number =>
    tried.filter(({ outcome }) => outcome === wanted).length;
  return {
    name,
    killed: count("killed"),
    timedOut: count("timedOut"),
    survived: count("survived"),
    notCovered: count("notCovered"),
  };
}

/** Percent of all mutants that died. None at all is 100: there was nothing to notice. */
export function killedPercent({ killed, timedOut, survived, notCovered }: Count): number {
  const all = killed + timedOut + survived + notCovered;
  return all === 0 ? 100 : 100 * (killed + timedOut) / all;
}

/** The table: one row a file and one for the total, with its score in front. */
export function tableLines(tried: readonly Tried[]): string[] {
  const counts = [...countFiles(tried), countOf("total", tried)];
  const width = Math.max(...counts.map(({ name }) => name.length));
  const cells = (words: readonly string[]): string =>
    words.map((word) => word.padStart(13)).join("");
  return [
    `${"file".padEnd(width)}${cells(["score", "killed", "timed out", "survived", "not covered"])}`,
    ...counts.map((count) => {
      // Down, so that 84.96 does not read as the bound it misses.
      const score = `${(Math.floor(killedPercent(count) * 10) / 10).toFixed(1)} %`;
      return `${count.name.padEnd(width)}${
        cells([score, ...OUTCOMES.map((outcome) => `${count[outcome]}`)])
      }`;
    }),
  ];
}

/** Each mutant that lives: where, what it changes, and the reason why it may. */
export function survivorLines(
  tried: readonly Tried[],
  accepted: readonly AcceptedSurvivor[],
): string[] {
  return tried.filter(lives).flatMap((mutant) => {
    const { file, line, column, mutator, before, after, outcome } = mutant;
    const reason = reasonFor(mutant, accepted);
    const uncovered = outcome === "notCovered" ? ", no test reaches it" : "";
    return [
      `${file}:${line}:${column} ${mutator}${uncovered}`,
      `- ${before}`,
      `+ ${after}`,
      ...(reason === undefined ? [] : [`  accepted: ${reason}`]),
      "",
    ];
  });
}

/** What is accepted in a tried file but does not live there. */
export function staleLines(
  tried: readonly Tried[],
  accepted: readonly AcceptedSurvivor[],
): string[] {
  const files = new Set(tried.map(({ file }) => file));
  return accepted
    .filter((one) => files.has(one.file) && !tried.some((it) => lives(it) && isSame(one, it)))
    .map(({ file, before, after }) =>
      `accepted_survivors.ts: ${file} has no survivor of "${after ?? before}"`
    );
}

/** Whether exactly this change is accepted: a row that means any change of a line does not do. */
export function isAcceptedAsIs(mutant: Mutant, accepted: readonly AcceptedSurvivor[]): boolean {
  return accepted.some((one) => one.after !== undefined && isSame(one, mutant));
}

/** Why it may live; undefined where nobody said. */
export function reasonFor(
  mutant: Mutant,
  accepted: readonly AcceptedSurvivor[],
): string | undefined {
  return accepted.find((one) => isSame(one, mutant))?.reason;
}

/** Whether no test noticed it. */
export function lives({ outcome }: Tried): boolean {
  return outcome === "survived" || outcome === "notCovered";
}

function isSame(one: AcceptedSurvivor, { file, before, after }: Mutant): boolean {
  return one.file === file && one.before === before && (one.after ?? after) === after;
}
