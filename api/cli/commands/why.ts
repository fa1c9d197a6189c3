/** `strata why`: the writes that led to a resource as it is now. */
import { CommandError, EXIT } from "../../client/command_error.ts";
import { type CommandInput, optionText } from "../command_spec.ts";
import { type Definition, fetchDefinitions, resolveType } from "../definitions.ts";
import { displayWidth, padWidth } from "../display_width.ts";
import { escapeText } from "../escape.ts";
import { outputFormat, printData } from "../output_format.ts";
import type { Session } from "../session.ts";
import { timeText } from "../time_text.ts";
import {
  GraphService,
  type WhyResponse,
  WhyResponse_End,
  WhyResponseSchema,
  type WhyStep,
  WhyStep_Event,
} from "../../../proto/gen/strata/runtime/v1/graph_pb.ts";
import { type JsonValue, toJson } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";

/** A walk, and what is needed to tell of it. */
interface Walk {
  readonly answer: WhyResponse;
  readonly definitions: readonly Definition[];
}

/** Shows the walk back, from the newest write. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const format = outputFormat(input, "text");
  const walk = await session.withMachine((transport) => fetchWalk(transport, { session, input }));
  const { out } = session;
  if (await printData(out, { format, value: () => walkJson(walk.answer) })) return;
  await out.text(walkText(walk));
}

async function fetchWalk(
  transport: Transport,
  asked: { readonly session: Session; readonly input: CommandInput },
): Promise<Walk> {
  const { session, input } = asked;
  const { signal } = session.world;
  const definitions = await fetchDefinitions(transport, { signal });
  const { type, namespace: usual } = resolveType(input.arguments["TYPE"] ?? "", definitions);
  const namespace = optionText(input, "namespace") ?? usual;
  const id = input.arguments["ID"] ?? "";
  try {
    const request = { namespace, type, id };
    const answer = await createClient(GraphService, transport).why(request, { signal });
    return { answer, definitions };
  } catch (error) {
    if (!(error instanceof ConnectError && error.code === Code.NotFound)) throw error;
    throw new CommandError(
      EXIT.notFound,
      `no resource "${id}" of type ${type} in namespace "${namespace}", and no write of it is known`,
      { cause: error },
    );
  }
}

function walkJson(answer: WhyResponse): JsonValue {
  return toJson(WhyResponseSchema, answer, { alwaysEmitImplicit: true });
}

const ENDS: ReadonlyMap<WhyResponse_End, string> = new Map([
  [WhyResponse_End.ORIGIN, "Here it began: no event led to this write."],
  [WhyResponse_End.FORGOTTEN, "What came before is no longer in the machine's log."],
  [WhyResponse_End.WITHHELD, "What came before is of a kind that you may not read."],
  [WhyResponse_End.BOUND, "There is more: the machine walks no further at once."],
]);

/** A step a line, the columns of time and actor aligned, and how the walk ended. */
function walkText({ answer, definitions }: Walk): string {
  const actors = answer.steps.map(({ actor }) => escapeText(actor === "" ? "somebody" : actor));
  const widest = actors.reduce((width, actor) => Math.max(width, displayWidth(actor)), 0);
  const lines = answer.steps.map((step, at) => {
    const time = step.time === undefined ? "at no known time" : timeText(step.time, "seconds");
    return `${time}  ${padWidth(actors[at] ?? "", widest)}  ${
      escapeText(stepWords(step, definitions))
    }\n`;
  });
  const end = ENDS.get(answer.end) ?? "How the walk ended is not known.";
  return `${lines.join("")}${end}\n`;
}

const EVENTS: ReadonlyMap<WhyStep_Event, string> = new Map([
  [WhyStep_Event.CREATED, "created"],
  [WhyStep_Event.UPDATED, "updated"],
  [WhyStep_Event.DESTROYED, "destroyed"],
]);

/** What was done to which resource; its type by its short name, its namespace where it is not the usual one. */
function stepWords(step: WhyStep, definitions: readonly Definition[]): string {
  const { namespace = "", type = "", id = "" } = step.write ?? {};
  const definition = definitions.find((each) => each.type === type);
  const shown = definition === undefined || definition.displayType === ""
    ? type
    : definition.displayType;
  const where = definition?.namespace === namespace ? "" : ` in ${namespace}`;
  const phase = step.phase === "tearingDown" ? ", tearing down" : "";
  const request = step.request === "" ? "" : ` (request ${step.request})`;
  const event = EVENTS.get(step.event) ?? "wrote";
  return `${event} ${shown} ${id}${where}, version ${step.version}${phase}${request}`;
}
