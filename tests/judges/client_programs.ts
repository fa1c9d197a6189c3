/** Clients of gRPC, gRPC-Web and Connect that others made, each as it is built, fetched or found on this machine. */
import { create, type DescFile, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { join } from "@std/path/posix";
import { file_cosi_resource_state } from "../../proto/gen/cosi/resource/state_pb.ts";
import { bufWords, PROTO } from "../../tools/buf.ts";
import { buildPeer, output } from "../bench/programs.ts";

/** Downloading and compiling for the first time. */
const BUILD_MS_MAX = 240_000;
/** A program that does all of its calls. */
const RUN_MS_MAX = 30_000;

const ROOT = join(import.meta.dirname ?? Deno.cwd(), "../..");
const PROTO_FOLDER = join(ROOT, PROTO);

/** What came of each call, by its name. */
export type Outcomes = Readonly<Record<string, string>>;

/** Where a machine listens, and who asks. */
export interface Place {
  /**
   * `unix:PATH` is HTTP/2, `http://HOST:PORT` HTTP/1.1 with a token, `https://HOST:PORT` HTTP/2 with certificates, as on
   * a machine.
   */
  readonly endpoint: string;
  readonly token?: string;
  /** Paths, of PEM. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Does every call on a server. */
export type Client = (place: Place, namespace: string) => Promise<Outcomes>;

/** Protocols that a library of Connect speaks. */
export type Protocol = "connect" | "grpc" | "grpc-web";

/** Clients in Go, by library, with the messages of cosi-project/runtime. */
export async function goClients(
  directory: string,
): Promise<(library: "grpc-go" | Protocol) => Client> {
  const program = await buildPeer(directory, "clients");
  return (library) => async (place, namespace) => {
    const args = [library, JSON.stringify(place), namespace];
    return JSON.parse(await output({ program, args, msMax: RUN_MS_MAX }));
  };
}

/** The path of a place that is a unix socket. @throws {RangeError} It is none. */
export function socketOf({ endpoint }: Place): string {
  if (endpoint.startsWith("unix:")) return endpoint.slice("unix:".length);
  throw new RangeError(`Cannot call ${endpoint}: this client takes a unix socket`);
}

/** grpc-js under Node, which reads our .proto files itself. */
export async function grpcJs(directory: string): Promise<Client> {
  const folder = await installed(directory, "grpc-js", ["client.mjs"]);
  const script = join(folder, "client.mjs");
  return async (place, namespace) => {
    const args = [script, PROTO_FOLDER, socketOf(place), namespace];
    return JSON.parse(await output({ program: "node", args, msMax: RUN_MS_MAX }));
  };
}

/** connect-es, installed: under Node, and what a browser needs of it. */
export interface ConnectEs {
  /** Holds node_modules, the scripts and {@linkcode DESCRIPTORS}. */
  readonly folder: string;
  /** connect-node. */
  client(protocol: Protocol): Client;
}

/** What connect-es knows of the messages, as bytes of a set of descriptors. */
export const DESCRIPTORS = "descriptors.binpb";

/** Installs connect-es. */
export async function connectEs(directory: string): Promise<ConnectEs> {
  const scripts = ["calls.mjs", "client.mjs", "page.mjs"];
  const folder = await installed(directory, "connect-es", scripts);
  const files = [...withDependencies(file_cosi_resource_state)].map(({ proto }) => proto);
  const set = create(FileDescriptorSetSchema, { file: files });
  const descriptors = join(folder, DESCRIPTORS);
  await Deno.writeFile(descriptors, toBinary(FileDescriptorSetSchema, set));
  const script = join(folder, "client.mjs");
  return {
    folder,
    client: (protocol) => async (place, namespace) => {
      const args = [script, descriptors, protocol, JSON.stringify(place), namespace];
      return JSON.parse(await output({ program: "node", args, msMax: RUN_MS_MAX }));
    },
  };
}

/** A file of descriptors behind those that it needs. */
function withDependencies(file: DescFile): Set<DescFile> {
  return new Set([...file.dependencies.flatMap((one) => [...withDependencies(one)]), file]);
}

/** Installs a client of tests/interop by npm, as its lockfile pins it. @returns The folder. */
async function installed(
  directory: string,
  name: string,
  scripts: readonly string[],
): Promise<string> {
  const folder = join(directory, name);
  await Deno.mkdir(folder);
  for (const file of ["package.json", "package-lock.json", ...scripts]) {
    await Deno.copyFile(join(ROOT, "tests/interop", name, file), join(folder, file));
  }
  const install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  await output({ program: "npm", args: install, cwd: folder, msMax: BUILD_MS_MAX });
  return folder;
}

/** Builds grpcurl. @returns Its path. */
export async function grpcurlProgram(directory: string): Promise<string> {
  const program = join(directory, "grpcurl");
  const args = ["build", "-o", program, "github.com/fullstorydev/grpcurl/cmd/grpcurl"];
  const cwd = join(ROOT, "tests/interop/grpcurl");
  await output({ program: "go", args, cwd, msMax: BUILD_MS_MAX });
  return program;
}

/** Names of processors in the packages of buf. */
const BUF_ARCH = { aarch64: "aarch64", x86_64: "x64" } as const;

/**
 * Fetches buf, as pinned for proto/.
 *
 * @returns The path of the program itself: what npm puts on the path starts it as a child, which would outlive a signal.
 */
export async function bufProgram(): Promise<string> {
  const [program, ...words] = bufWords();
  const flags = words.slice(0, -1);
  const args = [...flags, "--package", words.at(-1) ?? "", "-c", "command -v buf"];
  const said = await output({ program, args, cwd: PROTO_FOLDER, msMax: BUILD_MS_MAX });
  const script = await Deno.realPath(said.trim());
  return join(script, `../../../buf-linux-${BUF_ARCH[Deno.build.arch]}/bin/buf`);
}
