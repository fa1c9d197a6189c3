/**
 * Finds the machine a command talks to, and the token for it.
 *
 * Endpoint, the first of: flag, context of the flag, `STRATA_ENDPOINT`, context in use, the machine's own sockets, host
 * mode's sockets, `.strata/` in the working directory or above; of two sockets that of HTTP/2. Token, the first of: flag,
 * `STRATA_TOKEN`, what belongs to the endpoint: that of its context, `token` beside a socket, or in the `.strata/` whose
 * endpoint it is. Tokens and certificates that were found so never go to another endpoint, unless both `--endpoint` and
 * `--context` say so.
 */
import { CommandError, EXIT } from "./command_error.ts";
import { CONTEXT_FILE_BYTES_MAX, contextPath } from "./context_path.ts";
import type { Identity, MachineContext } from "./machine_context.ts";
import { type Endpoint, endpointText, HTTP2_SOCKET, parseEndpoint } from "./endpoint.ts";
// @ts-types="types/std_path_posix.d.ts"
import { dirname, join, resolve } from "@std/path/posix";

/** What is known of a path; symbolic links are followed. */
export interface FileFacts {
  readonly type: "file" | "directory" | "socket" | "other";
  readonly uid: number;
}

/** Looks at the caller's own files. Undefined stands for a path that is not there or not to be reached. */
export interface Files {
  stat(path: string): Promise<FileFacts | undefined>;
  /** @throws {RangeError} The file is longer than `bytesMax`. */
  readText(path: string, bytesMax: number): Promise<string | undefined>;
}

/** What a search looks at. */
export interface Surroundings {
  env(name: string): string | undefined;
  /** Absolute. */
  readonly cwd: string;
  readonly uid: number;
  readonly files: Files;
}

/** What the caller said on the command line. */
export interface DiscoveryFlags {
  readonly endpoint?: string | undefined;
  readonly context?: string | undefined;
  readonly tokenFile?: string | undefined;
}

/** A machine to dial. */
export interface Found {
  readonly endpoint: Endpoint;
  /** What led to it, for people: `--endpoint`, `STRATA_ENDPOINT`, a path. */
  readonly by: string;
  readonly token: string | undefined;
  /** Who we are in TLS, and whom we trust. */
  readonly identity?: Identity;
}

const MACHINE_FOLDER = "/system/run/strata";

/** Sockets of a machine's folder, in the order of preference. */
const SOCKETS: readonly string[] = [HTTP2_SOCKET, "http.sock"];

/** Where `up` has the machine listen unless told otherwise. */
const DEV_ENDPOINT = "http://127.0.0.1:50080";

/** Bytes of a token or endpoint file: both are one short line. */
const LINE_FILE_BYTES_MAX = 4096;

interface Place {
  readonly endpoint: Endpoint;
  readonly by: string;
  readonly tokenFile?: string;
  readonly context?: MachineContext;
}

/**
 * Finds endpoint, token and certificates.
 *
 * @throws {CommandError} `usage` for a flag, variable or file that cannot be used, `notFound` for a context that is not
 * there, `unreachable` when there is no machine.
 */
export async function findMachine(flags: DiscoveryFlags, around: Surroundings): Promise<Found> {
  const place = await findPlace(flags, around);
  const identity = place.context?.identity;
  return {
    endpoint: place.endpoint,
    by: place.by,
    token: await findToken(place, { flags, around }),
    ...(identity === undefined ? {} : { identity }),
  };
}

async function findPlace(flags: DiscoveryFlags, around: Surroundings): Promise<Place> {
  // A flag counts for more than a variable, be it only a context's.
  const variable = flags.context === undefined ? around.env("STRATA_ENDPOINT") : undefined;
  const named = flags.endpoint ?? (variable || undefined);
  if (named === undefined) {
    const context = await findContext(flags.context, around);
    return context === undefined
      ? await nearest(around)
      : { endpoint: context.endpoint, by: context.by, context };
  }
  const by = flags.endpoint === undefined ? "STRATA_ENDPOINT" : "--endpoint";
  const place = await namedPlace(named, { by, around });
  if (flags.context !== undefined) {
    const context = await findContext(flags.context, around);
    return context === undefined ? place : { ...place, context };
  }
  const context = await findContext(undefined, around).catch(unusable);
  const isIts = context !== undefined &&
    endpointText(context.endpoint) === endpointText(place.endpoint);
  return isIts ? { ...place, context } : place;
}

/** Who names an endpoint need not have a file of contexts that can be used. */
function unusable(error: unknown): undefined {
  if (!(error instanceof CommandError)) throw error;
}

/** The context of that name, or the one in use. */
async function findContext(
  name: string | undefined,
  around: Surroundings,
): Promise<MachineContext | undefined> {
  const path = contextPath(around);
  const text = path === undefined ? undefined : await readContexts(path, around);
  if (path !== undefined && text !== undefined) {
    const { machineContext } = await import("./machine_context.ts");
    return machineContext({ path, text, name });
  }
  if (name === undefined) return undefined;
  const where = path === undefined ? "there is no home to look into" : `there is no ${path}`;
  throw new CommandError(EXIT.notFound, `no context "${name}": ${where}`);
}

