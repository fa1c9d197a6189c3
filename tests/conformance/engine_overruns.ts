/** Conformance: watches of the engine that are overtaken, and what it reads from memory. */
// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { ReducedMetadata } from "../../runtime/engine/queue_controller.ts";
import { controller, INTS, item, STRS, valueOf } from "../fakes/engine_house.ts";
import { ALL_KINDS, engineCase, type EngineSubject, type WorldOptions } from "./engine_fixtures.ts";

/** Events the history holds in these cases: any burst of more overtakes a watch. */
const TIGHT: WorldOptions = { history: { initial: 8, maximum: 8, gap: 1 } };
const BURST = 30;

export function engineOverrunCases(subject: EngineSubject): void {
  controllerOverruns(subject);
  queueOverruns(subject);
  mappedOverruns(subject);
  cachedStateCases(subject);
  followedCases(subject);
}

function controllerOverruns(subject: EngineSubject): void {
  engineCase(
    subject,
    "TestRuntimeWatchError: lists again and goes on, and counts it",
    async (world) => {
      let seen = 0;
      await world.engine.register(controller("test.C", {
        inputs: [{ ...INTS, kind: "weak" }],
        turn: async (context) => seen = (await context.list(INTS)).length,
      }));
      world.start();
      await world.quiet();
      // In one turn, so that nobody reads meanwhile.
      const burst = Array.from(
        { length: BURST },
        (_, n) => world.state.create(item(INTS, `${n}`, "")),
      );
      await Promise.all(burst);
      await world.until(() => seen === BURST);
      assertEquals(world.metric("watch_overruns", INTS.type), 1);
      await world.state.create(item(INTS, "last", ""));
      await world.until(() => seen === BURST + 1);
      assertEquals(world.engine.controllers()[0]?.phase, "running");
    },
    TIGHT,
  );

  engineCase(
    subject,
    "TestRuntimeWatchOverrun: heavy updates, and the last one is seen",
    async (world) => {
      const last = new Map<string, string>();
      await world.engine.register(controller("test.C", {
        inputs: [{ ...INTS, kind: "weak" }],
        async turn(context) {
          for (const int of await context.list(INTS)) last.set(int.metadata.id, valueOf(int));
        },
      }));
      world.start();
      for (let round = 1; round <= 20; round++) {
        const ids = Array.from({ length: 10 }, (_, id) => `${id}`);
        await Promise.all(ids.map((id) => world.put(INTS, id, String(round))));
        if (round % 5 === 0) await world.clock.advance(0);
      }
      await world.until(() => last.size === 10 && [...last.values()].every((it) => it === "20"));
    },
    TIGHT,
  );
}

function queueOverruns(subject: EngineSubject): void {
  engineCase(
    subject,
    "TestRuntimeWatchError: queues primaries that vanished meanwhile",
    async (world) => {
      const gone = new Set<string>();
      const there = new Set<string>();
      await world.engine.registerQueue({
        name: "test.Q",
        settings: { inputs: [{ ...INTS, kind: "q-primary" }], outputs: [] },
        async reconcile(context, pointer) {
          const found = await context.get(pointer).catch(() => undefined);
          (found === undefined ? gone : there).add(pointer.id);
        },
        mapInput: () => Promise.resolve([]),
      });
      // One was there before anybody watched, one is created later.
      await world.put(INTS, "early", "1");
      world.start();
      await world.put(INTS, "late", "1");
      await world.until(() => there.size === 2);
      await Promise.all([
        world.state.destroy({ ...INTS, id: "early" }),
        world.state.destroy({ ...INTS, id: "late" }),
        ...Array.from({ length: BURST }, (_, n) => world.state.create(item(INTS, `${n}`, ""))),
      ]);
      await world.until(() => gone.size === 2 && there.size === 2 + BURST);
      assertEquals([...gone].sort(), ["early", "late"]);
      assertEquals(world.metric("watch_overruns", INTS.type), 1);
    },
    TIGHT,
  );
}

