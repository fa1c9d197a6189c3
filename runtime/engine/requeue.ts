/** How a job of a queue controller says what is to become of its item. */
import { errorText } from "./error_text.ts";

/** The item is wanted again after a while. With a `cause` the job failed, without one it is done. */
export class RequeueError extends Error {
  override readonly name = "RequeueError";
  /** Milliseconds; 0 with a cause leaves the wait to the back-off, 0 without one is plain success. */
  readonly intervalMs: number;

  /** @throws {RangeError} The interval is negative or no number. */
  constructor(intervalMs: number, options: { readonly cause?: unknown } = {}) {
    if (!(intervalMs >= 0)) {
      throw new RangeError(`Cannot requeue after ${intervalMs} ms, may be 0 or more`);
    }
    const { cause } = options;
    const reason = cause === undefined ? "" : `: ${errorText(cause)}`;
    super(`requeue in ${intervalMs} ms${reason}`, cause === undefined ? {} : { cause });
    this.intervalMs = intervalMs;
  }
}

/** There is nothing to do now: no failure, and nothing more until the next change. */
export class SkipError extends Error {
  override readonly name: string = "SkipError";
}

/** What a job came to. */
export type Outcome =
  | { readonly result: "done" | "skipped"; readonly intervalMs: number }
  | { readonly result: "failed"; readonly intervalMs: number; readonly error: unknown };

export const DONE: Outcome = Object.freeze({ result: "done", intervalMs: 0 });

/** Errors around errors that are looked through. */
const WRAPPINGS_MAX = 16;

/** Reads what a job threw. */
export function outcomeOf(error: unknown): Outcome {
  const requeue = within(error, RequeueError);
  const intervalMs = requeue?.intervalMs ?? 0;
  if (within(error, SkipError) !== undefined) return { result: "skipped", intervalMs };
  if (requeue !== undefined && requeue.cause === undefined) return { result: "done", intervalMs };
  return { result: "failed", intervalMs, error };
}

/** Whether the error is a skip, or was caused by one. */
export function isSkip(error: unknown): boolean {
  return within(error, SkipError) !== undefined;
}

/** The error of that class that `error` is, or that its cause is. */
export function within<E extends Error>(
  error: unknown,
  wanted: abstract new (...args: never[]) => E,
): E | undefined {
  let inner = error;
  for (let depth = 0; depth < WRAPPINGS_MAX; depth++) {
    if (inner instanceof wanted) return inner;
    if (!(inner instanceof Error)) return undefined;
    inner = inner.cause;
  }
  return undefined;
}
