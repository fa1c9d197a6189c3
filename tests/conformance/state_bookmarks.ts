/** Conformance: positions to go on from. */
// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { isInvalidBookmark, StateError } from "../../runtime/core/errors.ts";
import { withMetadata } from "../../runtime/core/metadata.ts";
import type { KindWatchOptions, State, WatchEvent } from "../../runtime/core/state.ts";
import {
  brief,
  flattened,
  labelled,
  path,
  PATHS,
  Probe,
  STRINGS,
  type Subject,
  term,
  testCase,
} from "./state_fixtures.ts";

async function openKind(
  state: State,
  aggregated: boolean,
  options: KindWatchOptions,
): Promise<Probe<WatchEvent>> {
  return new Probe(
    aggregated
      ? flattened(await state.watchKindAggregated(PATHS, options))
      : await state.watchKind(PATHS, options),
  );
}

function bookmarkOf(event: WatchEvent | undefined): Uint8Array {
  if (event?.bookmark === undefined) throw new Error("Cannot go on: the event has no bookmark");
  return event.bookmark;
}

export function stateBookmarkCases(subject: Subject): void {
  testCase(subject, "TestWatchWithBookmarks: goes on from each event", async (state) => {
    const { metadata } = await state.create(path("a"));
    const seen: WatchEvent[] = [];
    {
      await using watch = new Probe(await state.watch(metadata));
      await watch.next();
      for (let count = 0; count < 4; count++) {
        await state.updateWithConflicts(metadata, (it) => labelled(it, "n", String(count)));
        await state.updateWithConflicts(path("b").metadata, (it) => it).catch(() => {});
      }
      seen.push(...await watch.take(4));
    }
    await state.destroy(metadata);
    const rest = ["updated a@2 from 1", "updated a@3 from 2", "updated a@4 from 3"];
    rest.push("updated a@5 from 4", "destroyed a@5");
    for (const [index, event] of seen.entries()) {
      const startFromBookmark = bookmarkOf(event);
      await using resumed = new Probe(await state.watch(metadata, { startFromBookmark }));
      const expected = rest.slice(index + 1);
      assertEquals((await resumed.take(expected.length)).map(brief), expected);
    }
  });

  for (const aggregated of [false, true]) {
    for (const bootstrapContents of [false, true]) {
      kindCase(subject, { aggregated, bootstrapContents });
    }
    markerCase(subject, aggregated);
    filterCase(subject, aggregated);
  }
  refusalCases(subject);
}

function refusalCases(subject: Subject): void {
  testCase(subject, "TestWatchInvalidBookmark: each kind of damage", async (state) => {
    await state.create(path("a"));
    await using watch = await openKind(state, false, { bootstrapBookmark: true });
    const good = bookmarkOf(await watch.next());
    const flipped = good.slice();
    flipped[0] = (flipped[0] ?? 0) ^ 1;
    const damaged = [flipped, good.slice(1), new Uint8Array(), Uint8Array.of(...good, 0)];
    for (const startFromBookmark of damaged) {
      for (
        const open of [
          () => state.watchKind(PATHS, { startFromBookmark }),
          () => state.watchKindAggregated(PATHS, { startFromBookmark }),
          () => state.watch(path("a").metadata, { startFromBookmark }),
        ]
      ) assert(isInvalidBookmark(await assertRejects(open, StateError)));
    }
    const elsewhere = () => state.watchKind(STRINGS, { startFromBookmark: good });
    assert(isInvalidBookmark(await assertRejects(elsewhere, StateError)));
  });

  testCase(
    subject,
    "TestWatchInvalidBookmark: before all events there is a kind, and no resource",
    async (state) => {
      await using watch = await openKind(state, false, { bootstrapBookmark: true });
      const startFromBookmark = bookmarkOf(await watch.next());
      const { metadata } = await state.create(path("a"));
      const one = () => state.watch(metadata, { startFromBookmark });
      assert(isInvalidBookmark(await assertRejects(one, StateError)));
      await using resumed = await openKind(state, true, { startFromBookmark });
      assertEquals(brief(await resumed.next()), "created a@1");
    },
  );

  testCase(subject, "watchKind() refuses what excludes each other", async (state) => {
    const startFromBookmark = new Uint8Array(16);
    const conflicts: readonly KindWatchOptions[] = [
      { tailEvents: 1, startFromBookmark },
      { bootstrapContents: true, tailEvents: 1 },
      { bootstrapContents: true, startFromBookmark },
    ];
    for (const options of conflicts) {
      const error = await assertRejects(() => state.watchKind(PATHS, options), StateError);
      assert(!isInvalidBookmark(error), error.message);
    }
  });
}

