/** Where progress goes: one line a step, with its time. */
export interface Progress {
  /**
   * Does `work` as the step `name`; what it gives to `note` stands on the step's line.
   *
   * @throws Whatever `work` throws, after the step is marked as failed.
   */
  step<T>(name: string, work: (note: (text: string) => void) => Promise<T>): Promise<T>;
  /** One line of its own. */
  line(text: string): void;
}

/** What a progress writer needs of the world. */
export interface ProgressOptions {
  readonly write: (text: string) => void;
  readonly monotonicMs: () => number;
  /** A terminal sees a step begin, and its line replaced at the end. */
  readonly terminal: boolean;
  readonly colour: boolean;
}

const NAME_COLUMNS = 16;

/** Writes steps as `  name   1.23 s  note`. */
export function progressLines(options: ProgressOptions): Progress {
  const { write, monotonicMs, terminal } = options;
  const paint = (code: number, text: string): string =>
    options.colour ? `\x1b[${code}m${text}\x1b[0m` : text;
  const begin = terminal ? "\r\x1b[K" : "";

  return {
    line: (text) => write(`${text}\n`),
    async step(name, work) {
      const startMs = monotonicMs();
      const notes: string[] = [];
      const label = name.padEnd(NAME_COLUMNS);
      if (terminal) write(`  ${paint(2, `${label} …`)}`);
      const finish = (mark: string): void => {
        const time = `${((monotonicMs() - startMs) / 1000).toFixed(2)} s`.padStart(8);
        const said = [label, time, ...notes].join("  ").trimEnd();
        write(`${begin}${mark} ${said}\n`);
      };
      try {
        const result = await work((text) => void notes.push(text));
        finish(paint(32, "✓"));
        return result;
      } catch (error) {
        finish(paint(31, "✗"));
        throw error;
      }
    },
  };
}

/** Progress on this process's standard output; colours only on a terminal and without NO_COLOR. */
export function standardProgress(): Progress {
  const terminal = Deno.stdout.isTerminal();
  const encoder = new TextEncoder();
  return progressLines({
    terminal,
    colour: terminal && !Deno.noColor,
    monotonicMs: () => performance.now(),
    write: (text) => {
      const bytes = encoder.encode(text);
      for (let written = 0; written < bytes.length;) {
        written += Deno.stdout.writeSync(bytes.subarray(written));
      }
    },
  });
}

/** `1.2 MB`, `345 kB`: decimal units, since that is what limits are stated in. */
export function humanBytes(bytes: number): string {
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  if (bytes >= 1e3) return `${(bytes / 1e3).toFixed(0)} kB`;
  return `${bytes} B`;
}
