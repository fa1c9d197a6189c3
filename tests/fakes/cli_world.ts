/** A world for tests: files, terminal and environment in memory, the machine behind a router instead of a socket. */
import { CommandError, EXIT } from "../../api/client/command_error.ts";
import { runCli } from "../../api/cli/cli.ts";
import type { ImageChecks } from "../../api/cli/image_checks.ts";
import type { CliWorld } from "../../api/cli/world.ts";
import type { FileFacts, Found } from "../../api/client/discovery.ts";
import type { Clock } from "../../runtime/core/ports.ts";
import { type ResourceTypes, resourceTypes } from "../../runtime/core/resource_types.ts";
import { FakeClock } from "./clock.ts";
import { FakeRandom } from "./random.ts";
import { type ConnectRouter, createRouterTransport, type Transport } from "@connectrpc/connect";

/** What a test says of its world; everything else is empty. */
export interface FakeWorldOptions {
  readonly routes?: (router: ConnectRouter) => void;
  /** In place of `routes`. */
  readonly transport?: Transport;
  readonly env?: Readonly<Record<string, string>>;
  /** Path to text; folders above them are there too. */
  readonly files?: Readonly<Record<string, string>>;
  /** Told of every file that is written. */
  readonly rewritten?: (path: string, text: string) => void;
  /** Told of every machine that is dialled. */
  readonly dialled?: (found: Found) => void;
  readonly sockets?: readonly string[];
  /** Paths that belong to somebody else. */
  readonly foreign?: readonly string[];
  /** Columns of a terminal; undefined is none. */
  readonly terminal?: number;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  readonly knownTypes?: ResourceTypes;
  readonly images?: Partial<ImageChecks>;
  readonly serve?: CliWorld["serve"];
  readonly write?: (text: string) => void;
}

/** What a run left behind. */
export interface RunResult {
  readonly code: number;
  readonly out: string;
  readonly bytes: Uint8Array;
  readonly err: string;
}

/** The user all fake files belong to unless they are foreign. */
export const FAKE_UID = 1000;

/** A world; what is written is given to `write`. */
export function fakeWorld(
  options: FakeWorldOptions,
  write: (stream: "out" | "err", bytes: Uint8Array) => void = () => {},
): CliWorld {
  const { files = {}, terminal } = options;
  const sink = (stream: "out" | "err") => ({
    isTerminal: terminal !== undefined,
    width: terminal ?? 0,
    write: (bytes: Uint8Array) => Promise.resolve(write(stream, bytes)),
  });
  return {
    clock: options.clock ?? new FakeClock(),
    random: new FakeRandom(),
    stdout: sink("out"),
    stderr: sink("err"),
    env: (name) => options.env?.[name],
    cwd: "/home/user/work",
    uid: FAKE_UID,
    signal: options.signal ?? new AbortController().signal,
    version: {
      tag: "v1.2.3",
      sha: "abc",
      built: "",
      runtime: "deno 2",
      os: "linux",
      arch: "amd64",
    },
    files: {
      stat: (path) => Promise.resolve(fakeStat(path, options)),
      readText(path, bytesMax) {
        const text = files[path];
        if (text !== undefined && text.length > bytesMax) {
          return Promise.reject(new RangeError(path));
        }
        return Promise.resolve(text);
      },
      async rewrite(path, { bytesMax, change }) {
        const text = files[path];
        if (text !== undefined && text.length > bytesMax) throw new RangeError(path);
        const next = await change(text);
        options.rewritten?.(path, next);
      },
    },
    connect: (found) => {
      options.dialled?.(found);
      return Promise.resolve({
        transport: options.transport ?? createRouterTransport(options.routes ?? (() => {})),
        [Symbol.dispose]() {},
      });
    },
    knownTypes: () => Promise.resolve(options.knownTypes ?? resourceTypes([])),
    images: () => Promise.resolve({ ...NO_IMAGES, ...options.images }),
    serve: options.serve ?? (() => Promise.resolve(0)),
  };
}

/** A host without images. */
const NO_IMAGES: ImageChecks = {
  publicKey: (path) => Promise.reject(new CommandError(EXIT.notFound, `cannot find "${path}"`)),
  file: (path) => Promise.reject(new CommandError(EXIT.notFound, `cannot find "${path}"`)),
  runningManifest: () => Promise.resolve({ manifest: undefined, faults: ["no manifest"] }),
  digest: () => {
    let count = 0;
    return { update: (bytes) => void (count += bytes.length), hex: () => `digest of ${count}` };
  },
};

function fakeStat(path: string, options: FakeWorldOptions): FileFacts | undefined {
  const uid = options.foreign?.includes(path) ? FAKE_UID + 1 : FAKE_UID;
  if (options.sockets?.includes(path)) return { type: "socket", uid };
  const paths = Object.keys(options.files ?? {});
  if (paths.includes(path)) return { type: "file", uid };
  return paths.some((each) => each.startsWith(`${path}/`)) ? { type: "directory", uid } : undefined;
}

/** Runs a command line against a machine found by `STRATA_ENDPOINT` unless the options have an environment. */
export async function runFake(
  args: readonly string[],
  options: FakeWorldOptions = {},
): Promise<RunResult> {
  const written: Record<"out" | "err", Uint8Array[]> = { out: [], err: [] };
  const env = { STRATA_ENDPOINT: "http://127.0.0.1:50080" };
  const world = fakeWorld({ env, ...options }, (stream, bytes) => {
    written[stream].push(bytes.slice());
    if (stream === "out") options.write?.(new TextDecoder().decode(bytes));
  });
  const code = await runCli(args, world);
  const bytes = joined(written.out);
  const text = (all: Uint8Array): string => new TextDecoder().decode(all);
  return { code, bytes, out: text(bytes), err: text(joined(written.err)) };
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
