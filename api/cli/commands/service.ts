/** `strata service`: one service, and its start and end. */
import { CommandError, EXIT } from "../../client/command_error.ts";
import type { CommandInput } from "../command_spec.ts";
import { escapeText } from "../escape.ts";
import { nearNames } from "../near_names.ts";
import { outputFormat, printData } from "../output_format.ts";
import { serviceText } from "../service_words.ts";
import type { Session } from "../session.ts";
import {
  MachineService,
  type ServiceInfo,
  ServiceInfoSchema,
} from "../../../proto/gen/machine/machine_pb.ts";
import { toJson } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";

/** Shows the service, or does with it what was asked for. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const id = input.arguments["SERVICE"] ?? "";
  const action = input.arguments["ACTION"];
  if (action === undefined) await show(session, { id, input });
  else await session.withMachine((transport) => operate(session, { id, action, transport }));
}

async function operate(
  { out, world }: Session,
  { id, action, transport }: {
    readonly id: string;
    readonly action: string;
    readonly transport: Transport;
  },
): Promise<void> {
  const client = createClient(MachineService, transport);
  const call = { signal: world.signal };
  const answer = action === "start"
    ? await client.serviceStart({ id }, call)
    : action === "stop"
    ? await client.serviceStop({ id }, call)
    : await client.serviceRestart({ id }, call);
  for (const { resp } of answer.messages) await out.text(`${escapeText(resp)}\n`);
}

async function show(
  session: Session,
  { id, input }: { readonly id: string; readonly input: CommandInput },
): Promise<void> {
  const format = outputFormat(input, "text");
  const { out, world } = session;
  const answer = await session.withMachine((transport) =>
    createClient(MachineService, transport).serviceList({}, { signal: world.signal })
  );
  const found = findService(id, answer.messages.flatMap((message) => message.services));
  const value = () => toJson(ServiceInfoSchema, found, { alwaysEmitImplicit: true });
  if (await printData(out, { format, value })) return;
  await out.text(serviceText(found, { now: world.clock.now(), escape: escapeText }));
}

function findService(id: string, services: readonly ServiceInfo[]): ServiceInfo {
  const found = services.find((each) => each.id === id);
  if (found !== undefined) return found;
  const near = nearNames(id, services.map((each) => each.id));
  const advice = services.length === 0
    ? "the machine has none"
    : near.length === 0
    ? '"strata services" lists them'
    : `did you mean ${near.join(" or ")}?`;
  throw new CommandError(EXIT.notFound, `no service "${id}": ${advice}`);
}
