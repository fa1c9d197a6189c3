/** Runs many sequences side by side: a turn of the event loop for all of a block costs as much as for one. */
import { setImmediate } from "node:timers";
import { describeFrame } from "./frame_cutter.ts";
import { Sequence, SILENT_STEPS } from "./sequence.ts";

/** Sequences side by side. A seed's block decides what it may do, so that it does the same alone. */
const BLOCK = 256;
/** Of that many blocks one has clients that wait for time-outs, which takes turns. */
const SILENT_BLOCKS = 32;
/** Parts at most, and turns for writes that wait. */
const PARTS = 8;

/** A sequence that went wrong. */
export interface Failure {
  readonly seed: number;
  readonly faults: readonly string[];
  /** Frames of both sides, in their order. */
  readonly trace: readonly string[];
}

/** Runs the seeds from `first` on. @returns The first failures; nobody needs thousands. */
export async function campaign(first: number, count: number): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (let seed = first; seed < first + count && failures.length < 5;) {
    const end = Math.min(first + count, (Math.floor(seed / BLOCK) + 1) * BLOCK);
    failures.push(...await block(seed, end));
    seed = end;
  }
  return failures;
}

async function block(first: number, end: number): Promise<Failure[]> {
  using escapes = new Escapes();
  const mayBeSilent = Math.floor(first / BLOCK) % SILENT_BLOCKS === 0;
  const sequences: Sequence[] = [];
  for (let seed = first; seed < end; seed++) sequences.push(new Sequence(seed, { mayBeSilent }));
  const each = async (act: (sequence: Sequence) => void): Promise<void> => {
    for (const sequence of sequences) act(sequence);
    await turn();
  };
  for (let part = 0; part < PARTS; part++) await each((sequence) => sequence.say(part));
  await each((sequence) => sequence.settle());
  await each((sequence) => sequence.end());
  const steps = mayBeSilent ? SILENT_STEPS : 0;
  for (let step = 0; step < steps; step++) await each((sequence) => sequence.wait());
  await each((sequence) => sequence.close());
  await turn();
  const failures = sequences.flatMap((sequence) => {
    const faults = sequence.check();
    const { seed, request } = sequence;
    if (faults.length === 0) return [];
    const trace = request.trace.map(({ by, frame }) => `${by} ${describeFrame(frame)}`);
    return [{ seed, faults, trace }];
  });
  if (escapes.found.length === 0) return failures;
  const found = escapes.found.map((error) => `escaped: ${error}`);
  const name = `${found.join("; ")} (of seeds ${first} to ${end - 1}: run them one by one)`;
  return [...failures, { seed: first, faults: [name], trace: [] }];
}

/** All promises that can have settled. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Exceptions and rejections that nobody took, while it lives. */
class Escapes implements Disposable {
  readonly found: unknown[] = [];
  readonly #stackTraceLimit = Error.stackTraceLimit;

  constructor() {
    // Most sequences end in errors that nobody prints, and their stacks cost a tenth of all.
    Error.stackTraceLimit = 0;
    addEventListener("unhandledrejection", this.#onRejection);
    addEventListener("error", this.#onError);
  }

  [Symbol.dispose](): void {
    Error.stackTraceLimit = this.#stackTraceLimit;
    removeEventListener("unhandledrejection", this.#onRejection);
    removeEventListener("error", this.#onError);
  }

  readonly #onRejection = (event: PromiseRejectionEvent): void => {
    event.preventDefault();
    this.found.push(event.reason);
  };

  readonly #onError = (event: ErrorEvent): void => {
    event.preventDefault();
    this.found.push(event.error);
  };
}
