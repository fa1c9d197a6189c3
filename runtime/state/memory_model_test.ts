/**
 * Random schedules of writers and watchers against a model that is a map and a list.
 *
 * A failure prints its seed and path. `deno test runtime/state/memory_model_test.ts -- RUNS SEED PATH` runs it again;
 * RUNS alone runs as many new ones.
 */
// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  array,
  assert as check,
  asyncProperty,
  boolean,
  constantFrom,
  integer,
  oneof,
  record,
} from "fast-check";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import {
  brief,
  flattened,
  path,
  PATHS,
  Probe,
  term,
} from "../../tests/conformance/state_fixtures.ts";
import { StateError } from "../core/errors.ts";
import { newMetadata } from "../core/metadata.ts";
import type { Metadata, Resource } from "../core/resource.ts";
import type { Query, WatchEvent } from "../core/state.ts";
import { type MemoryState, memoryState } from "./memory.ts";

const CAPACITY = 6;
const GAP = 2;
/** More than may be replayed, so that the gap is seen. */
const TAIL = 5;
const APP: Query = { labels: [[term("app", "exists")]] };

interface Entry {
  readonly version: bigint;
  readonly owner: string;
  readonly phase: Metadata["phase"];
  readonly held: boolean;
  readonly app: boolean;
}

interface Change {
  readonly id: string;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

/** What must hold of the state: the entries, and every change ever made. */
class Model {
  readonly entries = new Map<string, Entry>();
  readonly changes: Change[] = [];

