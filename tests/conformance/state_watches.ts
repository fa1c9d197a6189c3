/** Conformance: what watches deliver, and in which order. */
// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { KindWatchOptions, State, WatchEvent } from "../../runtime/core/state.ts";
import {
  brief,
  flattened,
  labelled,
  path,
  PATHS,
  Probe,
  type Subject,
  term,
  testCase,
} from "./state_fixtures.ts";

/** Opens a kind watch, one event a turn or in batches. */
type OpenKind = (state: State, options?: KindWatchOptions) => Promise<Probe<WatchEvent>>;

const FLAVOURS: readonly (readonly [string, OpenKind])[] = [
  ["", async (state, options) => new Probe(await state.watchKind(PATHS, options))],
  [
    "Aggregated",
    async (state, options) => new Probe(flattened(await state.watchKindAggregated(PATHS, options))),
  ],
];

export function stateWatchCases(subject: Subject): void {
  oneCases(subject);
  for (const [flavour, open] of FLAVOURS) {
    kindCases(subject, { flavour, open });
    labelCases(subject, { flavour, open });
  }
  testCase(subject, "TestWatchKindAggregated: the snapshot is one batch", async (state) => {
    for (const id of ["b", "a"]) await state.create(path(id));
    const options = { bootstrapContents: true, bootstrapBookmark: true };
    await using watch = new Probe(await state.watchKindAggregated(PATHS, options));
    const batches = await watch.take(2);
    assertEquals(batches.map((batch) => batch.map(brief)), [
      ["created a@1", "created b@1", "bootstrapped @undefined"],
      ["noop @undefined"],
    ]);
  });
}

function oneCases(subject: Subject): void {
  testCase(subject, "TestWatch: the life of a resource", async (state) => {
    const { metadata } = path("a");
    await using watch = new Probe(await state.watch(metadata));
    assertEquals(brief(await watch.next()), "destroyed a@undefined");
    await state.create(path("another"));
    await state.create(path("a"));
    await state.teardown(metadata);
    await state.addFinalizer(metadata, ["A"]);
    await state.removeFinalizer(metadata, ["A"]);
    await state.destroy(metadata);
    assertEquals((await watch.take(5)).map(brief), [
      "created a@1",
      "updated a@2 from 1 tearingDown",
      "updated a@3 from 2 tearingDown",
      "updated a@4 from 3 tearingDown",
      "destroyed a@4 tearingDown",
    ]);
  });

  testCase(subject, "watch() begins with the resource that is there", async (state) => {
    const { metadata } = await state.create(path("a"));
    await state.addFinalizer(metadata, ["A"]);
    await using watch = new Probe(await state.watch(metadata));
    assertEquals(brief(await watch.next()), "created a@2");
  });

  testCase(subject, "TestWatchWithTailEvents: replays the events of the id", async (state) => {
    const { metadata } = await state.create(path("a"));
    await state.create(path("b"));
    await state.addFinalizer(metadata, ["A"]);
    await state.removeFinalizer(metadata, ["A"]);
    await using all = new Probe(await state.watch(metadata, { tailEvents: 1000 }));
    assertEquals((await all.take(3)).map(brief), [
      "created a@1",
      "updated a@2 from 1",
      "updated a@3 from 2",
    ]);
    await using last = new Probe(await state.watch(metadata, { tailEvents: 1 }));
    await state.destroy(metadata);
    assertEquals((await last.take(2)).map(brief), ["updated a@3 from 2", "destroyed a@3"]);
  });

  testCase(subject, "watch() ends in silence with its signal", async (state) => {
    const stop = new AbortController();
    const { signal } = stop;
    await using watch = new Probe(await state.watch(path("a").metadata, { signal }));
    await watch.next();
    const done = watch.done();
    stop.abort();
    assert(await done);
    assert(await watch.done());
  });
}

