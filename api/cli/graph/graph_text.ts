/** The graph for people: controllers one by one, then a table of kinds. */
import { displayWidth } from "../display_width.ts";
import { edgeMeaning } from "./edge_meaning.ts";
import { escapeText } from "../escape.ts";
import { countWords, eventWords, hasFailed, momentWords, stateWords } from "./node_words.ts";
import type { Output } from "../output.ts";
import { Table } from "../table.ts";
import type {
  ControllerNode,
  Edge,
  GraphResponse,
} from "../../../proto/gen/strata/runtime/v1/graph_pb.ts";

const INDENT = "  ";

/** Columns of the words before a fact: the longest is `last error`. */
const LABEL_WIDTH = 12;

/** Columns a wrapped error keeps however narrow the terminal is. */
const ERROR_WIDTH_MIN = 20;

/** Prints the graph; lines of a pipe are never broken. */
export async function printGraphText(out: Output, graph: GraphResponse): Promise<void> {
  const { controllers, kinds, edges } = graph;
  const failed = controllers.filter(hasFailed).length;
  const failures = failed === 0 ? "" : ` (${failed} failed)`;
  await out.text(
    `${amount(controllers.length, "controller")}${failures}, ${amount(kinds.length, "kind")}\n`,
  );
  const byController = Map.groupBy(edges, ({ controller }) => controller);
  for (const controller of controllers) {
    await out.text(controllerText(controller, {
      edges: byController.get(controller.name) ?? [],
      out,
    }));
  }
  if (kinds.length === 0) return;
  await out.text("\n");
  const table = new Table(out, {
    columns: ["NAMESPACE", "TYPE", "RUNNING", "TEARING DOWN", "OVERRUNS"],
  });
  for (const { namespace, type, running, tearingDown, overruns } of kinds) {
    await table.row([namespace, type, ...[running, tearingDown, overruns].map(String)]);
  }
  await table.flush();
}

function controllerText(
  controller: ControllerNode,
  context: { readonly edges: readonly Edge[]; readonly out: Output },
): string {
  const { edges, out } = context;
  const { name, lastRun, lastError, lastErrorTime, wokenBy } = controller;
  const lines = [
    `\n${out.heading(escapeText(name))}: ${stateWords(controller)}`,
    fact("did", countWords(controller)),
    fact("last run", momentWords(lastRun)),
  ];
  if (wokenBy !== undefined) lines.push(fact("woken by", eventWords(wokenBy)));
  if (lastError !== "") {
    const since = lastErrorTime === undefined ? "" : `${momentWords(lastErrorTime)} `;
    const said = `${since}${lastError}`;
    const width = Math.max(ERROR_WIDTH_MIN, out.width - INDENT.length - LABEL_WIDTH);
    lines.push(
      ...wrapped(escapeText(said), width).map((line, at) =>
        fact(at === 0 ? "last error" : "", line)
      ),
    );
  }
  for (const direction of ["reads", "writes"] as const) {
    const told = edges.filter(({ type }) => edgeMeaning(type).direction === direction);
    lines.push(...told.map((edge, at) => fact(at === 0 ? direction : "", edgeWords(edge))));
  }
  return `${lines.join("\n")}\n`;
}

function fact(label: string, words: string): string {
  return `${INDENT}${label.padEnd(LABEL_WIDTH)}${escapeText(words)}`;
}

function edgeWords({ type, namespace, resourceType, id }: Edge): string {
  const where = namespace === "" ? "" : ` in ${namespace}`;
  return `${resourceType}${id === "" ? "" : ` ${id}`}${where} (${edgeMeaning(type).word})`;
}

/** Lines of at most `width` columns, broken between words; a longer word has a line of its own. */
function wrapped(text: string, width: number): readonly string[] {
  if (displayWidth(text) <= width) return [text];
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && displayWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}

function amount(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}