  commit(id: string, after: Entry | undefined): void {
    this.changes.push({ id, before: this.entries.get(id), after });
    if (after === undefined) this.entries.delete(id);
    else this.entries.set(id, after);
  }
}

const ids = constantFrom("a", "b", "c");
const owners = constantFrom("", "X");
const phases = constantFrom("running" as const, "tearingDown" as const);
const step = oneof(
  record({ act: constantFrom("create" as const), id: ids, owner: owners, app: boolean() }),
  record({
    act: constantFrom("update" as const),
    id: ids,
    owner: owners,
    stale: integer({ min: 0, max: 3 }).map((chance) => chance === 0),
    expected: constantFrom("running" as const, "any" as const),
    phase: phases,
    held: boolean(),
    app: boolean(),
  }),
  record({ act: constantFrom("destroy" as const), id: ids, owner: owners }),
  record({
    act: constantFrom("watch" as const),
    start: constantFrom(
      "live" as const,
      "bootstrap" as const,
      "tail" as const,
      "resume" as const,
    ),
    one: integer({ min: 0, max: 3 }).map((chance) => chance === 0),
    marked: boolean(),
    aggregated: boolean(),
    id: ids,
    filtered: boolean(),
    from: integer({ min: 0, max: 99 }),
  }),
  record({
    act: constantFrom("read" as const),
    watch: integer({ min: 0, max: 9 }),
    most: integer({ min: 1, max: 8 }),
  }),
);
type Step = typeof step extends import("fast-check").Arbitrary<infer Value> ? Value : never;
type Write = Extract<Step, { readonly act: "create" | "update" | "destroy" }>;

function resource(id: string, entry: Entry): Resource {
  const { version, owner, phase, held, app } = entry;
  const metadata = newMetadata({
    ...PATHS,
    id,
    version,
    owner,
    phase,
    finalizers: held ? ["F"] : [],
    labels: app ? { app: "" } : {},
  });
  return { metadata, spec: path(id).spec };
}

/** What the model makes of a write: a refusal, or what becomes of the entry. */
function expectWrite(model: Model, write: Write): string {
  const { id, owner } = write;
  const now = model.entries.get(id);
  if (write.act === "create") {
    if (now !== undefined) return "already-exists";
    model.commit(id, { version: 1n, owner, phase: "running", held: false, app: write.app });
    return "done";
  }
  if (now === undefined) return "not-found";
  if (now.owner !== owner) return "owner-conflict";
  if (write.act === "destroy") {
    if (now.held) return "pending-finalizers";
    model.commit(id, undefined);
    return "done";
  }
  if (write.stale) return "version-conflict";
  if (write.expected !== "any" && now.phase !== write.expected) return "phase-conflict";
  const { phase, held, app } = write;
  model.commit(id, { version: now.version + 1n, owner, phase, held, app });
  return "done";
}

async function actWrite(state: MemoryState, model: Model, write: Write): Promise<string> {
  const { id, owner } = write;
  const now = model.entries.get(id);
  try {
    if (write.act === "create") {
      const fresh = newMetadata({ ...PATHS, id, labels: write.app ? { app: "" } : {} });
      await state.create({ metadata: fresh, spec: path(id).spec }, { owner });
    } else if (write.act === "destroy") {
      await state.destroy({ ...PATHS, id }, { owner });
    } else {
      const version = (now?.version ?? 1n) + (write.stale ? 1n : 0n);
      const wanted = resource(id, { ...write, version });
      await state.update(wanted, { owner, expectedPhase: write.expected });
    }
    return "done";
  } catch (error) {
    if (error instanceof StateError) return error.failure.refusal;
    throw error;
  }
}

/** An event to come, and the position after it where it carries one. */
interface Expected {
  readonly text: string;
  readonly next?: number;
}

interface ModelWatch {
  readonly probe: Probe<WatchEvent>;
  readonly aggregated: boolean;
  readonly filtered: boolean;
  readonly id: string | undefined;
  readonly planned: Expected[];
  position: number;
  over: boolean;
}

/** A bookmark that some watch delivered, and the position it is for. */
interface Marker {
  readonly bookmark: Uint8Array;
  readonly next: number;
}

function short(event: string, id: string, entry: Entry, from?: Entry): string {
  const before = from === undefined ? "" : ` from ${from.version}`;
  const going = entry.phase === "tearingDown" ? " tearingDown" : "";
  return `${event} ${id}@${entry.version}${before}${going}`;
}

function delivered({ id, before, after }: Change, filtered: boolean): string | undefined {
  const was = before !== undefined && (!filtered || before.app);
  const is = after !== undefined && (!filtered || after.app);
  if (before !== undefined && was && is) return short("updated", id, after, before);
  if (after !== undefined && is) return short("created", id, after);
  if (before === undefined || !was) return undefined;
  return short("destroyed", id, after ?? before);
}

/** What the watch has to deliver now, as the model knows it: `most` events at most. */
function expectRead(model: Model, watch: ModelWatch, most: number): Expected[] {
  const expected = watch.planned.splice(0, most);
  if (expected.length >= most) return expected;
  if (model.changes.length - watch.position > CAPACITY) {
    watch.over = true;
    return [...expected, { text: "errored overrun" }];
  }
  const from = watch.position;
  for (const [index, change] of model.changes.entries()) {
    if (index < watch.position || (watch.id !== undefined && watch.id !== change.id)) continue;
    const text = delivered(change, watch.filtered);
    if (text === undefined) continue;
    expected.push({ text, next: index + 1 });
    // A reader looks no further than the event it takes.
    watch.position = index + 1;
    if (expected.length >= most) break;
  }
  // Who takes a batch has looked at all there was.
  const lived = watch.position > from;
  if (watch.aggregated && lived) watch.position = model.changes.length;
  return expected;
}

type WatchStep = Extract<Step, { readonly act: "watch" }>;

/** Where a watch starts, and what comes before the live events; undefined where it may not start. */
function expectStart(
  model: Model,
  { step, marker }: { readonly step: WatchStep; readonly marker: Marker | undefined },
): { readonly position: number; readonly planned: Expected[] } | undefined {
  const written = model.changes.length;
  const usable = written - CAPACITY + GAP;
  const oldest = Math.max(0, usable);
  let position = written;
  const planned: Expected[] = [];
  if (marker !== undefined) {
    position = marker.next;
    const least = Math.max(usable, step.one ? 0 : -1);
    if (position - 1 < least || position - 1 >= written) return undefined;
  } else if (step.start === "tail" && !step.one) {
    position = Math.max(oldest, written - TAIL);
  } else if (step.start === "tail") {
    const own = model.changes.flatMap(({ id }, at) => id === step.id && at >= oldest ? [at] : []);
    position = own.at(-TAIL) ?? own[0] ?? written;
  } else if (step.one) {
    const entry = model.entries.get(step.id);
    const missing = `destroyed ${step.id}@undefined`;
    planned.push({ text: entry === undefined ? missing : short("created", step.id, entry) });
  } else if (step.start === "bootstrap") {
    for (const [id, entry] of [...model.entries].sort(([a], [b]) => a < b ? -1 : 1)) {
      if (!step.filtered || entry.app) planned.push({ text: short("created", id, entry) });
    }
    planned.push({ text: "bootstrapped @undefined", next: position });
  }
  if (step.marked && !step.one) planned.push({ text: "noop @undefined", next: position });
  return { position, planned };
}

/** Opens a watch; undefined where it was refused, as it had to be. */
async function openWatch(
  { state, model, markers }: Schedule,
  step: WatchStep,
): Promise<ModelWatch | undefined> {
  const { start, one } = step;
  const marker = start === "resume" ? markers[step.from % Math.max(1, markers.length)] : undefined;
  const expected = expectStart(model, { step, marker });
  const filtered = step.filtered && !one;
  const aggregated = step.aggregated && !one;
  const options = {
    query: filtered ? APP : {},
    bootstrapContents: start === "bootstrap",
    bootstrapBookmark: step.marked,
    tailEvents: start === "tail" ? TAIL : 0,
    ...(marker === undefined ? {} : { startFromBookmark: marker.bookmark }),
  };
  const open = async () => {
    if (one) return await state.watch({ ...PATHS, id: step.id }, options);
    if (aggregated) return flattened(await state.watchKindAggregated(PATHS, options));
    return await state.watchKind(PATHS, options);
  };
  if (expected === undefined) {
    await assertRejects(open, StateError, "invalid watch bookmark");
    return undefined;
  }
  const probe = new Probe(await open());
  const id = one ? step.id : undefined;
  return { probe, aggregated, filtered, id, ...expected, over: false };
}

/** What a schedule has made so far. */
interface Schedule {
  readonly state: MemoryState;
  readonly model: Model;
  readonly watches: ModelWatch[];
  readonly markers: Marker[];
}

async function read({ model, markers }: Schedule, watch: ModelWatch, most: number): Promise<void> {
  if (watch.over) return;
  // A batch holds all that was pending: half of one cannot be left behind in the ring.
  const expected = expectRead(model, watch, watch.aggregated ? Infinity : most);
  const events = await watch.probe.take(expected.length);
  assertEquals(events.map(brief), expected.map(({ text }) => text));
  for (const [index, { bookmark }] of events.entries()) {
    const next = expected[index]?.next;
    assertEquals(bookmark === undefined, next === undefined);
    if (bookmark !== undefined && next !== undefined) markers.push({ bookmark, next });
  }
  if (watch.over) assert(await watch.probe.done());
}

async function run(steps: readonly Step[]): Promise<void> {
  const model = new Model();
  const history = { initial: CAPACITY, maximum: CAPACITY, gap: GAP };
  const state = memoryState({ clock: new FakeClock(), random: new FakeRandom(), history });
  const schedule: Schedule = { state, model, watches: [], markers: [] };
  const { watches } = schedule;
  for (const step of steps) {
    if (step.act === "watch") {
      const watch = await openWatch(schedule, step);
      if (watch !== undefined) watches.push(watch);
    } else if (step.act === "read") {
      const watch = watches[step.watch % Math.max(1, watches.length)];
      if (watch !== undefined) await read(schedule, watch, step.most);
    } else {
      const outcome = await actWrite(state, model, step);
      assertEquals(outcome, expectWrite(model, step));
    }
    const listed = state.listNow(PATHS).map((it) => ({ ...it.metadata }));
    const known = [...model.entries].sort(([a], [b]) => a < b ? -1 : 1);
    assertEquals(
      listed.map(({ id, version, phase, owner }) => ({ id, version, phase, owner })),
      known.map(([id, { version, phase, owner }]) => ({ id, version, phase, owner })),
    );
  }
  for (const watch of watches) {
    await read(schedule, watch, Infinity);
    await watch.probe[Symbol.asyncDispose]();
  }
}

const [runs = "2000", seed, counterexample] = Deno.args;

Deno.test("memoryState() does what a map and a list would, whatever the schedule", async () => {
  await check(asyncProperty(array(step, { maxLength: 60, size: "max" }), run), {
    numRuns: Number(runs),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    ...(counterexample === undefined ? {} : { path: counterexample }),
  });
});
