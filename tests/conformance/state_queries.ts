/** Conformance: lists and watches of a part of a kind. */
// @ts-types="../../types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { StateError } from "../../runtime/core/errors.ts";
import type { LabelQuery, Query, State } from "../../runtime/core/state.ts";
import { brief, path, PATHS, Probe, type Subject, term, testCase } from "./state_fixtures.ts";

async function ids(state: State, query: Query): Promise<string[]> {
  return (await state.list(PATHS, { query })).map(({ metadata }) => metadata.id);
}

export function stateQueryCases(subject: Subject): void {
  testCase(subject, "TestLabels: every operation", async (state) => {
    await state.create(path("c", { app: "app2", weight: "10kg" }));
    await state.create(path("a", { app: "app1", weight: "12000" }));
    await state.create(path("b", { app: "app1", name: "x" }));
    await state.create(path("d"));
    const cases: readonly (readonly [readonly LabelQuery[], readonly string[]])[] = [
      [[], ["a", "b", "c", "d"]],
      [[[]], ["a", "b", "c", "d"]],
      [[[term("app", "exists")]], ["a", "b", "c"]],
      [[[term("app", "exists"), term("name", "exists")]], ["b"]],
      [[[term("app", "equal", "app1")]], ["a", "b"]],
      [[[term("app", "in", "app2", "app3")]], ["c"]],
      [[[term("weight", "lt-numeric", "12000")]], ["c"]],
      [[[term("weight", "lte-numeric", "12k")]], ["a", "c"]],
      [[[term("app", "lt", "app2")]], ["a", "b"]],
      [[[term("app", "lte", "app2")]], ["a", "b", "c"]],
      [[[term("name", "exists")], [term("app", "equal", "app2")]], ["b", "c"]],
      [[[{ ...term("app", "exists"), invert: true }]], ["d"]],
      [[[{ ...term("weight", "lt-numeric", "11k"), invert: true }]], ["a"]],
    ];
    for (const [labels, expected] of cases) {
      assertEquals(await ids(state, { labels }), [...expected]);
    }
  });

  testCase(subject, "TestIDQuery: an expression searches the id", async (state) => {
    for (const id of ["path/2", "path/1", "other"]) await state.create(path(id));
    assertEquals(await ids(state, { id: "" }), ["other", "path/1", "path/2"]);
    assertEquals(await ids(state, { id: "^path/" }), ["path/1", "path/2"]);
    assertEquals(await ids(state, { id: "(?i)H/1$" }), ["path/1"]);
    const query = { id: "path" };
    await using watch = new Probe(await state.watchKind(PATHS, { query, bootstrapContents: true }));
    await state.create(path("more"));
    await state.create(path("xpath"));
    assertEquals((await watch.take(4)).map(brief), [
      "created path/1@1",
      "created path/2@1",
      "bootstrapped @undefined",
      "created xpath@1",
    ]);
  });

  testCase(subject, "TestIDQuery: what is no expression is refused", async (state) => {
    for (const id of ["(", "(?=a)", "(a)\\1", "a".repeat(1025)]) {
      for (
        const act of [
          () => state.list(PATHS, { query: { id } }),
          () => state.watchKind(PATHS, { query: { id } }),
        ]
      ) {
        const error = await assertRejects(act, StateError);
        assertEquals(error.failure.refusal, "invalid-query");
      }
    }
  });
}
