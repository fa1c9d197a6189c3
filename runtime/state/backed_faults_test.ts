/** A backed state whose store fails, stalls and loses power at every call, against a model that is a map. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import {
  array,
  assert as check,
  asyncProperty,
  boolean,
  constantFrom,
  oneof,
  record,
} from "fast-check";
import {
  FakeBackingStore,
  oneByOne,
  StoreFailure,
  type StoreFault,
} from "../../tests/fakes/backing_store.ts";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { brief, path, PATHS, Probe } from "../../tests/conformance/state_fixtures.ts";
import { StateError } from "../core/errors.ts";
import { withMetadata } from "../core/metadata.ts";
import { backedState } from "./backed.ts";
import type { MemoryState } from "./memory.ts";

type Write =
  | { readonly act: "create" | "destroy"; readonly id: string }
  /** `ahead` of the version that the resource has if every write before succeeds. */
  | { readonly act: "update"; readonly id: string; readonly ahead: bigint };

/** A write as it was made, and what became of it: done, failed by the store, a refusal, or nothing yet. */
interface Made {
  readonly write: Write;
  readonly version: bigint;
  outcome: string | undefined;
}

/** Writes made at once, and those made when they are answered. */
type Schedule = readonly (readonly Write[])[];

interface Trial {
  readonly schedule: Schedule;
  /** What becomes of each write call of the store. */
  readonly faults: readonly (StoreFault | undefined)[];
  readonly share: boolean;
}

/** Versions by id, and the events that led there. */
class Model {
  readonly versions = new Map<string, bigint>();
  readonly events: string[] = [];
  /** What a list showed after each event, and before the first. */
  readonly lists: string[] = [""];

  get list(): string {
    return [...this.versions].map(([id, version]) => `${id}@${version}`).sort().join(" ");
  }

  apply({ act, id }: Write, version: bigint): string {
    const now = this.versions.get(id);
    if (act === "create") {
      if (now !== undefined) return "already-exists";
      return this.#commit(`created ${id}@1`, () => this.versions.set(id, 1n));
    }
    if (now === undefined) return "not-found";
    if (act === "destroy") {
      return this.#commit(`destroyed ${id}@${now}`, () => this.versions.delete(id));
    }
    if (version !== now) return "version-conflict";
    const event = `updated ${id}@${now + 1n} from ${now}`;
    return this.#commit(event, () => this.versions.set(id, now + 1n));
  }

  #commit(event: string, act: () => unknown): string {
    act();
    this.events.push(event);
    this.lists.push(this.list);
    return "done";
  }
}

function listed(state: MemoryState): string {
  return state.listNow(PATHS).map(({ metadata: { id, version } }) => `${id}@${version}`).join(" ");
}

async function act(state: MemoryState, { write, version }: Made): Promise<void> {
  const { metadata } = path(write.id);
  if (write.act === "create") await state.create(path(write.id));
  else if (write.act === "destroy") await state.destroy(metadata);
  else await state.update(withMetadata(path(write.id), { version }));
}

/** Makes the writes of a round at once. */
function make(state: MemoryState, writes: readonly Write[]): { made: Made[]; all: Promise<void> } {
  const hopes = new Model();
  for (const { metadata } of state.listNow(PATHS)) {
    hopes.versions.set(metadata.id, metadata.version ?? 1n);
  }
  const made: Made[] = [];
  const answers = writes.map(async (write) => {
    const ahead = write.act === "update" ? write.ahead : 0n;
    const version = (hopes.versions.get(write.id) ?? 1n) + ahead;
    hopes.apply(write, version);
    const entry: Made = { write, version, outcome: undefined };
    made.push(entry);
    try {
      await act(state, entry);
      entry.outcome = "done";
    } catch (error) {
      if (error instanceof StoreFailure) entry.outcome = "failed";
      else if (error instanceof StateError) entry.outcome = error.failure.refusal;
      else throw error;
    }
  });
  return { made, all: Promise.all(answers).then(() => {}) };
}

/** Waits for the answers, letting go of what stalls; false where the power is lost before they are all there. */
async function answered(store: FakeBackingStore, all: Promise<void>): Promise<boolean> {
  let done = false;
  const end = all.then(() => done = true);
  while (!done) {
    await Promise.race([end, store.held]);
    if (store.isDark) {
      // What was answered before has been heard after a turn of the event loop.
      await new Promise((resolve) => setTimeout(resolve, 0));
      return false;
    }
    store.release();
  }
  return true;
}

