// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { graphDot } from "./graph_dot.ts";
import { safeText } from "./safe_text.ts";
import { GRAPH, HOSTILE, HOSTILE_GRAPH } from "../../../tests/fakes/cli_graph.ts";
import { GraphResponseSchema } from "../../../proto/gen/strata/runtime/v1/graph_pb.ts";
import { create } from "@bufbuild/protobuf";

interface Statement {
  readonly ends: readonly string[];
  readonly attributes: ReadonlyMap<string, string>;
}

/** Reads one digraph of statements `NAME [A=V, …];`, as Graphviz's grammar has it, and refuses all else. */
function readDot(text: string): readonly Statement[] {
  const tokens = [...text.matchAll(/"(?:[^"\\\n]|\\[^\n])*"|->|[\w.]+|[{}[\];,=]|\s+|./gs)]
    .map(([token]) => token).filter((token) => token.trim() !== "");
  const next = (...wanted: readonly string[]): string => {
    const token = tokens.shift() ?? "the end";
    assert(wanted.length === 0 || wanted.includes(token), `${token}, may be ${wanted.join(" ")}`);
    return token;
  };
  next("digraph");
  next("strata");
  next("{");
  const statements: Statement[] = [];
  while (tokens[0] !== "}") {
    const ends = [next()];
    assert(/^[a-z]\w*$/.test(ends[0] ?? ""), ends[0]);
    const attributes = new Map<string, string>();
    if (tokens[0] === "->") ends.push(next() && next());
    if (tokens[0] === "=") attributes.set(next(), next());
    else {
      next("[");
      do {
        const name = next();
        next("=");
        attributes.set(name, next());
      } while (next(",", "]") === ",");
    }
    next(";");
    statements.push({ ends, attributes });
  }
  next("}");
  assertEquals(tokens, []);
  return statements;
}

/** What Graphviz shows of a label. */
function shown(quoted: string | undefined): readonly string[] {
  return (quoted ?? "").slice(1, -1).split(/(?<=(?<!\\)(?:\\\\)*)\\n/).map((line) =>
    line.replaceAll(/\\(.)/g, "$1").replaceAll("&amp;", "&")
  );
}

Deno.test("graphDot() has a node for each controller and kind, and a line for each edge", () => {
  const statements = readDot(graphDot(GRAPH));
  const nodes = statements.filter(({ ends }) =>
    /^[ck]\d+$/.test(ends[0] ?? "") && ends.length === 1
  );
  const names = nodes.map(({ attributes }) => shown(attributes.get("label"))[0]);
  assertEquals(names, [
    ...GRAPH.controllers.map(({ name }) => name),
    ...GRAPH.kinds.map(({ type }) => type),
  ]);
  const lines = statements.filter(({ ends }) => ends.length === 2);
  assertEquals(lines.length, GRAPH.edges.length);
  const defined = new Set(nodes.map(({ ends }) => ends[0]));
  for (const { ends } of lines) for (const end of ends) assert(defined.has(end));
});

Deno.test("graphDot() lets writes leave the controller and reads come to it", () => {
  const lines = readDot(graphDot(GRAPH)).filter(({ ends }) => ends.length === 2);
  const told = lines.map((
    { ends, attributes },
  ) => [...ends, shown(attributes.get("label")).join()]);
  assertEquals(told.slice(0, 5), [
    ["c1", "k1", "exclusive"],
    ["c0", "k3", "exclusive"],
    ["c2", "k5", "shared"],
    ["k1", "c1", "destroy-ready"],
    ["k0", "c1", "strong"],
  ]);
  assertEquals(told[5], ["k3", "c1", "weak,/etc"]);
});

Deno.test("graphDot() marks what failed", () => {
  const failed = readDot(graphDot(GRAPH)).filter(({ attributes }) => attributes.has("color"));
  assertEquals(failed.map(({ ends }) => ends), [["c1"]]);
  assertEquals(failed[0]?.attributes.get("style"), '"rounded,bold"');
});

Deno.test("graphDot() shows every name as it is, whatever is in it", () => {
  const text = graphDot(HOSTILE_GRAPH);
  const [, , , controller, kind, , read] = readDot(text);
  assertEquals(shown(controller?.attributes.get("label"))[0], safeText(HOSTILE));
  assertEquals(shown(kind?.attributes.get("label"))[1], `in ${safeText(HOSTILE)}`);
  assertEquals(shown(read?.attributes.get("label")), ["weak", safeText(HOSTILE)]);
  assertStringIncludes(text, "日本");
  for (const char of ["\u202e", "\x1b", "\ufffe"]) assert(!text.includes(char));
});

Deno.test("graphDot() of nothing is a graph without nodes", () => {
  assertEquals(readDot(graphDot(create(GraphResponseSchema))).length, 3);
});
