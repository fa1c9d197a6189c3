/** `strata mounts`: what is mounted, and how full it is. */
import { byteSizeText } from "../byte_size.ts";
import type { CommandInput } from "../command_spec.ts";
import type { Session } from "../session.ts";
import { Table } from "../table.ts";
import { MachineService } from "../../../proto/gen/machine/machine_pb.ts";
import { createClient } from "@connectrpc/connect";

/** Prints the mounted file systems in the machine's order. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const answer = await session.withMachine((transport) =>
    createClient(MachineService, transport).mounts({}, { signal: session.world.signal })
  );
  const table = new Table(session.out, {
    columns: ["FILESYSTEM", "SIZE", "USED", "AVAILABLE", "USED %", "MOUNTED ON"],
    headers: input.options["no-headers"] === true ? "hidden" : "shown",
  });
  for (
    const { filesystem, size, available, mountedOn } of answer.messages.flatMap(({ stats }) =>
      stats
    )
  ) {
    const used = size > available ? size - available : 0n;
    const share = size === 0n ? "-" : `${used * 100n / size} %`;
    await table.row([filesystem, ...[size, used, available].map(byteSizeText), share, mountedOn]);
  }
  await table.flush();
}
