/** Clients of gRPC that others made, each as it is built, fetched or found on this machine. */
import { join } from "@std/path/posix";
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

/** Does every call on a server. */
export type Client = (socket: string, namespace: string) => Promise<Outcomes>;

/** grpc-go, with the messages of cosi-project/runtime. */
export async function grpcGo(directory: string): Promise<Client> {
  const program = await buildPeer(directory, "clients");
  return async (socket, namespace) =>
    JSON.parse(await output({ program, args: [socket, namespace], msMax: RUN_MS_MAX }));
}

/** grpc-js under Node, which reads our .proto files itself. */
export async function grpcJs(directory: string): Promise<Client> {
  const folder = join(directory, "grpc-js");
  await Deno.mkdir(folder);
  for (const file of ["package.json", "package-lock.json", "client.mjs"]) {
    await Deno.copyFile(join(ROOT, "tests/interop/grpc-js", file), join(folder, file));
  }
  const install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  await output({ program: "npm", args: install, cwd: folder, msMax: BUILD_MS_MAX });
  const script = join(folder, "client.mjs");
  return async (socket, namespace) => {
    const args = [script, PROTO_FOLDER, socket, namespace];
    return JSON.parse(await output({ program: "node", args, msMax: RUN_MS_MAX }));
  };
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
