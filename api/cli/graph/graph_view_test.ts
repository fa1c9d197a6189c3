// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { graphView } from "./graph_view.ts";
import { partOfGraph } from "./graph_filter.ts";
import { GRAPH } from "../../../tests/fakes/cli_graph.ts";
import {
  Edge_Type,
  type GraphResponse,
  GraphResponseSchema,
} from "../../../proto/gen/strata/runtime/v1/graph_pb.ts";
import { create } from "@bufbuild/protobuf";

function told(graph: GraphResponse): readonly string[] {
  return graphView(graph).links.map(({ controller, kind, meaning, ids }) =>
    [controller.controller.name, meaning.word, kind.kind.namespace, kind.kind.type, ...ids].join(
      " ",
    )
  );
}

Deno.test("graphView() joins an output to its type in every namespace, an input to its own", () => {
  const graph = create(GraphResponseSchema, {
    controllers: [{ name: "c" }],
    kinds: [{ namespace: "a", type: "T" }, { namespace: "b", type: "T" }],
    edges: [
      { controller: "c", type: Edge_Type.OUTPUT_SHARED, resourceType: "T" },
      { controller: "c", type: Edge_Type.INPUT_WEAK, namespace: "b", resourceType: "T" },
    ],
  });
  assertEquals(told(graph), ["c shared a T", "c shared b T", "c weak b T"]);
});

Deno.test("graphView() makes one line of edges that differ in their id only", () => {
  const edge = { controller: "c", type: Edge_Type.INPUT_WEAK, namespace: "a", resourceType: "T" };
  const graph = create(GraphResponseSchema, {
    controllers: [{ name: "c" }],
    kinds: [{ namespace: "a", type: "T" }],
    edges: [{ ...edge, id: "x" }, { ...edge, id: "y" }, { ...edge, type: Edge_Type.INPUT_STRONG }],
  });
  assertEquals(told(graph), ["c weak a T x y", "c strong a T"]);
});

Deno.test("graphView() makes nodes for what only a line names, and takes types it does not know", () => {
  const type: number = 99;
  const graph = create(GraphResponseSchema, {
    edges: [{ controller: "__proto__", type, namespace: "a", resourceType: "constructor" }],
  });
  const { controllers, kinds } = graphView(graph);
  assertEquals([controllers.map(({ key }) => key), kinds.map(({ key }) => key)], [["c0"], ["k0"]]);
  assertEquals(told(graph), ["__proto__ unknown a constructor"]);
});

function namesOf(
  { controllers, kinds, edges }: GraphResponse,
): readonly [string[], string[], number] {
  return [controllers.map(({ name }) => name), kinds.map(({ type }) => type), edges.length];
}

Deno.test("partOfGraph() keeps a controller with what it touches, a type with who touches it", () => {
  const part = (controller?: string, type?: string) =>
    namesOf(partOfGraph(GRAPH, { controller, type, untouched: "kept" }));
  assertEquals(part(), namesOf(GRAPH));
  assertEquals(part("fs.MountStatusController"), [
    ["fs.MountStatusController"],
    ["MountSpecs.fs.strata", "MountStatuses.fs.strata"],
    2,
  ]);
  assertEquals(part(undefined, "MountSpecs.fs.strata"), [
    ["fs.MountStatusController", "runtime.ReportController"],
    ["MountSpecs.fs.strata"],
    2,
  ]);
  assertEquals(part("fs.MountStatusController", "MountSpecs.fs.strata"), [
    ["fs.MountStatusController"],
    ["MountSpecs.fs.strata"],
    1,
  ]);
  assertEquals(part("runtime.IdleController", "Namespaces.meta.cosi.dev"), [
    ["runtime.IdleController"],
    ["Namespaces.meta.cosi.dev"],
    0,
  ]);
});

Deno.test("partOfGraph() leaves out kinds that no line goes to when asked", () => {
  const [controllers, kinds, edges] = namesOf(partOfGraph(GRAPH, { untouched: "left out" }));
  assertEquals([controllers.length, kinds.length, edges], [4, 5, GRAPH.edges.length]);
  assertEquals(kinds.includes("Namespaces.meta.cosi.dev"), false);
});
