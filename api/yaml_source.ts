/** YAML as somebody wrote it: its nodes, and where they stand when one of them is wrong. */
import { StateError } from "../runtime/core/errors.ts";
import type { Document, LineCounter, Node } from "yaml";

/** An entry of a mapping. */
export interface YamlEntry {
  readonly name: string;
  readonly key: Node;
  /** Undefined where nothing stands behind the colon. */
  readonly value: Node | undefined;
}

export class YamlSource {
  readonly #yaml: typeof import("yaml");
  readonly #lines: LineCounter;
  readonly #document: Document;

  private constructor(yaml: typeof import("yaml"), text: string) {
    this.#yaml = yaml;
    this.#lines = new yaml.LineCounter();
    const document = yaml.parseDocument(text, {
      lineCounter: this.#lines,
      intAsBigInt: true,
      prettyErrors: false,
    });
    const [first] = document.errors;
    if (first !== undefined) throw this.#refusal(first.pos[0], first.message);
    this.#document = document;
  }

  /**
   * Reads one document; its length is the caller's to bound.
   *
   * @throws {StateError} `invalid-resource`, its detail beginning with LINE:COLUMN.
   */
  static async open(text: string): Promise<YamlSource> {
    return new YamlSource(await import("yaml"), text);
  }

  /** Undefined where the document is empty. */
  get root(): Node | undefined {
    return this.#document.contents ?? undefined;
  }

  /** What to throw about a node. */
  refusal(node: Node | undefined, detail: string): StateError {
    return this.#refusal(node?.range?.[0] ?? 0, detail);
  }

  /** Acts, and says where in what it throws. */
  at<T>(node: Node | undefined, act: () => T): T {
    try {
      return act();
    } catch (error) {
      if (!(error instanceof StateError) || error.failure.refusal !== "invalid-resource") {
        throw error;
      }
      throw this.refusal(node, error.failure.detail);
    }
  }

  /** The entries of a mapping, by name. @throws {StateError} It is no mapping. */
  entries(node: Node | undefined, what: string): ReadonlyMap<string, YamlEntry> {
    const { isMap, isNode } = this.#yaml;
    if (!isMap(node)) throw this.refusal(node, `${what} may be a mapping`);
    const entries = new Map<string, YamlEntry>();
    for (const { key, value } of node.items) {
      if (!isNode(key)) throw this.refusal(node, `a key of ${what} may be a scalar`);
      const name = this.scalar(key, `a key of ${what}`);
      entries.set(name, { name, key, value: isNode(value) ? value : undefined });
    }
    return entries;
  }

  /** The nodes of a sequence. @throws {StateError} It is none. */
  items(node: Node | undefined, what: string): readonly (Node | undefined)[] {
    const { isSeq, isNode } = this.#yaml;
    if (!isSeq(node)) throw this.refusal(node, `${what} may be a sequence`);
    return node.items.map((item) => isNode(item) ? item : undefined);
  }

  /** The raw text of a scalar, whatever it looks like. @throws {StateError} It is none. */
  scalar(node: Node | undefined, what: string): string {
    if (node === undefined) return "";
    if (!this.#yaml.isScalar(node)) throw this.refusal(node, `${what} may be a scalar`);
    const { value, source } = node;
    return typeof value === "string" ? value : source ?? "";
  }

  /** A node as JSON; whole numbers that a double would round are text. @throws {StateError} */
  json(node: Node | undefined): unknown {
    try {
      return jsonOf(node?.toJS(this.#document));
    } catch (error) {
      // Aliases that multiply without end, or that name nothing.
      if (error instanceof ReferenceError) throw this.refusal(node, error.message);
      throw error;
    }
  }

  #refusal(offset: number, detail: string): StateError {
    const { line, col } = this.#lines.linePos(offset);
    const place = `${Math.max(1, line)}:${Math.max(1, col)}`;
    return new StateError({ refusal: "invalid-resource", detail: `${place}: ${detail}` });
  }
}

function jsonOf(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, jsonOf(item)]));
}
