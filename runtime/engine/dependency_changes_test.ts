// @ts-types="../../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { newMetadata } from "../core/metadata.ts";
import type { Pointer } from "../core/resource.ts";
import type { Declared } from "./access.ts";
import { DependencyDatabase } from "./dependency_database.ts";
import type { Dependent } from "./sighting.ts";

const KIND = { namespace: "n", type: "T" };
const EXCLUSIVE = { type: "E", kind: "exclusive" } as const;
const SHARED = { type: "S", kind: "shared" } as const;

/** Names of those who were told, in that order. */
const told: string[] = [];

const dependent = (name: string): Dependent => ({
  name,
  notify: () => {
    told.push(name);
  },
  relisted() {},
});

function add(database: DependencyDatabase, name: string, declared: Partial<Declared> = {}): void {
  const flavour = "controller";
  database.add({ name, inputs: [], outputs: [], ...declared }, {
    flavour,
    dependent: dependent(name),
  });
}

const namesOn = (database: DependencyDatabase): string[] =>
  database.dependenciesOn(KIND).map(({ input, dependent }) => `${dependent.name} ${input.id}`);

Deno.test("DependencyDatabase.remove() of a controller frees its own outputs alone, of a stranger nothing", () => {
  const database = new DependencyDatabase();
  add(database, "a", { outputs: [EXCLUSIVE] });
  add(database, "b", { outputs: [SHARED] });
  add(database, "c", { outputs: [SHARED] });
  database.remove("nobody");
  database.remove("b");
  assertThrows(() => add(database, "x", { outputs: [EXCLUSIVE] }), Error, 'by "a"');
  const wanted = { type: SHARED.type, kind: "exclusive" } as const;
  assertThrows(() => add(database, "x", { outputs: [wanted] }), Error, 'in shared mode by "c"');
  // An output of the same type as another's exclusive one cannot be; one that was shared is not taken for it.
  add(database, "d", { outputs: [{ type: "Other", kind: "shared" }] });
  database.remove("d");
  database.remove("c");
  add(database, "x", { outputs: [wanted] });
  assertEquals(database.all().map(({ name }) => name), ["a", "x"]);
});

Deno.test("DependencyDatabase refuses a name twice, and takes it again once it is free", () => {
  const database = new DependencyDatabase();
  add(database, "a");
  assertThrows(() => add(database, "a"), Error, 'controller "a" already registered');
  assertThrows(() => database.requireNewName("a"), Error, 'controller "a" already registered');
  database.remove("a");
  add(database, "a");
});

Deno.test("DependencyDatabase knows nothing of a name that was not taken in", () => {
  const database = new DependencyDatabase();
  database.replaceInputs("nobody", [{ ...KIND, kind: "weak" }]);
  assertEquals(database.declared("nobody"), { name: "nobody", inputs: [], outputs: [] });
  assertEquals([database.all(), namesOn(database)], [[], []]);
});

Deno.test("DependencyDatabase.dependenciesOn() gives the inputs of all ids, then those of single ones", () => {
  const database = new DependencyDatabase();
  add(database, "one", { inputs: [{ ...KIND, id: "a", kind: "weak" }] });
  add(database, "two", {
    inputs: [{ ...KIND, id: "a", kind: "weak" }, { ...KIND, id: "b", kind: "weak" }],
  });
  add(database, "all", { inputs: [{ ...KIND, kind: "weak" }] });
  assertEquals(namesOn(database), ["all undefined", "one a", "two a", "two b"]);
  database.replaceInputs("two", [{ ...KIND, id: "c", kind: "weak" }]);
  assertEquals(namesOn(database), ["all undefined", "one a", "two c"]);
  database.remove("all");
  database.remove("one");
  database.remove("two");
  assertEquals(namesOn(database), []);
});

Deno.test("DependencyDatabase.tell() tells apart kinds that are asked for in turn", () => {
  const database = new DependencyDatabase();
  const other = { ...KIND, namespace: "m" };
  add(database, "n", { inputs: [{ ...KIND, kind: "weak" }] });
  add(database, "m", { inputs: [{ ...other, id: "a", kind: "weak" }] });
  const whoSees = (pointer: Pointer): string[] => {
    database.tell({ metadata: newMetadata(pointer), revision: undefined });
    return told.splice(0);
  };
  assertEquals(whoSees({ ...KIND, id: "a" }), ["n"]);
  assertEquals(whoSees({ ...other, id: "a" }), ["m"]);
  assertEquals(whoSees({ ...other, id: "b" }), []);
  assertEquals(whoSees({ ...KIND, type: "U", id: "a" }), []);
  assertEquals(whoSees({ ...KIND, id: "b" }), ["n"]);
});
