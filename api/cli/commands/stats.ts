/** `strata stats`: what services take. */
import { byteSizeText } from "../byte_size.ts";
import type { CommandInput } from "../command_spec.ts";
import { outputFormat, printData } from "../output_format.ts";
import type { Session } from "../session.ts";
import { Table } from "../table.ts";
import { MachineService, StatSchema } from "../../../proto/gen/machine/machine_pb.ts";
import { type JsonValue, toJson } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";

/** Prints memory and processors of each service that runs. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const format = outputFormat(input);
  const { out, world } = session;
  const answer = await session.withMachine((transport) =>
    createClient(MachineService, transport)
      .stats({ namespace: "system" }, { signal: world.signal })
  );
  const stats = answer.messages.flatMap((message) => message.stats);
  const value = (): JsonValue =>
    stats.map((each) => toJson(StatSchema, each, { alwaysEmitImplicit: true }));
  if (await printData(out, { format, value })) return;
  const table = new Table(out, {
    columns: ["SERVICE", "MEMORY", "CPU"],
    headers: input.options["no-headers"] === true ? "hidden" : "shown",
  });
  for (const { id, memoryUsage, cpuUsage } of stats) {
    await table.row([id, byteSizeText(memoryUsage), `${secondsText(cpuUsage)} s`]);
  }
  await table.flush();
}

/** Nanoseconds as seconds with two digits behind the point. */
function secondsText(nanos: bigint): string {
  const hundredths = nanos / 10_000_000n;
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, "0")}`;
}
