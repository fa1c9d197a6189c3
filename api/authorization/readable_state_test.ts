// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { isAccessDenied, StateError } from "../../runtime/core/errors.ts";
import type { Kind } from "../../runtime/core/resource.ts";
import { etcFileSpec } from "../../runtime/resources/fs.ts";
import { MACHINE_NAMESPACES } from "../../runtime/resources/machine_types.ts";
import { registerTypes, resourceDefinitionType } from "../../runtime/resources/meta.ts";
import { type MemoryState, memoryState } from "../../runtime/state/memory.ts";
import { opaqueResource } from "../../tests/fakes/api.ts";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { ADMIN, OPERATOR, READER, SECRETS, typesWithSecrets } from "../../tests/fakes/secrets.ts";
import { type Reading, reading } from "./readable_state.ts";

const STRANGE: Kind = { namespace: "default", type: "os/test" };
const FILES: Kind = etcFileSpec;
const MINE = "Declareds.test.strata";

async function house(): Promise<{ state: MemoryState; judge: Reading }> {
  const state = memoryState({ clock: new FakeClock(), random: new FakeRandom() });
  const types = typesWithSecrets();
  await registerTypes(state, { namespaces: MACHINE_NAMESPACES, types });
  await state.create(SECRETS.newResource("key", { contents: "hush", mode: 0o600 }));
  await state.create(etcFileSpec.newResource("hosts", { contents: "x\n", mode: 0o644 }));
  await state.create(opaqueResource("a"));
  return { state, judge: reading({ state, types }) };
}

/** Declares a type as callers from outside do. */
async function declare(state: MemoryState, sensitivity: number): Promise<void> {
  const spec = { resourceType: MINE, sensitivity };
  const id = MINE.toLowerCase();
  const declared = resourceDefinitionType.newResource(id, spec);
  if (state.getNow(declared.metadata) === undefined) await state.create(declared);
  else {
    await state.updateWithConflicts(
      declared.metadata,
      (current) => resourceDefinitionType.withSpec(current, spec),
    );
  }
}

Deno.test("reading() shows readers and operators what is declared and no secret, admins everything", async () => {
  const { state, judge } = await house();
  for (const identity of [READER, OPERATOR]) {
    const seen = judge.stateFor(identity);
    assertEquals(seen.listNow(FILES).length, 1);
    assertEquals(seen.getNow({ ...FILES, id: "hosts" })?.metadata.id, "hosts");
    for (const kind of [SECRETS, STRANGE, { namespace: "nowhere", type: etcFileSpec.type }]) {
      const refused = (act: () => unknown): void => {
        assert(isAccessDenied(assertThrows(act, StateError)));
      };
      refused(() => seen.getNow({ ...kind, id: "key" }));
      refused(() => seen.getNow({ ...kind, id: "never" }));
      refused(() => seen.listNow(kind));
      for (
        const watch of [
          () => seen.watch({ ...kind, id: "key" }),
          () => seen.watchKind(kind),
          () => seen.watchKindAggregated(kind),
        ]
      ) assert(isAccessDenied(await assertRejects(watch, StateError)));
      assertEquals(judge.mayRead(identity, kind), false);
    }
  }
  assertEquals(judge.stateFor(ADMIN), state);
  assertEquals([SECRETS, STRANGE, FILES].map((kind) => judge.mayRead(ADMIN, kind)), [
    true,
    true,
    true,
  ]);
});

Deno.test("reading() takes the word of a definition that a caller stored, for its very type", async () => {
  const { state, judge } = await house();
  const kind = { namespace: "default", type: MINE };
  assertEquals(judge.mayRead(READER, kind), false);
  await declare(state, 0);
  assertEquals(judge.mayRead(READER, kind), true);
  assertEquals(judge.mayRead(READER, { ...kind, type: MINE.toLowerCase() }), false);
  assertEquals(judge.mayRead(READER, { ...kind, namespace: "undeclared" }), false);
  await declare(state, 1);
  assertEquals(judge.mayRead(READER, kind), false);
});

Deno.test("reading() ends a watch whose kind becomes sensitive, before its next event", async () => {
  const { state, judge } = await house();
  await declare(state, 0);
  const kind = { namespace: "default", type: MINE };
  const watch = await judge.stateFor(READER).watchKind(kind);
  const events = watch[Symbol.asyncIterator]();
  const item = (id: string) => ({
    ...opaqueResource(id),
    metadata: { ...opaqueResource(id).metadata, type: MINE },
  });
  await state.create(item("a"));
  assertEquals((await events.next()).done, false);
  const next = events.next();
  await declare(state, 1);
  await state.create(item("b"));
  assert(isAccessDenied(await assertRejects(() => next, StateError)));
  assertEquals((await events.next()).done, true);
});

Deno.test("reading() lets a watch that waits be ended at once", async () => {
  const { judge } = await house();
  const watch = await judge.stateFor(READER).watchKindAggregated(FILES);
  const events = watch[Symbol.asyncIterator]();
  const next = events.next();
  await events.return?.();
  assertEquals((await next).done, true);
});
