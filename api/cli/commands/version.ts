/** `strata version`: what runs here and there. */
import { EXIT } from "../../client/command_error.ts";
import type { CommandInput } from "../command_spec.ts";
import { escapeText } from "../escape.ts";
import type { Session } from "../session.ts";

interface Build {
  readonly tag: string;
  readonly sha: string;
  readonly built: string;
  readonly runtime: string;
  readonly os: string;
  readonly arch: string;
}

/** Prints the client's line at once, so that it is there when the machine is not. */
export async function run(session: Session, input: CommandInput): Promise<number> {
  await session.out.text(`client:  ${buildText(session.world.version)}\n`);
  if (input.options["client"] === true) return EXIT.done;
  const { MachineService } = await import("../../../proto/gen/machine/machine_pb.ts");
  const { createClient } = await import("@connectrpc/connect");
  const answer = await session.withMachine((transport) =>
    createClient(MachineService, transport).version({}, { signal: session.world.signal })
  );
  for (const { version, platform } of answer.messages) {
    const build = buildText({
      tag: version?.tag ?? "",
      sha: version?.sha ?? "",
      built: version?.built ?? "",
      runtime: version?.goVersion ?? "",
      os: version?.os ?? "",
      arch: version?.arch ?? "",
    });
    const place = platform === undefined ? "" : `, ${platform.name} (${platform.mode})`;
    await session.out.text(`machine: ${build}${escapeText(place)}\n`);
  }
  return EXIT.done;
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
