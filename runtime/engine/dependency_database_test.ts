// @ts-types="../../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { newMetadata } from "../core/metadata.ts";
import type { Declared } from "./access.ts";
import { DependencyDatabase, type Flavour } from "./dependency_database.ts";
import { dependencyEdges } from "./dependency_graph.ts";
import type { Dependent } from "./sighting.ts";

const KIND = { namespace: "n", type: "T" };

/** Names of those who were told, in that order. */
const told: string[] = [];

const dependent = (name: string): Dependent => ({
  name,
  notify: () => {
    told.push(name);
  },
  relisted() {},
});

function add(
  database: DependencyDatabase,
  declared: Partial<Declared> & { readonly name: string },
  flavour: Flavour = "controller",
): void {
  const { name } = declared;
  database.add({ inputs: [], outputs: [], ...declared }, { flavour, dependent: dependent(name) });
}

function whoSees(database: DependencyDatabase, id: string): string[] {
  database.tell({ metadata: newMetadata({ ...KIND, id }), revision: undefined });
  return told.splice(0);
}

Deno.test("DependencyDatabase TestControllerOutputs: exclusive and shared, and in order", () => {
  const database = new DependencyDatabase();
  const [exclusive, shared] = [{ kind: "exclusive" }, { kind: "shared" }] as const;
  add(database, { name: "c", outputs: [{ type: "S", ...shared }] });
  add(database, { name: "b", outputs: [{ type: "S", ...shared }, { type: "E", ...exclusive }] });
  const refused = (outputs: Declared["outputs"], reason: string) =>
    assertThrows(() => add(database, { name: "a", outputs }), Error, reason);
  refused([{ type: "E", ...shared }], 'resource "E" is already managed in exclusive mode by "b"');
  refused([{ type: "S", ...exclusive }], 'resource "S" is already managed in shared mode by "b"');
  const mine = { type: "M", ...exclusive };
  refused([mine, mine], 'resource "M" is already managed in exclusive mode by "a"');
  refused(
    [{ type: "S", ...shared }, { type: "S", ...shared }],
    'duplicate shared controller output: "S" -> "a"',
  );
  refused(
    [{ type: "M", ...shared }, mine],
    'resource "M" is already managed in shared mode by "a"',
  );
  // Nothing of what was refused stays.
  add(database, { name: "a", outputs: [mine] });
  const edges = dependencyEdges(database.all());
  assertEquals(edges.map(({ controller, type }) => `${controller} ${type}`), [
    "a M",
    "b E",
    "b S",
    "c S",
  ]);
  database.remove("b");
  add(database, { name: "d", outputs: [{ type: "E", ...exclusive }, { type: "S", ...shared }] });
});

Deno.test("DependencyDatabase TestControllerDependency: found by kind and by id, and deleted", () => {
  const database = new DependencyDatabase();
  add(database, { name: "all", inputs: [{ ...KIND, kind: "weak" }] });
  add(database, { name: "one", inputs: [{ ...KIND, id: "x", kind: "strong" }] });
  const both = [{ ...KIND, kind: "q-mapped" }, { ...KIND, id: "y", kind: "q-primary" }] as const;
  add(database, { name: "both", inputs: both }, "queue");
  assertEquals(whoSees(database, "x"), ["all", "both", "one"]);
  assertEquals(whoSees(database, "y"), ["all", "both", "both"]);
  assertEquals(whoSees(database, "z"), ["all", "both"]);
  assertEquals(database.dependenciesOn(KIND).length, 4);
  assertEquals(database.dependenciesOn({ ...KIND, namespace: "other" }), []);
  database.replaceInputs("all", [{ ...KIND, id: "z", kind: "weak" }]);
  assertEquals([whoSees(database, "x"), whoSees(database, "z")], [["both", "one"], [
    "both",
    "all",
  ]]);
  for (const name of ["all", "one", "both"]) database.remove(name);
  assertEquals([whoSees(database, "x"), database.dependenciesOn(KIND), database.all()], [
    [],
    [],
    [],
  ]);
});

Deno.test("DependencyDatabase.add() refuses inputs of the other flavour and inputs twice", () => {
  const database = new DependencyDatabase();
  const refusal = (inputs: Declared["inputs"], flavour: Flavour) =>
    assertThrows(() => add(database, { name: "X", inputs }, flavour), Error).message;
  assertEquals(
    refusal([{ ...KIND, kind: "q-primary" }], "controller"),
    'invalid input kind q-primary for controller "X", may be weak, strong, destroy-ready',
  );
  assertEquals(
    refusal([{ ...KIND, kind: "strong" }], "queue"),
    'invalid input kind strong for controller "X", ' +
      "may be q-primary, q-mapped, q-mapped-destroy-ready",
  );
  assertEquals(
    refusal([{ ...KIND, id: "", kind: "weak" }, { ...KIND, id: "", kind: "strong" }], "controller"),
    'duplicate controller input: "X" -> "n"/"T"/""',
  );
  // With an id and without is no duplicate.
  add(database, {
    name: "X",
    inputs: [{ ...KIND, kind: "weak" }, { ...KIND, id: "", kind: "weak" }],
  });
});

Deno.test("dependencyEdges() TestExport: outputs before inputs, each in order", () => {
  const database = new DependencyDatabase();
  add(database, {
    name: "b",
    inputs: [
      { namespace: "n", type: "W", kind: "weak" },
      { namespace: "n", type: "S", id: "x", kind: "strong" },
      { namespace: "m", type: "D", kind: "destroy-ready" },
    ],
    outputs: [{ type: "S", kind: "shared" }, { type: "E", kind: "exclusive" }],
  });
  add(database, {
    name: "a",
    inputs: [
      { namespace: "n", type: "P", kind: "q-primary" },
      { namespace: "n", type: "M", kind: "q-mapped" },
      { namespace: "n", type: "R", kind: "q-mapped-destroy-ready" },
    ],
    outputs: [{ type: "S", kind: "shared" }],
  }, "queue");
  const shown = dependencyEdges(database.all()).map(({ controller, edge, namespace, type, id }) =>
    [controller, edge, namespace, type, id].join(" ")
  );
  assertEquals(shown, [
    "b output-exclusive  E ",
    "a output-shared  S ",
    "b output-shared  S ",
    "a input-q-mapped n M ",
    "a input-q-primary n P ",
    "a input-q-mapped-destroy-ready n R ",
    "b input-destroy-ready m D ",
    "b input-strong n S x",
    "b input-weak n W ",
  ]);
});
