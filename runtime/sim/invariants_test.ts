// @ts-types="../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { newMetadata } from "../core/metadata.ts";
import type { MetadataInit } from "../core/metadata.ts";
import type { Resource } from "../core/resource.ts";
import { writeJudge } from "./invariants.ts";

const POINTER = { namespace: "default", type: "test/int", id: "a" };

const judge = writeJudge([
  { name: "Mine", outputs: [{ type: "test/int", kind: "exclusive" }] },
  { name: "Other", outputs: [] },
  { name: "X", outputs: [{ type: "test/str", kind: "shared" }] },
  { name: "Y", outputs: [{ type: "test/str", kind: "shared" }] },
]);

function made(parts: Partial<MetadataInit>, spec: unknown = 1): Resource {
  return { metadata: newMetadata({ ...POINTER, version: 1n, ...parts }), spec };
}

const judged = (
  before: Resource | undefined,
  after: Resource | undefined,
  actor?: string,
) => judge({ pointer: (before ?? after)?.metadata ?? POINTER, before, after, actor });

Deno.test("writeJudge() knows the life of a resource", () => {
  const one = made({});
  assertEquals(judged(undefined, one), undefined);
  assertEquals(judged(one, made({ version: 2n, phase: "tearingDown" })), undefined);
  assertEquals(judged(one, undefined), undefined);
  assertEquals(
    judged(undefined, made({ version: 2n })),
    "it was created with another version than 1",
  );
  assertEquals(judged(one, made({ version: 3n })), "its version 1 became 3");
  assertEquals(judged(one, made({ version: undefined })), "its version 1 became undefined");
  assertEquals(judged(one, made({ version: 2n, owner: "x" })), 'its owner "" became "x"');
  assertEquals(
    judged(made({ phase: "tearingDown" }), made({ version: 2n })),
    "it was tearing down and runs",
  );
  assertEquals(
    judged(made({ finalizers: ["x", "y"] }), undefined),
    "it was destroyed while x, y held it",
  );
});

Deno.test("writeJudge() knows who may write what", () => {
  const one = made({});
  assertEquals(judged(undefined, one, "Mine"), undefined);
  assertEquals(judged(one, undefined, "Mine"), undefined);
  assertEquals(judged(undefined, one, "Other"), "Other wrote what is no output of it");
  assertEquals(judged(one, undefined, "Nobody"), "Nobody wrote what is no output of it");
  assertEquals(
    judged(one, made({ version: 2n }, 2), "Other"),
    "Other wrote what is no output of it",
  );
  assertEquals(judged(one, made({ version: 2n, finalizers: ["Other"] }), "Other"), undefined);
  const thief = writeJudge([
    { name: "Mine", outputs: [{ type: "test/int", kind: "exclusive" }] },
    { name: "Thief", outputs: [{ type: "test/int", kind: "shared" }] },
  ]);
  assertEquals(
    thief({ pointer: POINTER, before: undefined, after: one, actor: "Thief" }),
    "Thief wrote an exclusive output of Mine",
  );
});

Deno.test("writeJudge() lets others end what somebody owns, and not change it", () => {
  const str = { type: "test/str", owner: "X" };
  assertEquals(judged(made(str), made({ ...str, version: 2n }, 2), "X"), undefined);
  assertEquals(judged(made(str), made({ ...str, version: 2n }, 2), "Y"), "Y changed what X owns");
  assertEquals(
    judged(made(str), made({ ...str, version: 2n, labels: { a: "b" } }), "Y"),
    "Y changed what X owns",
  );
  assertEquals(
    judged(made(str), made({ ...str, version: 2n, phase: "tearingDown" }), "Y"),
    undefined,
  );
  assertEquals(judged(made(str), undefined, "Y"), undefined);
  const nobodys = { type: "test/str" };
  assertEquals(judged(made(nobodys), made({ ...nobodys, version: 2n }, 2), "Y"), undefined);
});
