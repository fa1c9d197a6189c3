/** `strata version`: what runs here and there. */
import { EXIT } from "../../client/command_error.ts";
import type { CommandInput } from "../command_spec.ts";
import { escapeText } from "../escape.ts";
import { outputFormat, printData } from "../output_format.ts";
import type { Session } from "../session.ts";
import type { JsonValue } from "@bufbuild/protobuf";

interface Build {
  readonly tag: string;
  readonly sha: string;
  readonly built: string;
  readonly runtime: string;
  readonly os: string;
  readonly arch: string;
}

interface Machine extends Build {
  readonly platform?: { readonly name: string; readonly mode: string };
}

/** Prints the client's line at once, so that it is there when the machine is not; data only as a whole. */
export async function run(session: Session, input: CommandInput): Promise<number> {
  const { out, world } = session;
  const format = outputFormat(input, "text");
  const { tag, sha, built, runtime, os, arch } = world.version;
  const client = { tag, sha, built, runtime, os, arch };
  const isText = format.name === "text";
  if (isText) await out.text(`client:  ${buildText(client)}\n`);
  const machines = input.options["client"] === true ? undefined : await ask(session);
  const value = (): JsonValue => ({
    client,
    ...(machines === undefined ? {} : { machine: machines.map((each) => ({ ...each })) }),
  });
  if (await printData(out, { format, value })) return EXIT.done;
  for (const { platform, ...build } of machines ?? []) {
    const place = platform === undefined ? "" : `, ${platform.name} (${platform.mode})`;
    await out.text(`machine: ${buildText(build)}${escapeText(place)}\n`);
  }
  return EXIT.done;
}

async function ask(session: Session): Promise<readonly Machine[]> {
  const { MachineService } = await import("../../../proto/gen/machine/machine_pb.ts");
  const { createClient } = await import("@connectrpc/connect");
  const answer = await session.withMachine((transport) =>
    createClient(MachineService, transport).version({}, { signal: session.world.signal })
  );
  return answer.messages.map(({ version, platform }) => ({
    tag: version?.tag ?? "",
    sha: version?.sha ?? "",
    built: version?.built ?? "",
    runtime: version?.goVersion ?? "",
    os: version?.os ?? "",
    arch: version?.arch ?? "",
    ...(platform === undefined ? {} : { platform: { name: platform.name, mode: platform.mode } }),
  }));
}

function buildText({ tag, sha, built, runtime, os, arch }: Build): string {
  const facts = [
    sha === "" ? "" : `revision ${sha}`,
    built === "" ? "" : `built ${built}`,
    runtime,
    `${os}/${arch}`,
  ];
  return escapeText(
    [tag === "" ? "unknown version" : tag, ...facts.filter((fact) => fact !== "")].join(", "),
  );
}
