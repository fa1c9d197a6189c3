/**
 * `generate.ts`: makes gen/ anew, the suite's messages for our programs, from the .proto files in its Go module.
 *
 * Without comments: they are the suite's own.
 */
import { join } from "@std/path/posix";
import { bufWords } from "../../../tools/buf.ts";
import { output } from "../../bench/programs.ts";
import { buildJudge, moduleFolder } from "./judge.ts";

/** Fetching the generator and running it. */
const GENERATE_MS_MAX = 120_000;

const HERE = import.meta.dirname ?? Deno.cwd();
const TEMPLATE = join(HERE, "../../../proto/buf.gen.yaml");

/** Those of the module that our programs use. */
const FILES: readonly string[] = ["client_compat", "config", "server_compat", "service"];

const HEADER = "// deno-fmt-ignore-file\n// deno-lint-ignore-file\n";

/** The files of gen/ as the module gives them, by name, made in `directory`. */
export async function generated(directory: string): Promise<ReadonlyMap<string, string>> {
  const image = join(directory, "conformance.binpb");
  const source = join(await moduleFolder(), "proto");
  for (
    const [program, ...args] of [
      bufWords("build", source, "--exclude-source-info", "--output", image),
      bufWords("generate", image, "--template", TEMPLATE, "--output", directory),
    ]
  ) await output({ program, args, cwd: directory, msMax: GENERATE_MS_MAX });
  const files = new Map<string, string>();
  for (const file of FILES) {
    const path = join(directory, "gen/connectrpc/conformance/v1", `${file}_pb.ts`);
    files.set(`${file}_pb.ts`, `${HEADER}${await Deno.readTextFile(path)}`);
  }
  return files;
}

/** The files of gen/ as they are, by name. */
export async function committed(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for await (const { name } of Deno.readDir(join(HERE, "gen"))) {
    files.set(name, await Deno.readTextFile(join(HERE, "gen", name)));
  }
  return files;
}

if (import.meta.main) {
  const directory = await Deno.makeTempDir({ prefix: "strata-conformance-" });
  try {
    await buildJudge(directory);
    for (const [name, text] of await generated(directory)) {
      await Deno.writeTextFile(join(HERE, "gen", name), text);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
