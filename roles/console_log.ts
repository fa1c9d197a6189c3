/** The log of an agent: one line each on the console, control characters escaped. */
import { escapeText } from "../api/cli/escape.ts";
import type { Log, LogLevel } from "../runtime/core/ports.ts";

/** Characters of one line; the rest is cut. A serial console at 115 200 baud takes 0.2 s for it. */
const LINE_CHARACTERS_MAX = 2_000;

/** What a log writes to. */
export interface LogSink {
  /** Takes one line without its end. Must not throw. */
  line(text: string): void;
}

/** How lines look. */
export interface LogStyle {
  /** Milliseconds shown before each line, as seconds; the kernel's uptime on a machine. */
  readonly uptimeMs: () => number;
  /** Lines below this are left out. */
  readonly least: LogLevel;
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Makes the log: `strata: 3.412 [warn] name: message key=value`. */
export function consoleLog(sink: LogSink, style: LogStyle, name = ""): Log {
  return {
    write(level, message, facts = {}): void {
      if (RANK[level] < RANK[style.least]) return;
      const mark = level === "info" ? "" : `[${level}] `;
      const from = name === "" ? "" : `${name}: `;
      const pairs = Object.entries(facts).map(([key, value]) => ` ${key}=${shown(value)}`).join("");
      const seconds = (style.uptimeMs() / 1_000).toFixed(3);
      const text = escapeText(`${seconds} ${mark}${from}${message}${pairs}`);
      sink.line(`strata: ${text.slice(0, LINE_CHARACTERS_MAX)}`);
    },
    named(inner): Log {
      return consoleLog(sink, style, name === "" ? inner : `${name}.${inner}`);
    },
  };
}

/** Writes lines to a descriptor such as standard output; what it refuses is dropped, since there is nowhere to say so. */
export function descriptorSink(descriptor: { writeSync(bytes: Uint8Array): number }): LogSink {
  const encoder = new TextEncoder();
  return {
    line(text): void {
      try {
        let rest = encoder.encode(`${text}\n`);
        for (let written = 1; rest.length > 0 && written > 0;) {
          written = descriptor.writeSync(rest);
          rest = rest.subarray(written);
        }
      } catch {
        // A console that is gone must not take the agent with it.
      }
    },
  };
}

function shown(value: unknown): string {
  const text = typeof value === "string" || typeof value === "bigint"
    ? String(value)
    : value instanceof Error
    ? value.stack ?? value.message
    : jsonText(value);
  if (text === undefined) return "undefined";
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}

function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, (_, inner) => typeof inner === "bigint" ? `${inner}` : inner);
  } catch {
    return "[not to be shown]"; // It holds itself: a log must not throw.
  }
}