function kindCases(
  subject: Subject,
  { flavour, open }: { readonly flavour: string; readonly open: OpenKind },
): void {
  testCase(subject, `TestWatchKind${flavour}: only what comes after the call`, async (state) => {
    await state.create(path("before"));
    await using watch = await open(state);
    const { metadata } = await state.create(path("a"));
    await state.teardown(metadata);
    await state.destroy(metadata);
    assertEquals((await watch.take(3)).map(brief), [
      "created a@1",
      "updated a@2 from 1 tearingDown",
      "destroyed a@2 tearingDown",
    ]);
  });

  testCase(subject, `TestWatchKind${flavour}: the list first when asked for`, async (state) => {
    await using empty = await open(state, { bootstrapContents: true });
    const first = await empty.next();
    assertEquals(brief(first), "bootstrapped @undefined");
    assert(first.event === "bootstrapped");
    assertEquals(first.resource.metadata.namespace, PATHS.namespace);
    assertEquals(first.resource.metadata.type, PATHS.type);
    for (const id of ["b", "c", "a"]) await state.create(path(id));
    await using watch = await open(state, { bootstrapContents: true });
    await state.destroy(path("b").metadata);
    assertEquals((await watch.take(5)).map(brief), [
      "created a@1",
      "created b@1",
      "created c@1",
      "bootstrapped @undefined",
      "destroyed b@1",
    ]);
  });

  testCase(subject, `TestWatchKind${flavour}WithTailEvents: replays a life`, async (state) => {
    const { metadata } = await state.create(path("a"));
    await state.addFinalizer(metadata, ["A"]);
    await state.removeFinalizer(metadata, ["A"]);
    await state.teardown(metadata);
    await state.destroy(metadata);
    await using watch = await open(state, { tailEvents: 1000 });
    assertEquals((await watch.take(5)).map(brief), [
      "created a@1",
      "updated a@2 from 1",
      "updated a@3 from 2",
      "updated a@4 from 3 tearingDown",
      "destroyed a@4 tearingDown",
    ]);
    await using last = await open(state, { tailEvents: 2 });
    assertEquals((await last.take(2)).map(brief), [
      "updated a@4 from 3 tearingDown",
      "destroyed a@4 tearingDown",
    ]);
  });
}

function labelCases(
  subject: Subject,
  { flavour, open }: { readonly flavour: string; readonly open: OpenKind },
): void {
  testCase(
    subject,
    `TestWatchKind${flavour}WithLabels: what begins and ends to match`,
    async (state) => {
      await state.create(path("bare"));
      const { metadata } = await state.create(path("a", { app: "app1" }));
      const one = { labels: [[term("app", "equal", "app1")]] };
      const any = { labels: [[term("app", "exists")]] };
      await using exact = await open(state, { query: one, bootstrapContents: true });
      await using loose = await open(state, { query: any });
      const set = (app: string) =>
        state.updateWithConflicts(metadata, (it) => labelled(it, "app", app));
      await set("app2");
      await set("app3");
      await set("app1");
      await state.updateWithConflicts(metadata, (it) => labelled(it, "more", ""));
      await state.destroy(metadata);
      assertEquals((await exact.take(6)).map(brief), [
        "created a@1",
        "bootstrapped @undefined",
        "destroyed a@2",
        "created a@4",
        "updated a@5 from 4",
        "destroyed a@5",
      ]);
      assertEquals((await loose.take(5)).map(brief), [
        "updated a@2 from 1",
        "updated a@3 from 2",
        "updated a@4 from 3",
        "updated a@5 from 4",
        "destroyed a@5",
      ]);
    },
  );

  testCase(subject, `TestWatchKind${flavour}WithLabels: either query`, async (state) => {
    const labels = [[term("app", "equal", "app1")], [term("app", "equal", "app2")]];
    await using watch = await open(state, { query: { labels } });
    for (const app of ["app3", "app2", "app1"]) await state.create(path(app, { app }));
    assertEquals((await watch.take(2)).map(brief), ["created app2@1", "created app1@1"]);
  });
}
