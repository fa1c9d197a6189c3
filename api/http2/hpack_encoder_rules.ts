import { entryBytes } from "./dynamic_table.ts";

/** Names whose history is kept; further ones are sent as plain literals. */
const NAMES_MAX = 64;

/** Bytes of an entry that may be put into the table: a greater one would drive out a dozen common ones. */
const ENTRY_BYTES_MAX = 512;

/** Values that no intermediary may put into a table either: guessing at compressed secrets is an attack (RFC 7541 §7.1). */
const SECRET = new Set(["authorization", "cookie", "proxy-authorization", "set-cookie"]);
const SECRET_REGEXP = /token|secret|password|passwd|api-?key|credential|session/;

/** Values that are another one each time, or nearly. */
const CHANGING = new Set([
  "age",
  "content-length",
  "content-range",
  "date",
  "etag",
  "expires",
  "grpc-message",
  "grpc-status-details-bin",
  "grpc-timeout",
  "last-modified",
  "location",
]);

/** How a field that no table has is sent: never put into a table by anybody, not put into ours, or put into it. */
export type Indexing = "never" | "not" | "yes";

/** What was seen of a name. */
interface NameHistory {
  /** What is decided by the name alone. */
  readonly fixed: Indexing | undefined;
  value: string | undefined;
}

/**
 * Decides which fields go into the dynamic table: those that may come again. A name's first value does; another one
 * does when it is sent twice running, so that values that differ each time drive out nothing.
 */
export class IndexingRules {
  readonly #names = new Map<string, NameHistory>();

  /** Whether the value of `name` is a secret. */
  isSecret(name: string): boolean {
    return this.#historyOf(name).fixed === "never";
  }

  /** Decides about a field that is not in the table, and remembers it. */
  decide(name: string, value: string): Indexing {
    const history = this.#historyOf(name);
    if (history.fixed !== undefined) return history.fixed;
    if (entryBytes(name, value) > ENTRY_BYTES_MAX) return "not";
    const comesAgain = history.value === undefined || history.value === value;
    history.value = value;
    return comesAgain ? "yes" : "not";
  }

  #historyOf(name: string): NameHistory {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const full = this.#names.size === NAMES_MAX || name.length > ENTRY_BYTES_MAX;
    const changing = full || CHANGING.has(name) ? "not" : undefined;
    const secret = SECRET.has(name) || SECRET_REGEXP.test(name);
    const history: NameHistory = { fixed: secret ? "never" : changing, value: undefined };
    if (!full) this.#names.set(name, history);
    return history;
  }
}
