// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { CAUSE_STEPS_MAX, type CauseWalk, walkCauses, type WalkedState } from "./cause_walk.ts";
import type { RememberedWrite } from "./event_history.ts";
import { newMetadata } from "./metadata.ts";
import type { Pointer, Resource } from "./resource.ts";
import type { Cause } from "./state.ts";

function pointer(id: string): Pointer {
  return { namespace: "n", type: "T", id };
}

function resource(id: string): Resource {
  return { metadata: newMetadata(pointer(id)), spec: {} };
}

/** A state that remembers these writes, oldest first; each is of the id before its `/`. */
function remembering(
  causes: Readonly<Record<string, Cause | undefined>>,
  present: readonly string[] = [],
): WalkedState {
  const writes = Object.entries(causes).map(([name, cause], index): RememberedWrite => ({
    event: "updated",
    resource: resource(name.split("/")[0] ?? ""),
    revision: BigInt(index + 1),
    ...(cause === undefined ? {} : { cause }),
  }));
  const of = ({ id }: Pointer) => writes.filter((write) => write.resource.metadata.id === id);
  return {
    getNow: ({ id }) => present.includes(id) ? resource(id) : undefined,
    newestWriteNow: (asked) => of(asked).at(-1),
    writeNow: (asked, revision) => of(asked).find((write) => write.revision === revision),
  };
}

function shown(walk: CauseWalk | undefined): unknown {
  return walk &&
    [walk.end, ...walk.steps.map((step) => `${step.resource.metadata.id} ${step.write?.revision}`)];
}

/** Woken by a write. */
function by(id: string, revision: bigint): Cause {
  return { actor: "C", event: { revision, pointer: pointer(id) } };
}

Deno.test("walkCauses() goes back to the write that no event led to", () => {
  const state = remembering({
    "a": { actor: "caller", request: "r" },
    "b": by("a", 1n),
    "a/again": { actor: "caller" },
    "c": by("b", 2n),
  });
  assertEquals(shown(walkCauses(state, pointer("c"))), ["origin", "c 4", "b 2", "a 1"]);
  assertEquals(shown(walkCauses(state, pointer("a"))), ["origin", "a 3"]);
  assertEquals(walkCauses(state, pointer("c"))?.steps.at(-1)?.write?.cause?.actor, "caller");
});

Deno.test("walkCauses() takes a write that nobody explained for the first", () => {
  assertEquals(shown(walkCauses(remembering({ a: undefined }), pointer("a"))), ["origin", "a 1"]);
});

Deno.test("walkCauses() says where the memory of it ends", () => {
  const lost = remembering({ a: undefined, b: by("a", 9n) });
  assertEquals(shown(walkCauses(lost, pointer("b"))), ["forgotten", "b 2"]);
  const unnamed = remembering({ b: { actor: "C", event: { revision: 1n } } });
  assertEquals(shown(walkCauses(unnamed, pointer("b"))), ["forgotten", "b 1"]);
  const old = remembering({}, ["b"]);
  assertEquals(shown(walkCauses(old, pointer("b"))), ["forgotten", "b undefined"]);
  assertEquals(walkCauses(old, pointer("none")), undefined);
});

Deno.test("walkCauses() ends at its bound when writes lead to each other", () => {
  const walk = walkCauses(remembering({ a: by("b", 2n), b: by("a", 1n) }), pointer("a"));
  assertEquals([walk?.end, walk?.steps.length], ["bound", CAUSE_STEPS_MAX]);
});
