/**
 * A file of contexts: where machines are and how to reach them, as YAML.
 *
 * ```yaml
 * context: home # the one that is used
 * contexts:
 *     home:
 *         endpoint: https://10.0.0.2:50000
 *         ca: BASE64 # of PEM, as are crt and key
 *         crt: BASE64
 *         key: BASE64
 *     here:
 *         endpoint: http://127.0.0.1:50080
 *         tokenFile: /home/user/token # a relative path begins at the folder of this file
 * ```
 *
 * What is changed is changed in the document: comments, order and fields that are not known here stay as they are.
 */
import { CommandError, EXIT } from "./command_error.ts";
import { isMap, isNode, isScalar, LineCounter, parseDocument, type YAMLMap } from "yaml";

/** Fields of a context, by their names in the file. */
export interface ContextFields {
  readonly endpoint: string;
  /** Base64 of PEM: whom to trust. */
  readonly ca?: string;
  /** Base64 of PEM: who we are. */
  readonly crt?: string;
  /** Base64 of PEM: the key of `crt`. */
  readonly key?: string;
  readonly token?: string;
  readonly tokenFile?: string;
}

/** A context and its name. */
export interface NamedContext extends ContextFields {
  readonly name: string;
}

const FIELDS = ["endpoint", "ca", "crt", "key", "token", "tokenFile"] as const;

/** Names that can be typed, and cannot be taken for an option: those of other tools' contexts are among them. */
const NAME_REGEXP = /^[A-Za-z0-9_][\w.@:+/-]{0,252}$/;

/** @throws {CommandError} `usage`. */
export function checkContextName(name: string): void {
  if (NAME_REGEXP.test(name)) return;
  throw new CommandError(
    EXIT.usage,
    `cannot name a context "${name}": a name has at most 253 letters, digits and ._@:+/-, and begins with a letter or digit`,
  );
}

/** A file of contexts, read and checked. */
export class ContextBook {
  readonly #path: string;
  readonly #lines = new LineCounter();
  readonly #document: ReturnType<typeof parseDocument>;

  /**
   * @param path Named by errors, with the line.
   * @param text Empty for a file that is not there yet.
   * @throws {CommandError} `usage`: it is not what a file of contexts must be.
   */
  constructor(path: string, text: string) {
    this.#path = path;
    this.#document = parseDocument(text, { lineCounter: this.#lines });
    const [error] = this.#document.errors;
    if (error !== undefined) {
      const words = error.message.split(/ at line |\n/)[0] ?? "";
      throw this.#unfit(this.#lines.linePos(error.pos[0]).line, words.replace(/[.:]$/, ""));
    }
    this.#check();
  }

  /** The name of the one in use; undefined for none. It may be one that is not there. */
  get current(): string | undefined {
    const name: unknown = this.#document.get("context");
    return typeof name === "string" && name !== "" ? name : undefined;
  }

