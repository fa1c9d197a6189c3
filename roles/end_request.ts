/** The wish to end, from whomever it comes first. */
import type { Ending } from "../fs/kernel/kernel.ts";
import type { Log } from "../runtime/core/ports.ts";

/** Collects wishes to end; the first one counts. */
export class EndRequest {
  /** Resolves to what was wished first, a turn later: the end refuses calls, and whoever asked by one is answered before. */
  readonly wanted: Promise<Ending>;
  readonly #resolve: (ending: Ending) => void;
  readonly #log: Log;
  readonly #begun: (ending: Ending, actor: string) => void;
  #accepted: string | undefined;

  /** @param begun Told once, of what was wished first and the name of that end. */
  constructor(log: Log, begun: (ending: Ending, actor: string) => void = () => {}) {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.wanted = promise;
    this.#resolve = resolve;
    this.#log = log;
    this.#begun = begun;
  }

  /** Whether somebody has asked. */
  get pending(): boolean {
    return this.#accepted !== undefined;
  }

  /**
   * Asks for an end.
   *
   * @param by Who asks, for the log.
   * @returns The name of the end that comes, which is an earlier one's where there is one.
   */
  ask(ending: Ending, by: string): string {
    if (this.#accepted === undefined) {
      this.#accepted = crypto.randomUUID();
      this.#log.write("info", `ending: ${ending}`, { by, actor: this.#accepted });
      this.#begun(ending, this.#accepted);
      setTimeout(() => this.#resolve(ending), 0);
    }
    return this.#accepted;
  }
}