function markerCase(subject: Subject, aggregated: boolean): void {
  const variant = `aggregated=${aggregated}`;
  testCase(
    subject,
    `TestWatchKindWithBookmarks ${variant}: a bookmark first, whatever follows`,
    async (state) => {
      for (const id of ["a", "b", "c"]) await state.create(path(id));
      const [created, rest] = [["created b@1", "created c@1"], ["created c@1"]];
      await using tail = await openKind(state, aggregated, {
        tailEvents: 2,
        bootstrapBookmark: true,
      });
      const seen = await tail.take(3);
      assertEquals(seen.map(brief), ["noop @undefined", ...created]);
      for (const [index, expected] of [created, rest].entries()) {
        await using resumed = await openKind(state, aggregated, {
          startFromBookmark: bookmarkOf(seen[index]),
          bootstrapBookmark: true,
        });
        const [marker, ...events] = await resumed.take(expected.length + 1);
        assertEquals(events.map(brief), expected);
        // Nothing was delivered yet: the position is the one it was resumed from.
        assertEquals([marker?.event, marker?.bookmark], ["noop", seen[index]?.bookmark]);
      }
    },
  );
}

function filterCase(subject: Subject, aggregated: boolean): void {
  const variant = `aggregated=${aggregated}`;
  testCase(
    subject,
    `TestWatchKindWithBookmarks ${variant}: what a filter makes of events keeps their place`,
    async (state) => {
      const query = { labels: [[term("k", "exists")]] };
      const { metadata } = await state.create(path("a"));
      await using watch = await openKind(state, aggregated, { query });
      const steps = [{ k: "" }, {}, { k: "" }, { k: "v" }, {}];
      for (const [step, labels] of steps.entries()) {
        await state.updateWithConflicts(metadata, (it) => withMetadata(it, { labels }));
        await state.modify(path("other"), (it) => labelled(it, "n", `${step}`));
      }
      const expected = [
        "created a@2",
        "destroyed a@3",
        "created a@4",
        "updated a@5 from 4",
        "destroyed a@6",
      ];
      const seen = await watch.take(expected.length);
      assertEquals(seen.map(brief), expected);
      for (const [index, event] of seen.slice(0, -1).entries()) {
        const startFromBookmark = bookmarkOf(event);
        await using resumed = await openKind(state, aggregated, { query, startFromBookmark });
        const more = expected.slice(index + 1);
        assertEquals((await resumed.take(more.length)).map(brief), more);
      }
    },
  );
}

function kindCase(
  subject: Subject,
  { aggregated, bootstrapContents }: {
    readonly aggregated: boolean;
    readonly bootstrapContents: boolean;
  },
): void {
  const variant = `aggregated=${aggregated}, bootstrapContents=${bootstrapContents}`;
  testCase(
    subject,
    `TestWatchKindWithBookmarks ${variant}: goes on from each event`,
    async (state) => {
      if (bootstrapContents) await state.create(path("before"));
      const seen: WatchEvent[] = [];
      {
        const options = bootstrapContents ? { bootstrapContents } : { bootstrapBookmark: true };
        await using watch = await openKind(state, aggregated, options);
        if (bootstrapContents) assertEquals((await watch.next()).bookmark, undefined);
        for (const id of ["a", "b", "c"]) await state.create(path(id));
        await state.destroy(path("b").metadata);
        seen.push(...await watch.take(5));
      }
      const [marker, ...live] = seen.map(brief);
      assertEquals(marker, `${bootstrapContents ? "bootstrapped" : "noop"} @undefined`);
      assertEquals(live, ["created a@1", "created b@1", "created c@1", "destroyed b@1"]);
      await state.create(path("last"));
      for (const [index, event] of seen.entries()) {
        const startFromBookmark = bookmarkOf(event);
        await using resumed = await openKind(state, aggregated, { startFromBookmark });
        const expected = [...live.slice(index), "created last@1"];
        assertEquals((await resumed.take(expected.length)).map(brief), expected);
      }
    },
  );
}
