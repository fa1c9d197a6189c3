/** `strata config add, remove, rename, merge` and the choice of a context. */
import { CommandError, EXIT } from "../../client/command_error.ts";
import {
  checkContextName,
  ContextBook,
  type ContextFields,
  type NamedContext,
} from "../../client/context_book.ts";
import { parseEndpoint } from "../../client/endpoint.ts";
import { requireContext } from "../../client/machine_context.ts";
import { type CommandInput, optionText } from "../command_spec.ts";
import { checkCertificate, checkKey, type PemFile } from "./certificate.ts";
import { changeConfig, type ConfigFile, readConfig, readOwnFile } from "./config_file.ts";
import { escapeText } from "../escape.ts";
import type { Session } from "../session.ts";
// @ts-types="types/std_path_posix.d.ts"
import { dirname, resolve } from "@std/path/posix";

/** Takes a context in use, or tells which one is. */
export async function useContext(session: Session, input: CommandInput): Promise<number> {
  const name = input.arguments["NAME"];
  if (name !== undefined) {
    await changeConfig(
      session,
      ({ book, path }) => book.use(requireContext(book, { name, path }).name),
    );
    return await say(session, `context "${name}" is in use`);
  }
  const { book, path } = await readConfig(session);
  if (book.current !== undefined) return await say(session, book.current);
  throw new CommandError(
    EXIT.notFound,
    `no context is in use: "strata config context NAME" takes one of ${path}`,
  );
}

/** Adds a context; the first one is in use at once. */
export async function addContext(session: Session, input: CommandInput): Promise<number> {
  const name = input.arguments["NAME"] ?? "";
  checkContextName(name);
  const fields = await readFields(session, input);
  let inUse = false;
  await changeConfig(session, ({ book, path }) => {
    if (book.find(name) !== undefined && input.options["force"] !== true) {
      throw new CommandError(
        EXIT.refused,
        `context "${name}" is in ${path} already: give --force to replace it`,
      );
    }
    book.put(name, fields);
    if (book.current === undefined) book.use(name);
    inUse = book.current === name;
  });
  return await say(session, `context "${name}" is added${inUse ? " and in use" : ""}`);
}

async function readFields(session: Session, input: CommandInput): Promise<ContextFields> {
  const { world } = session;
  const text = optionText(input, "endpoint");
  if (text === undefined) {
    throw new CommandError(EXIT.usage, "missing option --endpoint: it says where the machine is");
  }
  const parsed = parseEndpoint(text, world.cwd);
  const endpoint = parsed.transport === "unix" ? `unix:${parsed.path}` : parsed.origin;
  const read = async (option: string): Promise<PemFile | undefined> => {
    const given = optionText(input, option);
    if (given === undefined) return undefined;
    const path = resolve(world.cwd, given);
    return { path, text: await readOwnFile(session, path) };
  };
  const [ca, crt, key] = [await read("ca"), await read("crt"), await read("key")];
  if ((crt === undefined) !== (key === undefined)) {
    throw new CommandError(
      EXIT.usage,
      "cannot use --crt without --key, or --key without --crt: give both",
    );
  }
  if ((ca ?? crt) !== undefined && parsed.transport !== "https") {
    throw new CommandError(
      EXIT.usage,
      "cannot use certificates with this endpoint: they are for https://HOST:PORT",
    );
  }
  if (ca !== undefined) checkCertificate("ca", ca);
  if (crt !== undefined && key !== undefined) {
    checkCertificate("crt", crt);
    checkKey(key, crt);
  }
  const tokenFile = optionText(input, "token-file");
  return {
    endpoint,
    ...(ca === undefined ? {} : { ca: base64(ca) }),
    ...(crt === undefined ? {} : { crt: base64(crt) }),
    ...(key === undefined ? {} : { key: base64(key) }),
    ...(tokenFile === undefined ? {} : { tokenFile: resolve(world.cwd, tokenFile) }),
  };
}

function base64({ text }: PemFile): string {
  return new TextEncoder().encode(text).toBase64();
}

/** Takes a context out. */
export async function removeContext(session: Session, input: CommandInput): Promise<number> {
  const name = input.arguments["NAME"] ?? "";
  let wasInUse = false;
  await changeConfig(session, ({ book, path }) => {
    requireContext(book, { name, path });
    wasInUse = book.current === name;
    book.remove(name);
  });
  return await say(
    session,
    `context "${name}" is removed${wasInUse ? "; none is in use now" : ""}`,
  );
}

/** Gives a context another name. */
export async function renameContext(session: Session, input: CommandInput): Promise<number> {
  const { NAME: name = "", NEW: next = "" } = input.arguments;
  checkContextName(next);
  await changeConfig(session, ({ book, path }) => {
    requireContext(book, { name, path });
    if (book.find(next) !== undefined) {
      throw new CommandError(
        EXIT.refused,
        `context "${next}" is in ${path} already: remove it first`,
      );
    }
    book.rename(name, next);
  });
  return await say(session, `context "${name}" is now "${next}"`);
}

/** Takes in the contexts of another file. Of two with one name the new one gets another, unless they are the same. */
export async function mergeContexts(session: Session, input: CommandInput): Promise<number> {
  const path = resolve(session.world.cwd, input.arguments["FILE"] ?? "");
  const other = new ContextBook(path, await readOwnFile(session, path));
  const merged: string[] = [];
  await changeConfig(session, ({ book }) => merged.push(...merge(book, { path, book: other })));
  for (const line of merged) await say(session, line);
  return merged.length === 0 ? await say(session, `"${path}" holds no context`) : EXIT.done;
}

function* merge(book: ContextBook, other: ConfigFile): Generator<string> {
  const names = new Map<string, string>();
  for (const { name, ...given } of other.book.contexts) {
    checkContextName(name);
    const { tokenFile } = given;
    const fields = tokenFile === undefined
      ? given
      : { ...given, tokenFile: resolve(dirname(other.path), tokenFile) };
    const found = book.find(name);
    if (found !== undefined && isSame(found, fields)) {
      names.set(name, name);
      yield `context "${name}" is there already`;
      continue;
    }
    const free = freeName(name, book);
    names.set(name, free);
    book.take(other.book, { name, as: free, fields });
    yield free === name ? `context "${name}" is added` : `context "${name}" is added as "${free}"`;
  }
  const wanted = names.get(other.book.current ?? "");
  if (book.current !== undefined || wanted === undefined) return;
  book.use(wanted);
  yield `context "${wanted}" is in use`;
}

function isSame({ name: _, ...a }: NamedContext, b: ContextFields): boolean {
  const entries = (fields: ContextFields): string => JSON.stringify(Object.entries(fields).sort());
  return entries(a) === entries(b);
}

/** The name, with the first number behind it that nobody has. */
function freeName(name: string, book: ContextBook): string {
  let free = name;
  for (let count = 1; book.find(free) !== undefined; count++) free = `${name}-${count}`;
  return free;
}

async function say({ out }: Session, line: string): Promise<number> {
  await out.text(`${escapeText(line)}\n`);
  return EXIT.done;
}
