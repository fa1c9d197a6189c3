/** Who may write which type, and the rules controllers are registered by. */
import type { Controller, Input, Output } from "./controller.ts";

/** Names and outputs of all controllers of an engine. */
export class Registry {
  readonly #names = new Set<string>();
  readonly #exclusive = new Map<string, string>();
  readonly #shared = new Map<string, ReadonlySet<string>>();

  /**
   * Takes the controller in, wholly or not at all.
   *
   * @throws {Error} The first rule it breaks: its name is taken, an output is somebody's, an input stands twice.
   */
  add({ name, inputs, outputs }: Controller): void {
    try {
      if (this.#names.has(name)) throw new Error(`controller "${name}" already registered`);
      const taken = new Map<string, Output["kind"]>();
      for (const output of outputs) {
        this.#requireFree(name, output);
        requireOnce(name, { output, taken });
      }
      requireDistinct(name, inputs);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`error initializing controller "${name}" adapter: ${reason}`, {
        cause: error,
      });
    }
    this.#names.add(name);
    for (const { type, kind } of outputs) {
      if (kind === "exclusive") this.#exclusive.set(type, name);
      else this.#shared.set(type, new Set([...this.#shared.get(type) ?? [], name]));
    }
  }

  #requireFree(name: string, { type, kind }: Output): void {
    const owner = this.#exclusive.get(type);
    if (owner !== undefined) {
      throw new Error(`resource "${type}" is already managed in exclusive mode by "${owner}"`);
    }
    const [first] = [...this.#shared.get(type) ?? []].sort();
    if (kind === "exclusive" && first !== undefined) {
      throw new Error(`resource "${type}" is already managed in shared mode by "${first}"`);
    }
    if (this.#shared.get(type)?.has(name)) {
      throw new Error(`duplicate shared controller output: "${type}" -> "${name}"`);
    }
  }
}

/** @throws {Error} Two inputs have the same namespace, type and id. */
export function requireDistinct(name: string, inputs: readonly Input[]): void {
  const seen = new Set<string>();
  for (const { namespace, type, id } of inputs) {
    const key = JSON.stringify([namespace, type, id]);
    if (seen.has(key)) {
      const shown = `"${namespace}"/"${type}"${id === undefined ? "" : `/"${id}"`}`;
      throw new Error(`duplicate controller input: "${name}" -> ${shown}`);
    }
    seen.add(key);
  }
}

/** The rules of ownership hold among the outputs of one controller too. */
function requireOnce(
  name: string,
  { output: { type, kind }, taken }: {
    readonly output: Output;
    readonly taken: Map<string, Output["kind"]>;
  },
): void {
  const before = taken.get(type);
  if (before === "exclusive") {
    throw new Error(`resource "${type}" is already managed in exclusive mode by "${name}"`);
  }
  if (before === "shared") {
    throw new Error(
      kind === "shared"
        ? `duplicate shared controller output: "${type}" -> "${name}"`
        : `resource "${type}" is already managed in shared mode by "${name}"`,
    );
  }
  taken.set(type, kind);
}
