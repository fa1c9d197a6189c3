/** `strata processes`: what runs on the machine. */
import { byteSizeText } from "../byte_size.ts";
import { type CommandInput, optionText } from "../command_spec.ts";
import { outputFormat, printData } from "../output_format.ts";
import type { Session } from "../session.ts";
import { Table } from "../table.ts";
import {
  MachineService,
  type ProcessInfo,
  ProcessInfoSchema,
} from "../../../proto/gen/machine/machine_pb.ts";
import { type JsonValue, toJson } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";

type Order = (a: ProcessInfo, b: ProcessInfo) => number;

/** What comes first, by the word of `--sort`. */
const ORDERS: Readonly<Record<string, Order>> = {
  rss: (a, b) => Number(b.residentMemory - a.residentMemory) || a.pid - b.pid,
  cpu: (a, b) => b.cpuTime - a.cpuTime || a.pid - b.pid,
  pid: (a, b) => a.pid - b.pid,
};

/** Prints the processes, those that take most first. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const format = outputFormat(input);
  const order = ORDERS[optionText(input, "sort") ?? "rss"];
  const { out, world } = session;
  const answer = await session.withMachine((transport) =>
    createClient(MachineService, transport).processes({}, { signal: world.signal })
  );
  const processes = answer.messages.flatMap((message) => message.processes).toSorted(order);
  const value = (): JsonValue =>
    processes.map((each) => toJson(ProcessInfoSchema, each, { alwaysEmitImplicit: true }));
  if (await printData(out, { format, value })) return;
  const hasLabels = processes.some(({ label }) => label !== "");
  const columns = ["PID", "STATE", "THREADS", "CPU TIME", "VIRTUAL", "RESIDENT"];
  const table = new Table(out, {
    columns: [...columns, ...(hasLabels ? ["LABEL"] : []), "COMMAND"],
    headers: input.options["no-headers"] === true ? "hidden" : "shown",
  });
  for (const each of processes) {
    await table.row([
      String(each.pid),
      each.state,
      String(each.threads),
      `${each.cpuTime.toFixed(2)} s`,
      byteSizeText(each.virtualMemory),
      byteSizeText(each.residentMemory),
      ...(hasLabels ? [each.label] : []),
      commandText(each),
    ]);
  }
  await table.flush();
}

/** Its arguments; its name in brackets where it has none, as threads of the kernel. */
function commandText({ args, executable, command }: ProcessInfo): string {
  if (args !== "") return args;
  return executable === "" ? `[${command}]` : executable;
}
