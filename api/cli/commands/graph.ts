/** `strata graph`: what runs, and who reads and writes what. */
import { CommandError, EXIT } from "../../client/command_error.ts";
import { type CommandInput, optionText } from "../command_spec.ts";
import { fetchDefinitions, resolveType } from "../definitions.ts";
import { partOfGraph } from "../graph/graph_filter.ts";
import { nearNames } from "../near_names.ts";
import { outputFormat, printData } from "../output_format.ts";
import type { Session } from "../session.ts";
import {
  type GraphResponse,
  GraphResponseSchema,
  GraphService,
} from "../../../proto/gen/strata/runtime/v1/graph_pb.ts";
import { type JsonValue, toJson } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";

/** Shows the part that was asked for; what draws is loaded when it is drawn. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const format = outputFormat(input, "text");
  const graph = await session.withMachine((transport) => fetchPart(transport, { session, input }));
  const { out } = session;
  if (await printData(out, { format, value: () => graphJson(graph) })) return;
  switch (format.name) {
    case "dot": {
      const { graphDot } = await import("../graph/graph_dot.ts");
      return await out.text(graphDot(graph));
    }
    case "mermaid": {
      const { graphMermaid } = await import("../graph/graph_mermaid.ts");
      return await out.text(graphMermaid(graph));
    }
    case "svg": {
      const { graphSvg } = await import("../graph/graph_svg.ts");
      return await out.text(graphSvg(graph));
    }
    default: {
      const { printGraphText } = await import("../graph/graph_text.ts");
      return await printGraphText(out, graph);
    }
  }
}

async function fetchPart(
  transport: Transport,
  asked: { readonly session: Session; readonly input: CommandInput },
): Promise<GraphResponse> {
  const { session, input } = asked;
  const { signal } = session.world;
  const graph = await createClient(GraphService, transport).graph({}, { signal });
  const [controller, type] = [optionText(input, "controller"), optionText(input, "type")];
  return partOfGraph(graph, {
    controller: controller === undefined ? undefined : controllerName(controller, graph),
    type: type === undefined ? undefined : await typeName(type, { graph, transport, signal }),
    untouched: input.options["no-untouched"] === true ? "left out" : "kept",
  });
}

/** The controller somebody means, in any case. */
function controllerName(wanted: string, graph: GraphResponse): string {
  const names = graph.controllers.map(({ name }) => name);
  const found = names.includes(wanted)
    ? wanted
    : names.find((name) => name.toLowerCase() === wanted.toLowerCase());
  if (found !== undefined) return found;
  const near = nearNames(wanted, names);
  const advice = near.length === 0
    ? `"strata graph" shows them`
    : `did you mean ${near.join(" or ")}?`;
  throw new CommandError(EXIT.notFound, `no controller "${wanted}": ${advice}`);
}

/** The type somebody means: one of the graph in any case, else as `get` finds it. */
async function typeName(
  wanted: string,
  context: {
    readonly graph: GraphResponse;
    readonly transport: Transport;
    readonly signal: AbortSignal;
  },
): Promise<string> {
  const { graph, transport, signal } = context;
  const types = [
    ...graph.kinds.map(({ type }) => type),
    ...graph.edges.map(({ resourceType }) => resourceType),
  ];
  const named = types.find((type) => type.toLowerCase() === wanted.toLowerCase());
  if (named !== undefined) return named;
  const { type } = resolveType(wanted, await fetchDefinitions(transport, { signal }));
  if (types.includes(type)) return type;
  throw new CommandError(
    EXIT.notFound,
    `type ${type} is not in the graph: no controller names it, and no resource has it`,
  );
}

function graphJson(graph: GraphResponse): JsonValue {
  return toJson(GraphResponseSchema, graph, { alwaysEmitImplicit: true });
}
