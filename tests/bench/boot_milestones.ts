/** What the console of a boot tells of its times. All in milliseconds since the kernel's start. */

/** When an agent's boot came where. */
export interface StrataMilestones {
  /** Its first line of JavaScript. */
  readonly firstLine: number;
  /** `/` is mounted, and the process is in it. */
  readonly root: number;
  /** /var is mounted. */
  readonly data: number;
  /** The API serves, and the machine says it is ready. */
  readonly ready: number;
}

/** Reads an agent's console. @throws {Error} A milestone is not there. */
export function strataMilestones(console: string): StrataMilestones {
  return {
    firstLine: at(console, /^strata: (\d+\.\d+) agent starts/m),
    root: at(console, /^strata: (\d+\.\d+) switch root \d+ ms/m),
    data: at(console, /^strata: (\d+\.\d+) var \d+ ms/m),
    ready: at(console, /^strata: (\d+\.\d+) ready on /m),
  };
}

/** When the kernel logged that a rival is up. @throws {Error} It did not. */
export function rivalUp(console: string): number {
  return at(console, /\[\s*(\d+\.\d+)\] bench: up/);
}

/** When busybox did the same mounts as the agent: those of its root, of /var, and all. */
export function busyboxMilestones(
  console: string,
): { readonly root: number; readonly data: number; readonly up: number } {
  return {
    root: at(console, /\[\s*(\d+\.\d+)\] bench: root/),
    data: at(console, /\[\s*(\d+\.\d+)\] bench: data/),
    up: rivalUp(console),
  };
}

/** How far the kernel log's clock is behind the clock that agents read. */
export function clockOffset(console: string): number {
  return at(console, /bench: clock (\d+\.\d+)/) - rivalUp(console);
}

function at(console: string, pattern: RegExp): number {
  const seconds = pattern.exec(console)?.[1];
  if (seconds === undefined) throw new Error(`Cannot find ${pattern} on the console:\n${console}`);
  return Number(seconds) * 1000;
}

/** The middle one, or the mean of the two in the middle. @throws {RangeError} Of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined) {
    throw new RangeError("Cannot take a median of nothing");
  }
  return (low + high) / 2;
}
