// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  CAUSE_POINTER_MAX,
  CAUSE_TEXT_MAX,
  takenCause,
  takenWriteOptions,
} from "./write_options.ts";
import { StateError } from "./errors.ts";
import { newMetadata } from "./metadata.ts";
import type { Cause, CreateOptions } from "./state.ts";

function taken(cause: unknown): Cause | undefined {
  // As a caller whom no compiler checks would give it.
  return takenWriteOptions({ cause: cause as Cause }).cause;
}

Deno.test("takenWriteOptions() keeps what was said when it was said", () => {
  const event = { revision: 3n };
  const given = { actor: "test.C", event, request: "r" };
  const cause = taken(given);
  Object.assign(given, { actor: "other", request: "other" });
  event.revision = 9n;
  assertEquals(cause, { actor: "test.C", event: { revision: 3n }, request: "r" });
  assert(Object.isFrozen(cause) && Object.isFrozen(cause?.event));
  assertEquals(taken({ actor: "", more: new Uint8Array(9) }), { actor: "" });
});

Deno.test("takenWriteOptions() reads every part once", () => {
  let reads = 0;
  const cause = taken({
    get actor() {
      return `read ${++reads}`;
    },
  });
  assertEquals([cause?.actor, cause?.actor, reads], ["read 1", "read 1", 1]);
});

Deno.test("takenWriteOptions() leaves options without one alone, and the other options as they are", () => {
  const options: CreateOptions = { owner: "X" };
  assertStrictEquals(takenWriteOptions(options), options);
  const { signal } = new AbortController();
  const more = takenWriteOptions({ owner: "X", signal, cause: { actor: "C" } });
  assertEquals([more.owner, more.signal === signal], ["X", true]);
});

Deno.test("takenWriteOptions() cuts what is longer than may be kept", () => {
  const long = "a".repeat(CAUSE_TEXT_MAX + 1);
  const cause = taken({ actor: long, request: long });
  assertEquals([cause?.actor.length, cause?.request?.length], [CAUSE_TEXT_MAX, CAUSE_TEXT_MAX]);
  assertEquals(taken({ actor: "a".repeat(CAUSE_TEXT_MAX) })?.actor.length, CAUSE_TEXT_MAX);
});

Deno.test("takenWriteOptions() keeps the names of the event, and leaves out those that are too long", () => {
  const pointer = { namespace: "n", type: "T", id: "i", version: 7n };
  const given = { actor: "C", event: { revision: 3n, pointer } };
  const event = taken(given)?.event;
  pointer.id = "other";
  assertEquals(event, { revision: 3n, pointer: { namespace: "n", type: "T", id: "i" } });
  assert(Object.isFrozen(event) && Object.isFrozen(event?.pointer));
  const long = (id: string) =>
    taken({ actor: "C", event: { revision: 3n, pointer: { ...pointer, id } } })?.event;
  const longest = "i".repeat(CAUSE_POINTER_MAX - 2);
  assertEquals(long(longest)?.pointer?.id, longest);
  assertEquals(long(`${longest}i`), { revision: 3n });
});

Deno.test("takenCause() gives again what it gave before, and believes nobody else", () => {
  const cause = takenCause({ actor: "C", event: { revision: 3n } });
  assertStrictEquals(takenCause(cause), cause);
  assertStrictEquals(takenWriteOptions({ cause }).cause, cause);
  const metadata = newMetadata({ namespace: "n", type: "T", id: "i" });
  assertThrows(() => taken(metadata), StateError, "the actor of the cause is undefined");
  const frozen: Cause = Object.freeze({ actor: "C" });
  assertEquals([takenCause(frozen) === frozen, takenCause(frozen)], [false, { actor: "C" }]);
});

Deno.test("takenWriteOptions() refuses an owner that is no text", () => {
  // As a caller whom no compiler checks would give it.
  for (const owner of [5, {}, null]) {
    const take = () => takenWriteOptions({ owner } as CreateOptions);
    assertThrows(take, StateError, "and may be a text");
  }
});

Deno.test("takenWriteOptions() refuses what is no cause", () => {
  const cases: Readonly<Record<string, unknown>> = {
    "the actor of the cause is undefined, and may be a text": {},
    "the actor of the cause is 1, and may be a text": { actor: 1 },
    "the request of the cause is an object, and may be a text": { actor: "", request: {} },
    "the event.revision of the cause is 1, and may be a bigint from 0 on": {
      actor: "",
      event: { revision: 1 },
    },
    "the event.revision of the cause is -1": { actor: "", event: { revision: -1n } },
    "the event.pointer of the cause is 5, and may be a namespace, a type and an id": {
      actor: "",
      event: { revision: 1n, pointer: 5 },
    },
    "the event.pointer of the cause is null": {
      actor: "",
      event: { revision: 1n, pointer: null },
    },
    "the event.pointer of the cause is an object": {
      actor: "",
      event: { revision: 1n, pointer: { namespace: "n", type: "T", id: 1 } },
    },
  };
  for (const [words, cause] of Object.entries(cases)) {
    const error = assertThrows(() => taken(cause), StateError, words);
    assertEquals(error.failure.refusal, "invalid-resource");
  }
  const words = "and may be an actor and more";
  assertThrows(() => taken(null), StateError, `the cause is null, ${words}`);
  assertThrows(() => taken(5), StateError, `the cause is 5, ${words}`);
  const first = { actor: "", event: { revision: 0n } };
  assertEquals(taken(first), first);
});
