/** Who depends on what and who may write what, and the rules controllers are registered by. */
import type { Kind } from "../core/resource.ts";
import { utf8Compare } from "../core/text_order.ts";
import type { AnyInput, Declared } from "./access.ts";
import type { Input, Output } from "./controller.ts";
import { requireInputs } from "./input_rules.ts";
import { kindKey } from "./pointer_key.ts";
import type { Dependent, Sighting } from "./sighting.ts";

/** The flavours of controllers; each has inputs of its own. */
export type Flavour = "controller" | "queue";

/** An input and who has it. */
export interface Dependency {
  readonly input: AnyInput;
  readonly dependent: Dependent;
}

interface Entry {
  declared: Declared;
  readonly dependent: Dependent;
}

/** Lists are replaced, never changed: who is told at the time is told by the list as it was. */
interface Dependents {
  ofAll: readonly Dependency[];
  readonly ofOne: Map<string, readonly Dependency[]>;
}

/** Names, inputs and outputs of all controllers of an engine. */
export class DependencyDatabase {
  readonly #entries = new Map<string, Entry>();
  readonly #exclusive = new Map<string, string>();
  readonly #shared = new Map<string, Set<string>>();
  readonly #dependents = new Map<string, Dependents>();
  /** The kind that was asked for last. */
  #asked: (Kind & { readonly dependents: Dependents | undefined }) | undefined;

  /**
   * Takes a controller in, wholly or not at all.
   *
   * @throws {Error} The first rule it breaks: its name is taken, an output is somebody's, an input is not for its
   * flavour or stands twice.
   */
  add(declared: Declared, registration: { flavour: Flavour; dependent: Dependent }): void {
    const { name, inputs, outputs } = declared;
    const { flavour, dependent } = registration;
    this.requireNewName(name);
    const taken = new Map<string, Output["kind"]>();
    for (const output of outputs) {
      this.#requireFree(output);
      requireOnce(name, { output, taken });
    }
    requireInputs(name, { flavour, inputs });
    this.#entries.set(name, { declared, dependent });
    for (const { type, kind } of outputs) {
      if (kind === "exclusive") this.#exclusive.set(type, name);
      else this.#shared.set(type, (this.#shared.get(type) ?? new Set()).add(name));
    }
    for (const input of inputs) this.#link({ input, dependent });
  }

  /** Takes everything of a controller out again. */
  remove(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    this.#unlink(entry);
    for (const { type, kind } of entry.declared.outputs) {
      if (kind === "exclusive") this.#exclusive.delete(type);
      else this.#shared.get(type)?.delete(name);
    }
  }

  /** Replaces the inputs of a controller that was taken in; they must keep the rules. */
  replaceInputs(name: string, inputs: readonly Input[]): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#unlink(entry);
    entry.declared = { ...entry.declared, inputs };
    for (const input of inputs) this.#link({ input, dependent: entry.dependent });
  }

  /** What a controller declared, as it is now. Asked only for those that were taken in. */
  declared(name: string): Declared {
    return this.#entries.get(name)?.declared ?? { name, inputs: [], outputs: [] };
  }

  /** Tells everybody with an input that covers the resource: those of all ids first. */
  tell(sighting: Sighting): void {
    const { metadata } = sighting;
    const dependents = this.#dependentsOn(metadata);
    if (dependents === undefined) return;
    for (const { input, dependent } of dependents.ofAll) dependent.notify(input, sighting);
    if (dependents.ofOne.size === 0) return;
    const ofOne = dependents.ofOne.get(metadata.id) ?? [];
    for (const { input, dependent } of ofOne) dependent.notify(input, sighting);
  }

  /** Every input of the kind, whichever its id. */
  dependenciesOn(kind: Kind): readonly Dependency[] {
    const dependents = this.#dependents.get(kindKey(kind));
    if (dependents === undefined) return [];
    return [...dependents.ofAll, ...[...dependents.ofOne.values()].flat()];
  }

  /** What all controllers declared, in the order they came. */
  all(): readonly Declared[] {
    return [...this.#entries.values()].map(({ declared }) => declared);
  }

  /** @throws {Error} The name is taken. */
  requireNewName(name: string): void {
    if (this.#entries.has(name)) throw new Error(`controller "${name}" already registered`);
  }

  #requireFree({ type, kind }: Output): void {
    const owner = this.#exclusive.get(type);
    if (owner !== undefined) {
      throw clash(type, { mode: "exclusive", by: owner });
    }
    if (kind === "shared") return;
    const [first] = [...this.#shared.get(type) ?? []].sort(utf8Compare);
    if (first !== undefined) throw clash(type, { mode: "shared", by: first });
  }

  /** Events of one kind come many in a row: the key of a kind takes longer to make than the rest. */
  #dependentsOn({ namespace, type }: Kind): Dependents | undefined {
    const asked = this.#asked;
    if (asked?.type === type && asked.namespace === namespace) return asked.dependents;
    const dependents = this.#dependents.get(kindKey({ namespace, type }));
    this.#asked = { namespace, type, dependents };
    return dependents;
  }

  #link(dependency: Dependency): void {
    this.#asked = undefined;
    const { input } = dependency;
    const key = kindKey(input);
    const dependents = this.#dependents.get(key) ?? { ofAll: [], ofOne: new Map() };
    this.#dependents.set(key, dependents);
    if (input.id === undefined) {
      dependents.ofAll = [...dependents.ofAll, dependency];
      return;
    }
    const ofOne = dependents.ofOne.get(input.id) ?? [];
    dependents.ofOne.set(input.id, [...ofOne, dependency]);
  }

  #unlink({ declared: { inputs }, dependent }: Entry): void {
    this.#asked = undefined;
    for (const input of inputs) {
      const key = kindKey(input);
      const dependents = this.#dependents.get(key);
      if (dependents === undefined) continue;
      const stays = (dependency: Dependency): boolean => dependency.dependent !== dependent;
      dependents.ofAll = dependents.ofAll.filter(stays);
      for (const [id, some] of dependents.ofOne) {
        const left = some.filter(stays);
        if (left.length === 0) dependents.ofOne.delete(id);
        else dependents.ofOne.set(id, left);
      }
      if (dependents.ofAll.length + dependents.ofOne.size === 0) this.#dependents.delete(key);
    }
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
  if (before === "shared" && kind === "shared") {
    throw new Error(`duplicate shared controller output: "${type}" -> "${name}"`);
  }
  if (before !== undefined) throw clash(type, { mode: before, by: name });
  taken.set(type, kind);
}

function clash(
  type: string,
  { mode, by }: { readonly mode: Output["kind"]; readonly by: string },
): Error {
  return new Error(`resource "${type}" is already managed in ${mode} mode by "${by}"`);
}
