/** `strata logs`: what a service wrote. */
import { CommandError, EXIT } from "../../client/command_error.ts";
import { type CommandInput, optionText } from "../command_spec.ts";
import type { Session } from "../session.ts";
import { printBytes } from "../streamed_bytes.ts";
import { MachineService } from "../../../proto/gen/machine/machine_pb.ts";
import { createClient } from "@connectrpc/connect";

/** Lines that can be asked for: what the wire's field holds. */
const TAIL_MAX = 2_147_483_647;

/** Prints the lines as they come. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const follow = input.options["follow"] === true;
  const request = {
    namespace: "system",
    id: input.arguments["SERVICE"] ?? "",
    follow,
    tailLines: tailOption(input),
  };
  const { out, world } = session;
  await session.withMachine(async (transport) => {
    // Whoever follows waits for as long as a service is silent.
    const call = { signal: world.signal, ...(follow ? { timeoutMs: 0 } : {}) };
    await printBytes(out, createClient(MachineService, transport).logs(request, call));
  });
}

function tailOption(input: CommandInput): number {
  const text = optionText(input, "tail");
  if (text === undefined || text === "all") return -1;
  if (/^\d{1,10}$/.test(text) && Number(text) <= TAIL_MAX) return Number(text);
  const may = `it must be a whole number up to ${TAIL_MAX}, or all`;
  throw new CommandError(EXIT.usage, `cannot use --tail "${text}": ${may}`);
}
