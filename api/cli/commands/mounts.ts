/** `strata mounts`: what is mounted, and how full it is. */
import { byteSizeText } from "../byte_size.ts";
import type { CommandInput } from "../command_spec.ts";
import { escapeText } from "../escape.ts";
import { outputFormat, printData } from "../output_format.ts";
import type { Session } from "../session.ts";
import { Table } from "../table.ts";
import { MachineService, MountStatSchema } from "../../../proto/gen/machine/machine_pb.ts";
import { type JsonValue, toJson } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";

/** Prints the mounted file systems in the machine's order. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const format = outputFormat(input);
  const answer = await session.withMachine((transport) =>
    createClient(MachineService, transport).mounts({}, { signal: session.world.signal })
  );
  const stats = answer.messages.flatMap((message) => message.stats);
  const { out } = session;
  const value = (): JsonValue =>
    stats.map((each) => toJson(MountStatSchema, each, { alwaysEmitImplicit: true }));
  if (await printData(out, { format, value })) return;
  if (format.name === "name") {
    return await out.text(stats.map(({ mountedOn }) => `${escapeText(mountedOn)}\n`).join(""));
  }
  const table = new Table(session.out, {
    columns: ["FILESYSTEM", "SIZE", "USED", "AVAILABLE", "USED %", "MOUNTED ON"],
    headers: input.options["no-headers"] === true ? "hidden" : "shown",
  });
  for (const { filesystem, size, available, mountedOn } of stats) {
    const used = size > available ? size - available : 0n;
    const share = size === 0n ? "-" : `${used * 100n / size} %`;
    await table.row([filesystem, ...[size, used, available].map(byteSizeText), share, mountedOn]);
  }
  await table.flush();
}
