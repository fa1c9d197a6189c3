/** What a command prints, on the way to its sink. */
import type { CliWorld, Sink } from "./world.ts";

/** Columns assumed for a terminal that does not tell. */
const WIDTH_DEFAULT = 80;

/** The reader of our output went away: the command is over, and nobody is left to hear about it. */
export class OutputClosed extends Error {
  override readonly name = "OutputClosed";
}

/** Writes text and bytes in order. Text must be escaped before it comes here. */
export class Output {
  readonly #sink: Sink;
  readonly #colour: boolean;
  readonly #encoder = new TextEncoder();

  constructor(sink: Sink, world: Pick<CliWorld, "env">) {
    this.#sink = sink;
    this.#colour = sink.isTerminal && !world.env("NO_COLOR") && world.env("TERM") !== "dumb";
  }

  get isTerminal(): boolean {
    return this.#sink.isTerminal;
  }

  /** Whether colours and bold may be used. */
  get colour(): boolean {
    return this.#colour;
  }

  /** Columns lines must fit in; Infinity where it is no terminal, so that nothing is lost to a pipe. */
  get width(): number {
    if (!this.#sink.isTerminal) return Infinity;
    return this.#sink.width > 0 ? this.#sink.width : WIDTH_DEFAULT;
  }

  /** Bold where colours may be used. */
  heading(text: string): string {
    return this.#colour ? `\x1b[1m${text}\x1b[22m` : text;
  }

  /** @throws {OutputClosed} Nobody reads any more. */
  async bytes(bytes: Uint8Array): Promise<void> {
    try {
      await this.#sink.write(bytes);
    } catch (error) {
      if (error instanceof Error && error.name === "BrokenPipe") {
        throw new OutputClosed("", { cause: error });
      }
      throw error;
    }
  }

  /** @throws {OutputClosed} Nobody reads any more. */
  async text(text: string): Promise<void> {
    if (text !== "") await this.bytes(this.#encoder.encode(text));
  }
}
