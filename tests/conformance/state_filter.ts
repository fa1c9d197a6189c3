/** Conformance: a state behind a rule. */
// @ts-types="../../types/std_assert.d.ts"
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import type { Pointer } from "../../runtime/core/resource.ts";
import type { State } from "../../runtime/core/state.ts";
import { labelled, path, PATHS } from "./state_fixtures.ts";

/** Throws to refuse. The id is "" for calls about a whole kind. */
export type Rule = (access: Pointer & { readonly verb: string }) => void;

/** An empty state, and the same behind a rule. */
export type OpenFiltered = (
  rule: Rule,
) => Promise<{ readonly core: State; readonly state: State } & AsyncDisposable>;

/** Declares the rows of the table that are about access. */
export function filteredStateCases(name: string, open: OpenFiltered): void {
  Deno.test(`${name} TestFilterSingleResource: it lets one id through and nothing else`, async () => {
    const denied = new RangeError("only var/run");
    await using opened = await open(({ namespace, type, id, verb }) => {
      const known = namespace === PATHS.namespace && type === PATHS.type && id === "var/run";
      if (!known || verb === "watch") throw denied;
    });
    const { core, state } = opened;
    const [run, lib] = [path("var/run"), path("var/lib")];
    const created = await state.create(run);
    assertEquals(await state.get(run.metadata), created);
    await state.update(labelled(created, "k", "v"));
    const refused: readonly (() => Promise<unknown>)[] = [
      () => state.create(lib),
      () => state.get(lib.metadata),
      () => state.update(lib),
      () => state.destroy(lib.metadata),
      () => state.teardown(lib.metadata),
      () => state.addFinalizer(lib.metadata, ["F"]),
      () => state.modify(lib, (it) => it),
      () => state.list(PATHS),
      () => state.list(run.metadata),
      () => state.watch(run.metadata),
      () => state.watchKind(PATHS),
      () => state.watchKind(run.metadata),
      () => state.watchKindAggregated(PATHS),
      () => state.get({ ...run.metadata, namespace: "other" }),
      () => state.get({ ...run.metadata, type: "other" }),
    ];
    for (const act of refused) assertStrictEquals(await assertRejects(act), denied);
    assertEquals((await core.list(PATHS)).length, 1);
    assertEquals(await state.teardown(run.metadata), true);
    await state.destroy(run.metadata);
    assertEquals(await core.list(PATHS), []);
  });
}
