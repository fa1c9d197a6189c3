/** Random schedules of writes and watches against a model that is a map and a list. */
// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
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
import { brief, path, PATHS, Probe, term } from "../../tests/conformance/state_fixtures.ts";
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
    start: constantFrom("live" as const, "bootstrap" as const, "tail" as const, "one" as const),
    id: ids,
    filtered: boolean(),
  }),
  record({ act: constantFrom("read" as const), watch: integer({ min: 0, max: 9 }) }),
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

interface ModelWatch {
  readonly probe: Probe<WatchEvent>;
  readonly filtered: boolean;
  readonly id: string | undefined;
  readonly snapshot: string[];
  position: number;
  over: boolean;
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

/** All the watch has to deliver now, as the model knows it. */
function expectRead(model: Model, watch: ModelWatch): string[] {
  const expected = watch.snapshot.splice(0);
  if (model.changes.length - watch.position > CAPACITY) {
    watch.over = true;
    return [...expected, "errored overrun"];
  }
  for (const [index, change] of model.changes.entries()) {
    if (index < watch.position || (watch.id !== undefined && watch.id !== change.id)) continue;
    const event = delivered(change, watch.filtered);
    if (event === undefined) continue;
    expected.push(event);
    // A reader looks no further than the event it takes.
    watch.position = index + 1;
  }
  return expected;
}

type WatchStep = Extract<Step, { readonly act: "watch" }>;

async function openWatch(state: MemoryState, model: Model, step: WatchStep): Promise<ModelWatch> {
  const { start } = step;
  const written = model.changes.length;
  const one = start === "one";
  const filtered = step.filtered && !one;
  const query = filtered ? APP : {};
  const oldest = Math.max(0, written - CAPACITY + GAP);
  const entries = [...model.entries].sort(([a], [b]) => a < b ? -1 : 1);
  const snapshot: string[] = [];
  if (start === "bootstrap") {
    for (const [id, entry] of entries) {
      if (!filtered || entry.app) snapshot.push(short("created", id, entry));
    }
    snapshot.push("bootstrapped @undefined");
  }
  if (one) {
    const entry = model.entries.get(step.id);
    const missing = `destroyed ${step.id}@undefined`;
    snapshot.push(entry === undefined ? missing : short("created", step.id, entry));
  }
  const events = one ? await state.watch({ ...PATHS, id: step.id }) : await state.watchKind(PATHS, {
    query,
    bootstrapContents: start === "bootstrap",
    tailEvents: start === "tail" ? TAIL : 0,
  });
  return {
    probe: new Probe(events),
    filtered,
    id: one ? step.id : undefined,
    snapshot,
    position: start === "tail" ? Math.max(oldest, written - TAIL) : written,
    over: false,
  };
}

async function run(steps: readonly Step[]): Promise<void> {
  const model = new Model();
  const history = { initial: CAPACITY, maximum: CAPACITY, gap: GAP };
  const state = memoryState({ clock: new FakeClock(), random: new FakeRandom(), history });
  const watches: ModelWatch[] = [];
  const read = async (watch: ModelWatch): Promise<void> => {
    if (watch.over) return;
    const expected = expectRead(model, watch);
    assertEquals((await watch.probe.take(expected.length)).map(brief), expected);
    if (watch.over) assert(await watch.probe.done());
  };
  for (const step of steps) {
    if (step.act === "watch") {
      watches.push(await openWatch(state, model, step));
    } else if (step.act === "read") {
      const watch = watches[step.watch % Math.max(1, watches.length)];
      if (watch !== undefined) await read(watch);
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
    await read(watch);
    await watch.probe[Symbol.asyncDispose]();
  }
}

Deno.test("memoryState() does what a map and a list would, whatever the schedule", async () => {
  await check(asyncProperty(array(step, { maxLength: 60, size: "max" }), run), { numRuns: 400 });
});
