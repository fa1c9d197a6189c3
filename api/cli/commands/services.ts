/** `strata services`: what runs besides the agent. */
import type { CommandInput } from "../command_spec.ts";
import { escapeText } from "../escape.ts";
import { outputFormat, printData } from "../output_format.ts";
import { serviceRow } from "../service_words.ts";
import type { Session } from "../session.ts";
import { Table } from "../table.ts";
import { MachineService, ServiceInfoSchema } from "../../../proto/gen/machine/machine_pb.ts";
import { type JsonValue, toJson } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";

/** Prints the services. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const format = outputFormat(input);
  const { out, world } = session;
  const answer = await session.withMachine((transport) =>
    createClient(MachineService, transport).serviceList({}, { signal: world.signal })
  );
  const services = answer.messages.flatMap((message) => message.services);
  const value = (): JsonValue =>
    services.map((each) => toJson(ServiceInfoSchema, each, { alwaysEmitImplicit: true }));
  if (await printData(out, { format, value })) return;
  if (format.name === "name") {
    return await out.text(services.map(({ id }) => `${escapeText(id)}\n`).join(""));
  }
  const table = new Table(out, {
    columns: ["SERVICE", "STATE", "HEALTH", "LAST CHANGE", "LAST EVENT"],
    headers: input.options["no-headers"] === true ? "hidden" : "shown",
  });
  const now = world.clock.now();
  for (const each of services) await table.row(serviceRow(each, now));
  await table.flush();
}