function mappedOverruns(subject: EngineSubject): void {
  engineCase(
    subject,
    "TestRuntimeWatchError: maps what vanished by what was known of it",
    async (world) => {
      const mapped: ReducedMetadata[] = [];
      const ready: ReducedMetadata[] = [];
      await world.engine.registerQueue({
        name: "test.Q",
        settings: {
          inputs: [
            { ...INTS, kind: "q-primary" },
            { ...STRS, kind: "q-mapped" },
          ],
          outputs: [],
        },
        reconcile: () => Promise.resolve(),
        mapInput(_context, changed) {
          mapped.push(changed);
          return Promise.resolve([]);
        },
      });
      await world.engine.registerQueue({
        name: "test.QReady",
        settings: { inputs: [{ ...STRS, kind: "q-mapped-destroy-ready" }], outputs: [] },
        reconcile: () => Promise.resolve(),
        mapInput(_context, changed) {
          ready.push(changed);
          return Promise.resolve([]);
        },
      });
      await world.put(STRS, "early", "1", { of: "me" });
      world.start();
      await world.quiet();
      assertEquals(mapped.length, 0); // Mapped inputs are not listed.
      await Promise.all([
        world.state.destroy({ ...STRS, id: "early" }),
        ...Array.from({ length: BURST }, (_, n) => world.state.create(item(STRS, `${n}`, ""))),
      ]);
      const hasEarly = (all: readonly ReducedMetadata[]) =>
        all.some(({ id, labels }) => id === "early" && labels["of"] === "me");
      await world.until(() => mapped.length === BURST + 1 && hasEarly(mapped));
      await world.until(() => hasEarly(ready));
      assertEquals(ready.length, 1);
    },
    TIGHT,
  );
}

function cachedStateCases(subject: EngineSubject): void {
  engineCase(
    subject,
    "TestRuntimeCachedState: sees what is written, sooner or later",
    async (world) => {
      const cached = world.engine.cachedState();
      await world.put(INTS, "a", "1");
      const early = cached.get({ ...INTS, id: "a" });
      world.start();
      assertEquals(valueOf(await world.passing(early)), "1");
      await world.put(INTS, "a", "2");
      await world.until(async () => valueOf(await cached.get({ ...INTS, id: "a" })) === "2");
      await world.put(INTS, "b", "3", { kind: "odd" });
      const odd = { key: "kind", operation: "equal", values: ["odd"], invert: false } as const;
      await world.until(async () =>
        (await cached.list(INTS, { query: { labels: [[odd]] } })).length === 1
      );
      assertEquals((await cached.list(INTS, { query: { id: "^b$" } })).length, 1);
      // Written through, read from the state: never a conflict with a cache that lags.
      await cached.modify(
        item(INTS, "b", ""),
        (now) => ({ ...now, spec: item(INTS, "b", "4").spec }),
      );
      await cached.modify(
        item(INTS, "b", ""),
        (now) => ({ ...now, spec: item(INTS, "b", "5").spec }),
      );
      await world.until(async () => valueOf(await cached.get({ ...INTS, id: "b" })) === "5");
      await cached.destroy({ ...INTS, id: "b" });
      await world.until(async () => (await cached.list(INTS)).length === 1);
      assertEquals((await cached.list({ namespace: "elsewhere", type: INTS.type })).length, 0);
    },
  );
}

function followedCases(subject: EngineSubject): void {
  engineCase(
    subject,
    "TestCacheContextWithTeardown: ends when the resource begins to go",
    async (world) => {
      const cached = world.engine.cachedState();
      for (const id of ["torn", "destroyed", "kept"]) await world.put(INTS, id, "");
      const stop = new AbortController();
      const follow = (id: string) =>
        world.passing(cached.contextWithTeardown({ ...INTS, id }, { signal: stop.signal }));
      world.start();
      assert((await follow("missing")).aborted);
      const [torn, destroyed, kept] = [
        await follow("torn"),
        await follow("destroyed"),
        await follow("kept"),
      ];
      assert(!torn.aborted && !destroyed.aborted);
      await world.state.teardown({ ...INTS, id: "torn" });
      await world.until(() => torn.aborted);
      await world.state.destroy({ ...INTS, id: "destroyed" });
      await world.until(() => destroyed.aborted);
      assert((await follow("torn")).aborted);
      assert(!kept.aborted);
      stop.abort();
      await world.until(() => kept.aborted);
    },
    { engine: { cachedKinds: ALL_KINDS } },
  );
}
