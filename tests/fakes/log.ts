/** A log that keeps its lines. */
import type { Log, LogLevel } from "../../runtime/core/ports.ts";

/** A line as it was written. */
export interface LogLine {
  readonly name: string;
  readonly level: LogLevel;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export class FakeLog implements Log {
  readonly #lines: LogLine[];
  readonly #name: string;

  constructor(name = "", lines: LogLine[] = []) {
    this.#name = name;
    this.#lines = lines;
  }

  /** Of this log and of all that were named from it, in order. */
  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  write(level: LogLevel, message: string, facts: Readonly<Record<string, unknown>> = {}): void {
    this.#lines.push({ name: this.#name, level, message, facts });
  }

  named(name: string): Log {
    return new FakeLog(this.#name === "" ? name : `${this.#name}.${name}`, this.#lines);
  }
}
