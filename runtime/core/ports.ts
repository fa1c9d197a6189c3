/**
 * What state, engine and controllers may ask of the world besides the kernel. Each is handed in; none is read from
 * a module, so that a test or a simulation can stand in for it.
 */
import type { Timestamp } from "./resource.ts";

/** Time. */
export interface Clock {
  /** The wall clock. May jump. */
  now(): Timestamp;
  /** Milliseconds since an arbitrary point, never running back. */
  monotonicMs(): number;
  /**
   * Waits.
   *
   * @param milliseconds 0 waits for one turn of the event loop.
   * @throws The signal's reason when it aborts first.
   */
  sleep(milliseconds: number, options?: { readonly signal?: AbortSignal }): Promise<void>;
}

/** Chance. */
export interface Random {
  /** A whole number, 0 … 2 ** 32 - 1, each as likely. */
  uint32(): number;
  /** That many bytes, unpredictable outside of simulations. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
}

/** How grave a line of the log is. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Where the agent says what it does. Never throws, never blocks. */
export interface Log {
  /**
   * Writes one line. Control characters in it are escaped by the sink.
   *
   * @param facts Appended as `key=value`; secrets do not belong here.
   */
  write(level: LogLevel, message: string, facts?: Readonly<Record<string, unknown>>): void;
  /** The same log with `name` before each line. */
  named(name: string): Log;
}
