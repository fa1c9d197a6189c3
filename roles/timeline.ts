/** The steps of a boot or an end: each is named, timed, told on the console and kept as a resource. */
import type { Log } from "../runtime/core/ports.ts";
import { Observed } from "./observed.ts";

/** What is known of a step. */
export interface StepRecord {
  /** Place in the order, from 1. */
  readonly order: number;
  /** Milliseconds from the kernel's start to the step's beginning. */
  readonly startedMs: number;
  /** Milliseconds it took; 0 while it runs. */
  readonly durationMs: number;
  readonly outcome: "running" | "done" | "skipped" | "failed";
  readonly detail: string;
}

/** What a step may say of itself while it runs. */
export interface StepNote {
  /** Said on the console and in the resource, in a few words. */
  detail: string;
  /** Set when there was nothing to do. */
  skipped: boolean;
}

/** How a step is run. */
export interface StepOptions {
  /** The step counts as failed when it takes longer. What it began is not stopped: it holds no lock of ours. */
  readonly deadlineMs?: number;
}

/** A step took longer than it may. */
export class StepDeadlineError extends Error {
  override readonly name = "StepDeadlineError";

  constructor(step: string, deadlineMs: number) {
    super(`Cannot wait longer for step "${step}": ${deadlineMs} ms are over`);
  }
}

/** Runs steps one after another and remembers them. */
export class Timeline {
  readonly steps = new Observed<StepRecord>();
  readonly #uptimeMs: () => number;
  readonly #log: Log;
  readonly #failures = new Map<string, string>();
  #order = 0;

  /** @param uptimeMs Milliseconds since the kernel started. */
  constructor(uptimeMs: () => number, log: Log) {
    this.#uptimeMs = uptimeMs;
    this.#log = log;
  }

  /** One sentence for each step that failed and was not run again with success. */
  get failures(): readonly string[] {
    return [...this.#failures.values()];
  }

  /**
   * Runs `act` as the step `name`.
   *
   * @throws What `act` throws, after it was told; a {@linkcode StepDeadlineError}.
   */
  async step<T>(
    name: string,
    act: (note: StepNote) => T | Promise<T>,
    options: StepOptions = {},
  ): Promise<T> {
    const note: StepNote = { detail: "", skipped: false };
    const startedMs = this.#uptimeMs();
    const order = ++this.#order;
    const begun = { order, startedMs, durationMs: 0, detail: "" };
    this.steps.put(name, { ...begun, outcome: "running" });
    try {
      const result = await withDeadline(name, act(note), options.deadlineMs);
      this.#failures.delete(name);
      const outcome = note.skipped ? "skipped" : "done";
      this.#finish(name, { ...begun, outcome, detail: note.detail });
      return result;
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      this.#failures.set(name, `${name}: ${detail}`);
      this.#finish(name, { ...begun, outcome: "failed", detail });
      throw error;
    }
  }

  /** {@linkcode Timeline.step} for what the machine can do without: a failure is told, and undefined returned. */
  async attempt<T>(
    name: string,
    act: (note: StepNote) => T | Promise<T>,
    options: StepOptions = {},
  ): Promise<T | undefined> {
    try {
      return await this.step(name, act, options);
    } catch {
      return undefined; // Told by step(), kept in `failures`.
    }
  }

  #finish(name: string, begun: StepRecord): void {
    const durationMs = this.#uptimeMs() - begun.startedMs;
    const { outcome, detail } = begun;
    this.steps.put(name, { ...begun, durationMs });
    const words = [name, `${Math.round(durationMs)} ms`];
    if (outcome !== "done") words.push(outcome);
    if (detail !== "") words.push(detail);
    this.#log.write(outcome === "failed" ? "error" : "info", words.join(" "));
  }
}

async function withDeadline<T>(
  name: string,
  work: T | Promise<T>,
  deadlineMs: number | undefined,
): Promise<T> {
  if (deadlineMs === undefined) return await work;
  let timer: number | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StepDeadlineError(name, deadlineMs)), deadlineMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
