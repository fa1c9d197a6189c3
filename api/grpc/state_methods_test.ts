// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { State } from "../../proto/gen/cosi/resource/state_pb.ts";
import { type ApiFixture, opaqueResource } from "../../tests/fakes/api.ts";
import { byConnect, byGrpc, type PathCall } from "../../tests/fakes/both_paths.ts";

const KIND = { namespace: "default", type: "os/test" };
const A = { ...KIND, id: "a" };
const NONE = { ...KIND, id: "none" };
const HELD = { ...KIND, id: "held" };
const OWNED = { ...KIND, id: "owned" };

async function fill({ state }: ApiFixture): Promise<void> {
  await state.create(opaqueResource("a"));
  await state.create(opaqueResource("held", { finalizers: ["keeper"] }));
  await state.create(opaqueResource("owned", { owner: "x" }), { owner: "x" });
  await state.create(opaqueResource("ending"));
  await state.teardown({ ...KIND, id: "ending" });
}

function wire(id: string, version: string, change: Readonly<Record<string, unknown>> = {}) {
  return { metadata: { ...KIND, id, version, phase: "running", ...change }, spec: {} };
}

function labels(op: number, value: readonly string[] = []) {
  return { labelQuery: [{ terms: [{ key: "k", op, value }] }] };
}

/** Method, code, what the message has in it, request. */
type Row = readonly [
  method: keyof typeof State["method"],
  code: string,
  words: string,
  request: Readonly<Record<string, unknown>>,
];

const running = { options: { expectedPhase: "running" } };
const bookmark = (length: number) => ({ startFromBookmark: new Uint8Array(length) });

/** The rows of contracts/cosi.md §4.3; where official servers die, InvalidArgument. */
const REFUSALS: readonly Row[] = [
  ["get", "NotFound", "os/test(default/none@undefined) doesn't exist", NONE],
  ["get", "NotFound", "doesn't exist", {}],
  ["update", "NotFound", "doesn't exist", { newResource: wire("none", "1"), options: {} }],
  ["destroy", "NotFound", "doesn't exist", NONE],
  ["teardown", "NotFound", "doesn't exist", NONE],
  ["teardownAndDestroy", "NotFound", "doesn't exist", NONE],
  ["update", "PermissionDenied", 'owned by "x"', { newResource: wire("owned", "1"), options: {} }],
  ["destroy", "PermissionDenied", 'owned by "x"', OWNED],
  ["destroy", "PermissionDenied", 'owned by ""', { ...A, options: { owner: "y" } }],
  ["teardown", "PermissionDenied", 'owned by "x"', OWNED],
  ["teardownAndDestroy", "PermissionDenied", 'owned by "x"', OWNED],
  ["update", "InvalidArgument", "phase running", { newResource: wire("ending", "2"), ...running }],
  ["create", "AlreadyExists", "already exists", { resource: wire("a", "undefined") }],
  ["update", "FailedPrecondition", "conflict", { newResource: wire("a", "7"), options: {} }],
  ["destroy", "FailedPrecondition", "[keeper]", HELD],
  ["watch", "FailedPrecondition", "bookmark", { ...KIND, options: bookmark(0) }],
  ["watch", "FailedPrecondition", "bookmark", { ...A, options: bookmark(16) }],
  ["list", "InvalidArgument", "", { ...KIND, options: { idQuery: { regexp: "(" } } }],
  ["watch", "InvalidArgument", "", { ...KIND, options: { idQuery: { regexp: "(" } } }],
  ["list", "Unimplemented", "operator 99", { ...KIND, options: labels(99) }],
  ["watch", "Unimplemented", "operator 99", { ...KIND, options: labels(99) }],
  ["watch", "Unimplemented", "bootstrap", { ...A, options: { bootstrapContents: true } }],
  ["watch", "Unimplemented", "label_query", { ...A, options: labels(0) }],
  ["list", "InvalidArgument", "lacks a value", { ...KIND, options: labels(1) }],
  ["watch", "InvalidArgument", "lacks a value", { ...KIND, options: labels(6) }],
  ["watch", "Unknown", "may begin by one of", {
    ...KIND,
    options: { bootstrapContents: true, tailEvents: 1 },
  }],
  ["create", "Unknown", "metadata is missing", {}],
  ["create", "Unknown", "spec is missing", { resource: { metadata: A } }],
  ["create", "Unknown", "parsing version", { resource: wire("n", "") }],
  ["create", "Unknown", "unknown phase", { resource: wire("n", "1", { phase: "" }) }],
  ["update", "InvalidArgument", "options are missing", { newResource: wire("a", "1") }],
  ["update", "Unknown", "unknown phase", {
    newResource: wire("a", "1"),
    options: { expectedPhase: "" },
  }],
  ["create", "PermissionDenied", "reserved", {
    resource: wire("n", "undefined"),
    options: { owner: "meta" },
  }],
  ["destroy", "PermissionDenied", "reserved", { ...A, options: { owner: "meta" } }],
  ["teardown", "PermissionDenied", "reserved", { ...A, options: { owner: "meta" } }],
  ["teardownAndDestroy", "PermissionDenied", "reserved", { ...A, options: { owner: "meta" } }],
];

for (const [index, [name, code, words, request]] of REFUSALS.entries()) {
  Deno.test(`State ${name}() refuses with ${code} ${words} on both paths (row ${index + 1})`, async () => {
    const call: PathCall = { method: State.method[name], requests: [request], setUp: fill };
    const grpc = await byGrpc(call);
    assertEquals([grpc.code, grpc.answers], [code, []]);
    assert(grpc.message.includes(words), grpc.message);
    assertEquals(grpc, await byConnect(call));
  });
}

Deno.test("State says internal alike on both paths about a fault of ours", async () => {
  const setUp = ({ state }: ApiFixture) => {
    const broken = () => {
      throw new Error("secret inside");
    };
    Object.assign(state, { getNow: broken, listNow: broken, create: broken });
  };
  const requests = { get: A, list: KIND, create: { resource: wire("n", "1") } };
  for (const [name, request] of Object.entries(requests)) {
    const method = State.method[name as keyof typeof requests];
    const call: PathCall = { method, requests: [request], setUp };
    const grpc = await byGrpc(call);
    assertEquals(grpc, { code: "Internal", message: "internal", answers: [] });
    assertEquals(grpc, await byConnect(call));
  }
});
