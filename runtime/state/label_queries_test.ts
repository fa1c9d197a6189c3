// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { path, PATHS, term } from "../../tests/conformance/state_fixtures.ts";
import { withMetadata } from "../core/metadata.ts";
import { labelsMatch } from "../core/query.ts";
import type { LabelQuery, Query } from "../core/state.ts";
import { type MemoryState, memoryState } from "./memory.ts";

/** More than from which on an index is made. */
const COUNT = 200;

const LABELS: readonly (readonly LabelQuery[])[] = [
  [[term("app", "equal", "a1")]],
  [[term("app", "equal", "a1"), term("even", "exists")]],
  [[term("even", "exists"), term("app", "equal", "a2")]],
  [[term("app", "equal", "a1"), term("tier", "equal", "t1")]],
  [[term("app", "equal", "nobody's")]],
  [[term("app", "equal")]],
  [[term("app", "in", "a1", "a2")]],
  [[{ ...term("app", "equal", "a1"), invert: true }]],
  [[{ ...term("app", "equal", "a1"), invert: true }, term("tier", "equal", "t2")]],
  [[term("app", "equal", "a1")], [term("app", "equal", "a2")]],
  [[]],
  [],
];

const IDS: readonly (string | undefined)[] = [undefined, "", "7", "^1.*5$"];

async function filled(): Promise<MemoryState> {
  const state = memoryState({ clock: new FakeClock(), random: new FakeRandom() });
  for (let index = 0; index < COUNT; index++) {
    const even = index % 2 === 0 ? { even: "" } : {};
    const labels = { app: `a${index % 5}`, tier: `t${index % 3}`, ...even };
    await state.create(path(`${index}`, index % 11 === 0 ? {} : labels));
  }
  return state;
}

/** What a query finds is what looking at every resource finds, in the same order. */
function assertFound(state: MemoryState): void {
  const all = state.listNow(PATHS);
  for (const labels of LABELS) {
    for (const id of IDS) {
      const wanted = all.filter(({ metadata }) =>
        new RegExp(id ?? "").test(metadata.id) && labelsMatch(labels, metadata.labels)
      );
      const query: Query = { labels, ...(id === undefined ? {} : { id }) };
      const found = state.listNow(PATHS, query);
      assertEquals(found.map(({ metadata }) => metadata.id), wanted.map((it) => it.metadata.id));
    }
  }
}

Deno.test("listNow() finds by labels and id what looking at every resource finds", async () => {
  const state = await filled();
  assertFound(state);
  assertFound(state);
});

Deno.test("listNow() finds by labels after labels changed, came and went, and resources with them", async () => {
  const state = await filled();
  assertFound(state);
  for (let index = 0; index < COUNT; index += 3) {
    const found = state.getNow({ ...PATHS, id: `${index}` });
    if (found === undefined) throw new RangeError(`Cannot find ${index}`);
    const labels = index % 2 === 0 ? { app: `a${index % 4}` } : {};
    if (index % 4 === 0) await state.destroy(found.metadata);
    else await state.update(withMetadata(found, { labels }));
  }
  assertFound(state);
  for (let index = 0; index < COUNT; index += 12) {
    await state.create(path(`${index}`, { app: "a1", tier: "t1" }));
  }
  assertFound(state);
  for (const { metadata } of state.listNow(PATHS, { labels: LABELS[0] ?? [] })) {
    await state.destroy(metadata);
  }
  assertEquals(state.listNow(PATHS, { labels: LABELS[0] ?? [] }), []);
  assertFound(state);
});
