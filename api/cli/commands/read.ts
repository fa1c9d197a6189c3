/** `strata read`: a file of the machine. */
import type { CommandInput } from "../command_spec.ts";
import { machinePath } from "./machine_path.ts";
import type { Session } from "../session.ts";
import { printBytes } from "../streamed_bytes.ts";
import { MachineService } from "../../../proto/gen/machine/machine_pb.ts";
import { createClient } from "@connectrpc/connect";

/** Prints the file as it comes: byte for byte into a pipe or file, with control characters escaped on a terminal. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const path = machinePath(input.arguments["PATH"] ?? "");
  const { out, world } = session;
  await session.withMachine((transport) => {
    const pieces = createClient(MachineService, transport).read({ path }, { signal: world.signal });
    return printBytes(out, pieces);
  });
}
