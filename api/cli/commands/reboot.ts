/** `strata reboot`. */
import type { Session } from "../session.ts";
import { escapeText } from "../escape.ts";
import { MachineService } from "../../../proto/gen/machine/machine_pb.ts";
import { createClient } from "@connectrpc/connect";

/** Asks for a reboot; returns when the machine has accepted it, before it begins. */
export async function run(session: Session): Promise<void> {
  const answer = await session.withMachine((transport) =>
    createClient(MachineService, transport).reboot({}, { signal: session.world.signal })
  );
  for (const { actorId } of answer.messages) {
    await session.out.text(`reboot accepted: ${escapeText(actorId)}\n`);
  }
}
