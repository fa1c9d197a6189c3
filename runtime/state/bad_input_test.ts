/** What no compiler let through and arrives all the same: refused in words of its own, and nothing is changed. */
// @ts-types="../../types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { path, PATHS } from "../../tests/conformance/state_fixtures.ts";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { StateError } from "../core/errors.ts";
import type { Refusal } from "../core/errors.ts";
import { frozenCopy } from "../core/freeze.ts";
import type { Resource } from "../core/resource.ts";
import { type MemoryState, memoryState } from "./memory.ts";

/** As a caller whom no compiler checks would pass it. */
function unchecked<T>(value: unknown): T {
  return value as T;
}

function changed(resource: Resource, part: Readonly<Record<string, unknown>>): Resource {
  return unchecked({ ...resource, metadata: { ...resource.metadata, ...part } });
}

/** Inherits nothing. */
function bare(fields: object): object {
  return Object.assign(Object.create(null), fields);
}

interface Case {
  readonly act: (state: MemoryState, stored: Resource) => Promise<unknown>;
  readonly refusal: Refusal;
  readonly message: string;
}

const query = (labels: unknown): Case["act"] => (state) =>
  state.list(PATHS, { query: unchecked({ labels }) });
const term = (part: object): Case["act"] =>
  query([[{ key: "a", operation: "equal", values: ["x"], invert: false, ...part }]]);
const idQuery = (id: unknown): Case["act"] => (state) =>
  state.watchKind(PATHS, { query: unchecked({ id }) });
const resume = (bookmark: unknown): Case["act"] => (state) =>
  state.watchKind(PATHS, { startFromBookmark: unchecked(bookmark) });
const tail = (tailEvents: unknown): Case["act"] => (state) =>
  state.watch({ ...PATHS, id: "a" }, { tailEvents: unchecked(tailEvents) });
const waitFor = (conditions: unknown): Case["act"] => (state, stored) =>
  state.watchFor(stored.metadata, unchecked(conditions));
const at = (part: object): Case["act"] => (state, stored) =>
  state.get(unchecked({ ...PATHS, id: stored.metadata.id, ...part }));
const make = (part: Readonly<Record<string, unknown>>): Case["act"] => (state) =>
  state.create(changed(path("new"), part));
const write = (part: Readonly<Record<string, unknown>>): Case["act"] => (state, stored) =>
  state.update(changed(stored, part));

function rows(
  refusal: Refusal,
  cases: Readonly<Record<string, Case["act"]>>,
): readonly Case[] {
  return Object.entries(cases).map(([message, act]) => ({ act, refusal, message }));
}