/** What anybody saw is what the answered writes make of the model, step by step. */
async function assertSeen(
  state: MemoryState,
  { model, seen, watch }: {
    readonly model: Model;
    readonly seen: readonly string[];
    readonly watch: Probe<Parameters<typeof brief>[0]>;
  },
): Promise<void> {
  assertEquals(listed(state), model.list);
  assertEquals(state.eventsNow(PATHS).map((event) => brief(event)), model.events);
  assertEquals((await watch.take(model.events.length)).map(brief), model.events);
  let at = 0;
  for (const list of seen) {
    at = model.lists.indexOf(list, at);
    assert(at >= 0, `"${list}" was seen, and never was: ${model.lists.join(" | ")}`);
  }
}

async function run({ schedule, faults, share }: Trial): Promise<FakeBackingStore> {
  const seen: string[] = [];
  let sample = (): void => {};
  const store = new FakeBackingStore({
    fault: (call) => {
      sample();
      return faults[call - 1]; // Call 0 is the load.
    },
  });
  const state = await backedState({
    clock: new FakeClock(),
    random: new FakeRandom(),
    history: { maximum: 1024 },
    store: share ? store : oneByOne(store),
  });
  sample = () => seen.push(listed(state));
  await using watch = new Probe(await state.watchKind(PATHS));
  const model = new Model();
  for (const writes of schedule) {
    const { made, all } = make(state, writes);
    const complete = await answered(store, all);
    /** Ids of the writes that failed: what comes behind them does too. */
    const failed = new Set<string>();
    for (const { write, version, outcome } of made) {
      if (outcome === undefined) continue;
      if (outcome === "failed") failed.add(write.id);
      const expected = failed.has(write.id) ? ["failed", "closed"] : [model.apply(write, version)];
      assert(expected.includes(outcome), `${outcome}, may be: ${expected.join(", ")}`);
    }
    if (complete) continue;
    await assertSeen(state, { model, seen, watch });
    await assertReload(store, { model, lost: made.filter(({ outcome }) => !outcome) });
    return store;
  }
  await assertSeen(state, { model, seen, watch });
  await assertReload(store, { model, lost: [] });
  return store;
}

/** All that was acknowledged is there, and of the writes never answered at most the first ones, in their order. */
async function assertReload(
  store: FakeBackingStore,
  { model, lost }: { readonly model: Model; readonly lost: readonly Made[] },
): Promise<void> {
  const again = store.restarted();
  const state = await backedState({
    clock: new FakeClock(),
    random: new FakeRandom(),
    store: again,
  });
  const possible = [model.list];
  for (const { write, version } of lost) {
    model.apply(write, version);
    possible.push(model.list);
  }
  const found = listed(state);
  assert(possible.includes(found), `"${found}" was loaded, may be: ${possible.join(" | ")}`);
}

const LIFE: Schedule = [
  [{ act: "create", id: "a" }, { act: "create", id: "b" }, { act: "create", id: "a" }],
  [
    { act: "update", id: "a", ahead: 0n },
    { act: "update", id: "a", ahead: 0n },
    { act: "update", id: "b", ahead: 1n },
    { act: "update", id: "b", ahead: 0n },
    { act: "destroy", id: "b" },
  ],
  [{ act: "create", id: "c" }],
  [
    { act: "destroy", id: "a" },
    { act: "create", id: "a" },
    { act: "update", id: "a", ahead: 0n },
    { act: "destroy", id: "c" },
    { act: "destroy", id: "c" },
  ],
];

Deno.test("backedState() shows nothing of a write that fails, stalls or is lost, at any call", async () => {
  const faults: readonly StoreFault[] = ["fail", "stall", "lose-before", "lose-after"];
  for (const share of [true, false]) {
    const { calls } = await run({ schedule: LIFE, faults: [], share });
    assert(calls.length > LIFE.length, "every round writes");
    for (const fault of faults) {
      for (let at = 0; at < calls.length - 1; at++) {
        const { calls: faulted } = await run({
          schedule: LIFE,
          faults: [...Array<undefined>(at), fault],
          share,
        });
        assert(faulted.length > at + 1, "the fault was met");
      }
    }
  }
});

const ids = constantFrom("a", "b", "c");
const write = oneof(
  record({ act: constantFrom("create" as const, "destroy" as const), id: ids }),
  record({
    act: constantFrom("update" as const),
    id: ids,
    ahead: constantFrom(0n, 0n, 0n, 1n),
  }),
);
const fault = oneof(
  { weight: 5, arbitrary: constantFrom(undefined) },
  { weight: 3, arbitrary: constantFrom<StoreFault>("fail", "stall") },
  { weight: 1, arbitrary: constantFrom<StoreFault>("lose-before", "lose-after") },
);

Deno.test("backedState() does what a map would with the writes that are kept, whatever the schedule", async () => {
  const trial = record({
    schedule: array(array(write, { minLength: 1, maxLength: 8, size: "max" }), {
      maxLength: 8,
      size: "max",
    }),
    faults: array(fault, { maxLength: 24, size: "max" }),
    share: boolean(),
  });
  await check(asyncProperty(trial, async (it) => void await run(it)), { numRuns: 300 });
});
