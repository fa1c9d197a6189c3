/** Go's own stubs of the machine's protos, generated and built here, as a client over mutual TLS. */
import {
  create,
  type DescMessage,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromJson,
  type JsonValue,
  type MessageInitShape,
  type MessageShape,
  toJsonString,
} from "@bufbuild/protobuf";
import { join } from "@std/path/posix";
import { bufWords, PROTO } from "../../tools/buf.ts";
import { output } from "../bench/programs.ts";
import type { Place } from "../judges/client_programs.ts";

/** Downloading and compiling generators and gRPC for the first time. */
const BUILD_MS_MAX = 240_000;

/** One call, to an emulated machine on a busy host; the program gives up before. */
const CALL_MS_MAX = 90_000;

const ROOT = join(import.meta.dirname ?? Deno.cwd(), "../..");
const SOURCES = join(ROOT, "tests/interop/machine-client");

/** Packages of protos that stubs are made of. */
const PACKAGES: readonly string[] = ["common", "machine"];

/** What came of a call. */
export interface Outcome<Message> {
  /** As gRPC names it in Go: `OK`, `PermissionDenied`; `OK` of a stream when its end was read. */
  readonly code: string;
  /** Of a refusal. */
  readonly said: string;
  /** All that came, before a refusal too; one of a call that answers one. */
  readonly messages: readonly Message[];
}

/** A method that is called with one request. */
export type Method<
  Input extends DescMessage = DescMessage,
  Output extends DescMessage = DescMessage,
> =
  | DescMethodUnary<Input, Output>
  | DescMethodServerStreaming<Input, Output>;

/** Makes one call on a connection of its own. `init` is the request, empty when not given. */
export type MachineStubs = <Input extends DescMessage, Output extends DescMessage>(
  place: Place,
  method: Method<Input, Output>,
  init?: MessageInitShape<Input>,
) => Promise<Outcome<MessageShape<Output>>>;

/** Generates the stubs from proto/ by protoc-gen-go and protoc-gen-go-grpc, and builds the client with them. */
export async function machineStubs(directory: string): Promise<MachineStubs> {
  const module = join(directory, "machine-client");
  await Deno.mkdir(module);
  for await (const { name } of Deno.readDir(SOURCES)) {
    await Deno.copyFile(join(SOURCES, name), join(module, name));
  }
  const protos = join(ROOT, PROTO);
  const paths = PACKAGES.flatMap((name) => ["--path", join(protos, name)]);
  const [buf, ...words] = bufWords("generate", protos, "--template", "buf.gen.yaml", ...paths);
  const program = join(module, "machine-client");
  for (const [tool, args] of [[buf, words], ["go", ["build", "-o", program, "."]]] as const) {
    await output({ program: tool, args: [...args], cwd: module, msMax: BUILD_MS_MAX });
  }
  return async (place, method, init) => {
    const request = toJsonString(method.input, create(method.input, init));
    const args = [JSON.stringify(place), method.name, request];
    const told: Outcome<JsonValue> = JSON.parse(
      await output({ program, args, msMax: CALL_MS_MAX }),
    );
    return { ...told, messages: told.messages.map((json) => fromJson(method.output, json)) };
  };
}
