/** `strata dmesg`: what the machine's kernel says. */
import type { CommandInput } from "../command_spec.ts";
import type { Session } from "../session.ts";
import { printBytes } from "../streamed_bytes.ts";
import { MachineService } from "../../../proto/gen/machine/machine_pb.ts";
import { createClient } from "@connectrpc/connect";

/** Prints the lines as they come. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const tail = input.options["tail"] === true;
  // Only what comes: there is nothing unless it is waited for.
  const follow = tail || input.options["follow"] === true;
  const { out, world } = session;
  await session.withMachine(async (transport) => {
    const call = { signal: world.signal, ...(follow ? { timeoutMs: 0 } : {}) };
    await printBytes(out, createClient(MachineService, transport).dmesg({ follow, tail }, call));
  });
}
