/** Reads all of a machine's root file system, so that the machine must prove every block of it. */
import type { Session } from "../session.ts";
import {
  type FileInfo,
  ListRequest_Type,
  MachineService,
} from "../../../proto/gen/machine/machine_pb.ts";
import { type Client, Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";

/** Where the agent's own file lies over its placeholder. */
const AGENT = "/usr/bin/strata";

/** Files read at a time: each read is a stream, and the machine reads on other threads than it answers. */
const READS_AT_ONCE = 4;

/** Faults told: of a root that is all wrong a few are enough. */
const FAULTS_MAX = 32;

/** Codes that say something of a file. Others say that the machine is gone, and end the command. */
const OF_THE_FILE: readonly Code[] = [
  Code.InvalidArgument,
  Code.NotFound,
  Code.PermissionDenied,
  Code.Internal,
  Code.DataLoss,
  Code.Unknown,
];

/** What is to be read. */
export interface RootRequest {
  /** The device that must be mounted at /; "" is not compared. */
  readonly device: string;
  /** SHA-256 of the agent's file, in hexadecimal; "" is not compared. */
  readonly agent: string;
}

/** What was read. */
export interface RootRead {
  readonly files: number;
  readonly bytes: bigint;
  /** Whether the agent's file was compared. */
  readonly agent: boolean;
  readonly faults: readonly string[];
}

/** Reads every regular file of the file system at `/`, and the agent that lies over it. */
export async function readRoot(
  session: Session,
  transport: Transport,
  request: RootRequest,
): Promise<RootRead> {
  const { signal } = session.world;
  const machine = createClient(MachineService, transport);
  const answer = await machine.mounts({}, { signal });
  const mounts = answer.messages.flatMap(({ stats }) => stats);
  const faults: string[] = [];
  const top = mounts.findLast(({ mountedOn }) => mountedOn === "/")?.filesystem ?? "nothing";
  if (request.device !== "" && top !== request.device) {
    faults.push(`/: ${top} is mounted there, not ${request.device}`);
  }
  const covered = new Set(mounts.map(({ mountedOn }) => mountedOn).filter((path) => path !== "/"));
  const paths = await filesOf(machine, { covered, signal, faults });
  const { digest: newDigest } = await session.world.images();
  const digest = request.agent === "" ? undefined : newDigest();
  if (digest !== undefined) {
    await readFile(machine, AGENT, { signal, faults, update: (bytes) => digest.update(bytes) });
    const is = digest.hex();
    if (is !== request.agent) {
      faults.push(`${AGENT}: its SHA-256 is ${is}, the manifest says ${request.agent}`);
    }
  }
  let bytes = 0n;
  const pending = paths.values();
  const reader = async (): Promise<void> => {
    // One iterator for all readers: each takes the next path.
    for (const path of pending) {
      const count = await readFile(machine, path, { signal, faults, update: () => {} });
      bytes += count;
    }
  };
  await Promise.all(Array.from({ length: READS_AT_ONCE }, reader));
  return {
    files: paths.length,
    bytes,
    agent: digest !== undefined,
    faults: faults.slice(0, FAULTS_MAX),
  };
}

interface Listing {
  readonly covered: ReadonlySet<string>;
  readonly signal: AbortSignal;
  readonly faults: string[];
}

/** Paths of the regular files of `/` that no mount lies over; what cannot be listed is a fault. */
async function filesOf(
  machine: Client<typeof MachineService>,
  listing: Listing,
): Promise<readonly string[]> {
  const paths: string[] = [];
  const take = ({ name, isDir }: FileInfo): void => {
    if (!isDir && !isCovered(name, listing.covered)) paths.push(name);
  };
  const directories: string[] = [];
  for await (const entry of entriesOf(machine, { root: "/" }, listing)) {
    if (entry.relativeName === "." || listing.covered.has(entry.name)) continue;
    if (entry.isDir) directories.push(entry.name);
    else take(entry);
  }
  for (const root of directories) {
    for await (const entry of entriesOf(machine, { root, recurse: true }, listing)) take(entry);
  }
  return paths;
}

async function* entriesOf(
  machine: Client<typeof MachineService>,
  request: { readonly root: string; readonly recurse?: boolean },
  { covered, signal, faults }: Listing,
): AsyncGenerator<FileInfo> {
  const types = [ListRequest_Type.REGULAR, ListRequest_Type.DIRECTORY];
  // What is neither file nor directory holds nothing that could be read.
  try {
    for await (const entry of machine.list({ ...request, types }, { signal })) {
      if (entry.error === "") yield entry;
      else if (!isCovered(entry.name, covered)) faults.push(`${entry.name}: ${entry.error}`);
    }
  } catch (error) {
    faults.push(`${request.root}: ${wordsOf(error)}`);
  }
}

/** Reads a file to its end. @returns Bytes read. */
async function readFile(
  machine: Client<typeof MachineService>,
  path: string,
  to: {
    readonly signal: AbortSignal;
    readonly faults: string[];
    readonly update: (bytes: Uint8Array) => void;
  },
): Promise<bigint> {
  let count = 0n;
  try {
    for await (const { bytes, metadata } of machine.read({ path }, { signal: to.signal })) {
      if (metadata?.error) to.faults.push(`${path}: ${metadata.error}`);
      count += BigInt(bytes.length);
      to.update(bytes);
    }
  } catch (error) {
    to.faults.push(`${path}: ${wordsOf(error)}`);
  }
  return count;
}

/** @throws `error` when it says nothing of a file. */
function wordsOf(error: unknown): string {
  if (error instanceof ConnectError && OF_THE_FILE.includes(error.code)) return error.rawMessage;
  throw error;
}

/** Whether it is, or lies below, what another mount lies over. */
function isCovered(path: string, covered: ReadonlySet<string>): boolean {
  for (let at = path; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
    if (covered.has(at)) return true;
  }
  return false;
}