  /** In the order of the file. */
  get contexts(): readonly NamedContext[] {
    return (this.#contexts()?.items ?? []).map(({ key }) => {
      const name = textOf(key);
      const field = (each: string): string | undefined => {
        const value: unknown = this.#document.getIn(["contexts", name, each]);
        return typeof value === "string" ? value : undefined;
      };
      const fields = FIELDS.map((each) => [each, field(each)] as const)
        .filter(([, value]) => value !== undefined);
      return { name, endpoint: "", ...Object.fromEntries(fields) };
    });
  }

  /** The one of that name. */
  find(name: string): NamedContext | undefined {
    return this.contexts.find((each) => each.name === name);
  }

  /** Everything in the file, as data. */
  data(): unknown {
    return this.#document.toJS() ?? {};
  }

  /** The file. */
  text(): string {
    return this.#document.toString({ indent: 4, lineWidth: 0 });
  }

  use(name: string): void {
    this.#document.set("context", name);
  }

  /** Adds one behind all others, or gives one that is there these fields and no others that are known here. */
  put(name: string, fields: ContextFields): void {
    if (!isMap(this.#document.contents)) this.#document.contents = this.#document.createNode({});
    if (this.#contexts() === undefined) {
      this.#document.set("contexts", this.#document.createNode({}));
    }
    for (const field of FIELDS) {
      const value = fields[field];
      if (value !== undefined) this.#document.setIn(["contexts", name, field], value);
      else if (this.#document.hasIn(["contexts", name, field])) {
        this.#document.deleteIn(["contexts", name, field]);
      }
    }
  }

  /** Adds one of another file under a name that is free, with the fields that are not known here. */
  take(other: ContextBook, { name, as, fields }: {
    readonly name: string;
    readonly as: string;
    readonly fields: ContextFields;
  }): void {
    this.put(as, fields);
    const foreign: unknown = other.#document.getIn(["contexts", name], true);
    for (const { key, value } of isMap(foreign) ? foreign.items : []) {
      const field = textOf(key);
      if (FIELDS.some((each) => each === field)) continue;
      const data = isNode(value) ? value.toJS(other.#document) : value;
      this.#document.setIn(["contexts", as, field], this.#document.createNode(data));
    }
  }

  /** Takes one out; where it was in use, none is. */
  remove(name: string): void {
    this.#document.deleteIn(["contexts", name]);
    if (this.current === name) this.#document.delete("context");
  }

  /** Gives one another name, at its place and with everything in it. */
  rename(name: string, next: string): void {
    const pair = this.#contexts()?.items.find(({ key }) => textOf(key) === name);
    if (pair === undefined) return;
    pair.key = this.#document.createNode(next);
    if (this.current === name) this.use(next);
  }

  /** A usage error about one field of a context, or about the context. */
  refusal(
    at: { readonly name: string; readonly field?: string; readonly reason: string },
  ): CommandError {
    const path = ["contexts", at.name, ...(at.field === undefined ? [] : [at.field])];
    return this.#unfit(this.#lineOf(path), `${path.join(".")} ${at.reason}`);
  }

  #contexts(): YAMLMap | undefined {
    const contexts: unknown = this.#document.get("contexts");
    return isMap(contexts) ? contexts : undefined;
  }

  #check(): void {
    const { contents } = this.#document;
    if (contents === null || isEmpty(contents)) return;
    if (!isMap(contents)) throw this.#unfit(1, "it must hold fields such as contexts and context");
    this.#checkText(["context"]);
    const contexts: unknown = this.#document.get("contexts", true);
    if (contexts === undefined || isEmpty(contexts)) return;
    if (!isMap(contexts)) {
      throw this.#unfit(this.#lineOf(["contexts"]), "contexts must hold one field a context");
    }
    for (const { key } of contexts.items) {
      if (!isScalar(key) || typeof key.value !== "string") {
        throw this.#unfit(this.#lineAt(key), `"${textOf(key)}" is no name: put quotes around it`);
      }
      const path = ["contexts", textOf(key)];
      const context: unknown = this.#document.getIn(path, true);
      if (!isMap(context)) {
        throw this.#unfit(
          this.#lineOf(path),
          `${path.join(".")} must hold fields such as endpoint`,
        );
      }
      for (const field of FIELDS) this.#checkText([...path, field]);
      if (!context.has("endpoint")) {
        throw this.#unfit(this.#lineOf(path), `${path.join(".")} has no endpoint`);
      }
    }
  }

  #checkText(path: readonly string[]): void {
    const value: unknown = this.#document.getIn([...path], true);
    if (value === undefined || (isScalar(value) && typeof value.value === "string")) return;
    // A name such as 7 is a number in YAML.
    throw this.#unfit(this.#lineOf(path), `${path.join(".")} must be text; put quotes around it`);
  }

  #lineOf(path: readonly string[]): number {
    return this.#lineAt(this.#document.getIn([...path], true));
  }

  #lineAt(node: unknown): number {
    const at = typeof node === "object" && node !== null && "range" in node
      ? node.range
      : undefined;
    const start: unknown = Array.isArray(at) ? at[0] : undefined;
    return typeof start === "number" ? this.#lines.linePos(start).line : 1;
  }

  #unfit(line: number, reason: string): CommandError {
    return new CommandError(EXIT.usage, `cannot use "${this.#path}": line ${line}: ${reason}`);
  }
}

function isEmpty(node: unknown): boolean {
  return isScalar(node) && node.value === null;
}

/** The text of a key. */
function textOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}