/** The file of contexts; undefined where there is none. @throws {CommandError} `usage`: it is too long. */
export async function readContexts(
  path: string,
  { files }: Pick<Surroundings, "files">,
): Promise<string | undefined> {
  try {
    return await files.readText(path, CONTEXT_FILE_BYTES_MAX);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const bound = `it has more than ${CONTEXT_FILE_BYTES_MAX} bytes`;
    throw new CommandError(EXIT.usage, `cannot use "${path}": ${bound}`);
  }
}

async function namedPlace(
  text: string,
  context: { readonly by: string; readonly around: Surroundings },
): Promise<Place> {
  const { by, around } = context;
  const endpoint = parseEndpoint(text, around.cwd);
  if (endpoint.transport === "unix") {
    return { endpoint, by, tokenFile: join(dirname(endpoint.path), "token") };
  }
  const dev = await devPlace(around, []);
  const ours = dev?.tokenFile !== undefined && endpointText(dev.endpoint) === endpoint.origin;
  return ours ? { ...dev, by } : { endpoint, by };
}

async function nearest(around: Surroundings): Promise<Place> {
  const tried: string[] = [];
  const folders = [MACHINE_FOLDER, hostFolder(around)];
  for (const socket of folders.flatMap((folder) => SOCKETS.map((name) => join(folder, name)))) {
    const facts = await around.files.stat(socket);
    if (facts?.type === "socket" && trusted(facts, around)) {
      const endpoint: Endpoint = { transport: "unix", path: socket };
      return { endpoint, by: socket, tokenFile: join(dirname(socket), "token") };
    }
    tried.push(facts?.type === "socket" ? `${socket} (it belongs to another user)` : socket);
  }
  const dev = await devPlace(around, tried);
  if (dev !== undefined) return dev;
  throw new CommandError(
    EXIT.unreachable,
    `no machine found: give --endpoint, --context or STRATA_ENDPOINT, or start one with "deno task up" or "strata serve"; ` +
      `looked at ${tried.join(", ")}`,
  );
}

/** Whether what lies there can only have been put there by the caller or by root. */
function trusted(facts: FileFacts, around: Surroundings): boolean {
  return facts.uid === around.uid || facts.uid === 0;
}

function hostFolder(around: Surroundings): string {
  const runtime = around.env("XDG_RUNTIME_DIR") || undefined;
  return runtime === undefined
    ? `/tmp/strata-${around.uid}`
    : join(resolve(around.cwd, runtime), "strata");
}

/** The nearest `.strata/` with a token, from the working directory upwards. */
async function devPlace(around: Surroundings, tried: string[]): Promise<Place | undefined> {
  for (let folder = around.cwd;; folder = dirname(folder)) {
    const dev = join(folder, ".strata");
    const facts = await around.files.stat(dev);
    if (facts?.type === "directory") {
      const tokenFile = join(dev, "token");
      if (!trusted(facts, around)) tried.push(`${dev} (it belongs to another user)`);
      else if (await around.files.stat(tokenFile) === undefined) tried.push(tokenFile);
      else {
        const line = await readLine(join(dev, "endpoint"), around);
        return { endpoint: parseEndpoint(line || DEV_ENDPOINT, dev), by: dev, tokenFile };
      }
    }
    if (dirname(folder) === folder) break;
  }
  if (tried.every((path) => !path.includes("/.strata"))) tried.push(".strata/ here and above");
  return undefined;
}

async function findToken(
  place: Place,
  from: { readonly flags: DiscoveryFlags; readonly around: Surroundings },
): Promise<string | undefined> {
  const { flags, around } = from;
  if (flags.tokenFile !== undefined) {
    return await tokenOf(resolve(around.cwd, flags.tokenFile), around);
  }
  const variable = around.env("STRATA_TOKEN") || undefined;
  if (variable !== undefined) return checkedToken(variable, "STRATA_TOKEN");
  const { context } = place;
  if (context?.token !== undefined) return checkedToken(context.token, context.by);
  if (context?.tokenFile !== undefined) return await tokenOf(context.tokenFile, around);
  if (place.tokenFile === undefined) return undefined;
  const line = await readLine(place.tokenFile, around);
  return line === undefined ? undefined : checkedToken(line, place.tokenFile);
}

/** The token in a file that somebody named. */
async function tokenOf(path: string, around: Surroundings): Promise<string> {
  const line = await readLine(path, around);
  if (line !== undefined) return checkedToken(line, path);
  throw new CommandError(
    EXIT.usage,
    `cannot read the token file "${path}": give a file that is there and readable`,
  );
}

/** The token without the line's end. Never says what it is: it is a secret. */
function checkedToken(text: string, source: string): string {
  const token = text.trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new CommandError(
    EXIT.usage,
    `cannot use the token of ${source}: it must be one line of visible ASCII characters without spaces`,
  );
}

async function readLine(path: string, around: Surroundings): Promise<string | undefined> {
  try {
    return (await around.files.readText(path, LINE_FILE_BYTES_MAX))?.trim();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CommandError(
      EXIT.usage,
      `cannot use "${path}": it has more than ${LINE_FILE_BYTES_MAX} bytes`,
    );
  }
}
