/** A context of the file of contexts, ready to be dialled. */
import { CommandError, EXIT } from "./command_error.ts";
import { ContextBook, type NamedContext } from "./context_book.ts";
import { type Endpoint, parseEndpoint } from "./endpoint.ts";
// @ts-types="types/std_path_posix.d.ts"
import { dirname, resolve } from "@std/path/posix";

/** Certificates as PEM, by the names TLS has for them. `cert` and `key` come together. */
export interface Identity {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Where a machine is, and what it is to be shown. */
export interface MachineContext {
  readonly endpoint: Endpoint;
  /** For people: the context and its file. */
  readonly by: string;
  readonly identity?: Identity;
  readonly token?: string;
  /** Absolute. */
  readonly tokenFile?: string;
}

/** Names told of when one is not there: more would not be read. */
const NAMES_TOLD_MAX = 10;

/**
 * The context of that name, or the one in use; undefined where none is.
 *
 * @throws {CommandError} `notFound`, or `usage` for a file or a context that cannot be used.
 */
export function machineContext(
  { path, text, name }: {
    readonly path: string;
    readonly text: string;
    readonly name: string | undefined;
  },
): MachineContext | undefined {
  const book = new ContextBook(path, text);
  const wanted = name ?? book.current;
  if (wanted === undefined) return undefined;
  return ready(requireContext(book, { name: wanted, path }), { book, path });
}

/** @throws {CommandError} `notFound`, with the names that there are. */
export function requireContext(
  book: ContextBook,
  { name, path }: { readonly name: string; readonly path: string },
): NamedContext {
  const found = book.find(name);
  if (found !== undefined) return found;
  const names = book.contexts.map((each) => each.name);
  const told = names.slice(0, NAMES_TOLD_MAX).join(", ");
  const more = names.length > NAMES_TOLD_MAX ? ` and ${names.length - NAMES_TOLD_MAX} more` : "";
  const may = names.length === 0 ? "it holds none" : `it may be ${told}${more}`;
  throw new CommandError(EXIT.notFound, `no context "${name}" in ${path}: ${may}`);
}

function ready(
  context: NamedContext,
  { book, path }: { readonly book: ContextBook; readonly path: string },
): MachineContext {
  const { name, token, tokenFile } = context;
  const endpoint = endpointOf(context, { book, path });
  const pem = (field: PemField): string | undefined => pemOf(context, { field, book });
  const [ca, cert, key] = [pem("ca"), pem("crt"), pem("key")];
  if ((cert === undefined) !== (key === undefined)) {
    throw book.refusal({ name, reason: "must have both crt and key, or neither" });
  }
  if (cert !== undefined && endpoint.transport !== "https") {
    throw book.refusal({
      name,
      field: "endpoint",
      reason: "must be https://HOST:PORT: crt is for TLS",
    });
  }
  const identity = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  };
  return {
    endpoint,
    by: `context "${name}" of ${path}`,
    ...(ca === undefined && cert === undefined ? {} : { identity }),
    ...(token === undefined ? {} : { token }),
    ...(tokenFile === undefined ? {} : { tokenFile: resolve(dirname(path), tokenFile) }),
  };
}

function endpointOf(
  { name, endpoint }: NamedContext,
  { book, path }: { readonly book: ContextBook; readonly path: string },
): Endpoint {
  try {
    return parseEndpoint(endpoint, dirname(path));
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw book.refusal({ name, field: "endpoint", reason: `cannot be used: ${error.message}` });
  }
}

type PemField = "ca" | "crt" | "key";

/** Of `PRIVATE KEY`, whatever kind stands before it. */
const PEM_REGEXPS: Readonly<Record<PemField, RegExp>> = {
  ca: /-----BEGIN CERTIFICATE-----/,
  crt: /-----BEGIN CERTIFICATE-----/,
  key: /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/,
};

/** What a field's PEM must hold, for people. */
export const PEM_WORDS: Readonly<Record<PemField, string>> = {
  ca: "a certificate",
  crt: "a certificate",
  key: "a private key without a password",
};

/** Whether the text is PEM of what the field is for. */
export function isPem(field: PemField, text: string): boolean {
  return PEM_REGEXPS[field].test(text);
}

/** The PEM of a field. Never says what is in it: it may be a secret. */
function pemOf(
  context: NamedContext,
  { field, book }: { readonly field: PemField; readonly book: ContextBook },
): string | undefined {
  const value = context[field];
  if (value === undefined) return undefined;
  try {
    const text = new TextDecoder().decode(Uint8Array.fromBase64(value));
    if (isPem(field, text)) return text;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw book.refusal({
    name: context.name,
    field,
    reason: `must be base64 of PEM that holds ${PEM_WORDS[field]}`,
  });
}