const QUERIES = rows("invalid-query", {
  "labels may be a list": query("a=b"),
  "labels[0] may be a list": query([{}]),
  "labels[0][0] may be a term": query([[null]]),
  "query: labels[0][0] may be a term": query([["a=b"]]),
  "labels[0][0].key may be a text": term({ key: 1 }),
  "labels[0][0].operation may be exists, equal, in, lt, lte, lt-numeric, lte-numeric": term({
    operation: "like",
  }),
  "labels[0][0].values may be a list": term({ values: "x" }),
  "labels[0][0].values may be a list of texts": term({ values: [1] }),
  "labels[0][0].invert may be true or false": term({ invert: 0 }),
  "the id expression is no text": idQuery(/a/),
  "the id expression is no RE2": idQuery("(?=a)"),
  "the id expression is 1025 characters, at most 1024": idQuery("a".repeat(1025)),
  "the id expression compiles to": idQuery("a{1000}".repeat(100)),
  "tail events are 1.5, and may be a whole number": tail(1.5),
  "tail events are NaN, and may be a whole number": tail(NaN),
  "tail events are Infinity": tail(Infinity),
  "tail events are 3, and": tail("3"),
  "bootstrapContents is yes, and may be true or false": (state) =>
    state.watchKind(PATHS, { bootstrapContents: unchecked("yes") }),
  "bootstrapBookmark is 1, and may be true or false": (state) =>
    state.watchKindAggregated(PATHS, { bootstrapBookmark: unchecked(1) }),
  'the query is "app=x", and may have an id and labels': (state) =>
    state.list(PATHS, { query: unchecked("app=x") }),
  "the query is a list, and may have": (state) => state.list(PATHS, { query: unchecked([]) }),
  "the query is null, and may have": (state) => state.watchKind(PATHS, { query: unchecked(null) }),
  "the query is 5, and may have": (state) =>
    state.watchKindAggregated(PATHS, { query: unchecked(5) }),
  "events may be created, updated, destroyed": waitFor({ events: ["deleted"] }),
  "events may be created, updated": waitFor({ events: "created" }),
  "phases may be a list": waitFor({ phases: "running" }),
  "predicate may be a function": waitFor({ predicate: true }),
  "finalizersEmpty may be true": waitFor({ finalizersEmpty: false }),
});
const BOOKMARKS = rows("invalid-bookmark", {
  "it is no bytes": resume("AAAA"),
  "it has 0 bytes instead of 24": resume(new Uint8Array(0)),
  "it has 23 bytes instead of 24": resume(new Uint8Array(23)),
  "it is of another process": resume(new Uint8Array(24).fill(0xff)),
});
const NAMES = rows("invalid-resource", {
  "the namespace is 5, and may be a text": make({ namespace: 5 }),
  "the type is undefined, and may be a text": make({ type: undefined }),
  "the id is null, and may be a text": make({ id: null }),
  'the id is "\\ud800", and may be well-formed Unicode': make({ id: "\ud800" }),
  "the owner is an object, and may be a text": make({ owner: {} }),
  "the version is 1, and may be undefined or a bigint": make({ version: 1 }),
  "the version is -1, and may be undefined or a bigint": write({ version: -1n }),
  "the version is 18446744073709551616": write({ version: 2n ** 64n }),
  "unknown phase: done, may be running or tearingDown": write({ phase: "done" }),
  "unknown phase: Running": make({ phase: "Running" }),
  "the finalizers is F, and may be a list of texts": write({ finalizers: "F" }),
  "the finalizers[1] is 1, and may be a text": write({ finalizers: ["F", 1] }),
  'the label or annotation "a" is 1, and may be a text': write({ labels: { a: 1 } }),
  'the label or annotation "b" is undefined': write({ annotations: { b: undefined } }),
  "the list of labels or annotations is null, and may be texts by their keys": make({
    labels: null,
  }),
  "the list of labels or annotations is a=b": write({ annotations: "a=b" }),
  "the finalizers is null": make({ finalizers: null }),
  "the time is null, and may be whole seconds": make({ updated: null }),
  "the time is 5, and may be whole seconds": make({ created: 5 }),
  "the time is 1 s 1000000000 ns": make({ updated: { seconds: 1n, nanos: 1e9 } }),
  "the time is 1 s 0.5 ns": make({ updated: { seconds: 1n, nanos: 0.5 } }),
  "the finalizers[0] is 1, and may be a text": make({ finalizers: frozenCopy([1]) }),
  'the label or annotation "c" is 1': make({ labels: frozenCopy(bare({ c: 1 })) }),
  "the time is undefined s undefined ns": make({ created: frozenCopy({}) }),
  "the time is 1 s 0 ns": make({ updated: { seconds: 1, nanos: 0 } }),
  "the time is 1 s -1 ns": make({ updated: { seconds: 1n, nanos: -1 } }),
  "unknown phase: gone": (state, stored) =>
    state.update(stored, { expectedPhase: unchecked("gone") }),
  "unknown phase: either": (state, stored) =>
    state.updateWithConflicts(stored.metadata, (it) => it, { expectedPhase: unchecked("either") }),
  "the namespace is undefined, and may be": at({ namespace: undefined }),
  "the type is 5, and may be a text": at({ type: 5 }),
  "the id is null, and may be a": at({ id: null }),
  "the id is an object, and may be": (state) => state.destroy(unchecked({ ...PATHS, id: {} })),
  "the id is undefined, and may be a text": (state) => state.watch(unchecked(PATHS)),
  "the id is undefined, and": (state) => state.teardown(unchecked(PATHS)),
  "the id is undefined": (state) => state.contextWithTeardown(unchecked(PATHS)),
  "the name is undefined, and may be a namespace and a type": (state) =>
    state.get(unchecked(undefined)),
  "the name is null, and may be": (state) => state.list(unchecked(null)),
  'the name is "os/path", and may be': (state) => state.watchKind(unchecked("os/path")),
  "the type is 1, and may be a text": (state) =>
    state.watchKindAggregated(unchecked({ ...PATHS, type: 1 })),
  "the resource is undefined, and may be metadata and a spec": (state) =>
    state.create(unchecked(undefined)),
  "the resource is undefined for metadata": (state) => state.update(unchecked({ spec: {} })),
  "the resource is null, and may be metadata": (state) => state.modify(unchecked(null), (it) => it),
  "the resource is undefined, and may be metadata": (state, { metadata }) =>
    state.updateWithConflicts(metadata, () => unchecked(undefined)),
  "the resource is undefined, and may be": (state) =>
    state.modify(path("new"), () => unchecked(undefined)),
  "the owner is 5, and may be a text": (state, stored) =>
    state.update(stored, { owner: unchecked(5) }),
  "the owner is 6, and may be a text": (state, { metadata }) =>
    state.destroy(metadata, { owner: unchecked(6) }),
  "the actor of the cause is 7, and may be a text": (state, { metadata }) =>
    state.destroy(metadata, { cause: unchecked({ actor: 7 }) }),
  'the finalizers are "FG", and may be a list of texts': (state, { metadata }) =>
    state.addFinalizer(metadata, unchecked("FG")),
  "the finalizers are undefined, and may be": (state, { metadata }) =>
    state.removeFinalizer(metadata, unchecked(undefined)),
  "the finalizers are a list, and may be": (state, { metadata }) =>
    state.addFinalizer(metadata, unchecked(["F", 1])),
  "the id is a function, and may be a text": at({ id: () => "a" }),
  "the finalizers are a list, and may be a list of texts": (state, { metadata }) =>
    state.addFinalizer(metadata, unchecked([1])),
  "unknown phase: gone, may be running or tearingDown": waitFor({ phases: ["gone"] }),
  "Cannot make spec immutable: it is a function": (state) =>
    state.create({ ...path("new"), spec: () => 1 }),
});

for (const { act, refusal, message } of [...QUERIES, ...BOOKMARKS, ...NAMES]) {
  Deno.test(`memoryState() refuses with ${refusal}: ${JSON.stringify(message)}`, async () => {
    const state = memoryState({ clock: new FakeClock(), random: new FakeRandom() });
    const stored = await state.create(path("a", { a: "x" }));
    const events = state.eventsNow(PATHS);
    const error = await assertRejects(() => act(state, stored), StateError, message);
    assertEquals(error.failure.refusal, refusal);
    assertEquals(state.listNow(PATHS), [stored]);
    assertEquals(state.eventsNow(PATHS), events);
  });
}
