// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { graphMermaid } from "./graph_mermaid.ts";
import { safeText } from "./safe_text.ts";
import { GRAPH, HOSTILE, HOSTILE_GRAPH } from "../../../tests/fakes/cli_graph.ts";
import { GraphResponseSchema } from "../../../proto/gen/strata/runtime/v1/graph_pb.ts";
import { create } from "@bufbuild/protobuf";

/** A label between quotes: nothing in it that Mermaid reads but entities and breaks. */
const LABEL = /((?:[\p{L}\p{N}\p{M} ,./-]|#\d+;|<br\/>)*)/u.source;
const NODE_REGEXP = new RegExp(
  `^  ([ck]\\d+)(?:\\(\\["${LABEL}"\\]\\)|\\[\\("${LABEL}"\\)\\])$`,
  "u",
);
const LINE_REGEXP = new RegExp(`^  ([ck]\\d+) (==>|-->|-\\.->)\\|"${LABEL}"\\| ([ck]\\d+)$`, "u");
const STYLE_REGEXP = /^ {2}(?:classDef failed [\w:#,-]+|class c\d+ failed)$/;

interface Chart {
  readonly nodes: readonly (readonly [key: string, ...label: readonly string[]])[];
  readonly lines: readonly (readonly [from: string, arrow: string, label: string, to: string])[];
  readonly failed: readonly string[];
}

function readChart(text: string): Chart {
  const [head, ...rest] = text.split("\n");
  assertEquals([head, rest.pop()], ["flowchart LR", ""]);
  const nodes: Chart["nodes"][number][] = [];
  const lines: Chart["lines"][number][] = [];
  const failed: string[] = [];
  for (const line of rest) {
    const [node, link] = [NODE_REGEXP.exec(line), LINE_REGEXP.exec(line)];
    if (node !== null) nodes.push([node[1] ?? "", ...shown(node[2] ?? node[3])]);
    else if (link !== null) {
      const [, from = "", arrow = "", label, to = ""] = link;
      lines.push([from, arrow, shown(label).join(), to]);
    } else {
      assert(STYLE_REGEXP.test(line), line);
      if (line.startsWith("  class ")) failed.push(line.split(" ")[3] ?? "");
    }
  }
  return { nodes, lines, failed };
}

function shown(label: string | undefined): readonly string[] {
  return (label ?? "").split("<br/>").map((line) =>
    line.replaceAll(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
  );
}

Deno.test("graphMermaid() has a node for each controller and kind, and a line for each edge", () => {
  const { nodes, lines, failed } = readChart(graphMermaid(GRAPH));
  assertEquals(nodes.map(([key, name]) => `${key} ${name}`), [
    ...GRAPH.controllers.map(({ name }, at) => `c${at} ${name}`),
    ...GRAPH.kinds.map(({ type }, at) => `k${at} ${type}`),
  ]);
  assertEquals(lines.length, GRAPH.edges.length);
  assertEquals([lines[0], lines[4], lines[5]], [
    ["c1", "==>", "exclusive", "k1"],
    ["k0", "-->", "strong", "c1"],
    ["k3", "-.->", "weak,/etc", "c1"],
  ]);
  assertEquals(failed, ["c1"]);
});

Deno.test("graphMermaid() shows every name as it is, whatever is in it", () => {
  const { nodes, lines } = readChart(graphMermaid(HOSTILE_GRAPH));
  assertEquals(nodes.map(([, name]) => name), [safeText(HOSTILE), safeText(HOSTILE)]);
  assertEquals(lines.map(([, , label]) => label), ["exclusive", `weak,${safeText(HOSTILE)}`]);
});

Deno.test("graphMermaid() writes nothing that a label could take for a list or a heading", () => {
  for (
    const [name, written] of [["1. one", "1#46; one"], ["- two", "#45; two"], [
      "a.b-c/d",
      "a.b-c/d",
    ]]
  ) {
    const text = graphMermaid(create(GraphResponseSchema, { kinds: [{ type: name ?? "" }] }));
    assert(text.includes(`k0[("${written}<br/>`), text);
  }
});

Deno.test("graphMermaid() of nothing is a chart without nodes", () => {
  assertEquals(readChart(graphMermaid(create(GraphResponseSchema))), {
    nodes: [],
    lines: [],
    failed: [],
  });
});
