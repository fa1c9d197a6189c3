/** `strata read`: a file of the machine. */
import { CommandError, EXIT } from "../../client/command_error.ts";
import type { CommandInput } from "../command_spec.ts";
import { escapeLines } from "../escape.ts";
import { machinePath } from "./machine_path.ts";
import type { Session } from "../session.ts";
import { MachineService } from "../../../proto/gen/machine/machine_pb.ts";
import { createClient } from "@connectrpc/connect";

/** Prints the file as it comes: byte for byte into a pipe or file, with control characters escaped on a terminal. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const path = machinePath(input.arguments["PATH"] ?? "");
  const { out, world } = session;
  // Bytes that are no UTF-8 become U+FFFD; one decoder for all pieces, since a character may lie across two.
  const decoder = new TextDecoder();
  await session.withMachine(async (transport) => {
    const pieces = createClient(MachineService, transport).read({ path }, { signal: world.signal });
    for await (const { bytes, metadata } of pieces) {
      if (metadata?.error) throw new CommandError(EXIT.failed, metadata.error);
      if (out.isTerminal) await out.text(escapeLines(decoder.decode(bytes, { stream: true })));
      else await out.bytes(bytes);
    }
  });
  if (out.isTerminal) await out.text(escapeLines(decoder.decode()));
}
