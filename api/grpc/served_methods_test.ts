// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { DescMethod } from "@bufbuild/protobuf";
import { TOKEN } from "../../tests/fakes/api.ts";
import {
  byConnect,
  byGrpc,
  type PathCall,
  rawByConnect,
  rawByGrpc,
} from "../../tests/fakes/both_paths.ts";
import { framed, pathOf } from "../../tests/fakes/grpc_client.ts";
import { GOOD_CALLS } from "../../tests/fakes/good_calls.ts";
import { apiFixture } from "../../tests/fakes/api.ts";
import { readableGraph } from "../authorization/readable_graph.ts";
import { reading } from "../authorization/readable_state.ts";
import { resourceCodec } from "../codec.ts";
import { MESSAGE_BYTES_MAX } from "../limits.ts";
import { machineTypes } from "../../runtime/resources/machine_types.ts";
import { watchSlots } from "../watch_slots.ts";
import { servedMethods, SERVICES } from "./served_methods.ts";

/** From the descriptors: a new method is walked without being named here. */
const METHODS: readonly DescMethod[] = SERVICES.flatMap(({ methods }) => methods);

const TCP = { transport: "tcp", client: "192.0.2.1" } as const;

/** The good calls of a method; a method without any fails here. */
function goodCalls(method: DescMethod): readonly PathCall[] {
  const calls = GOOD_CALLS[pathOf(method)] ?? [];
  assert(calls.length > 0, `${pathOf(method)} has no call in tests/fakes/good_calls.ts`);
  return calls.map((call) => ({ ...call, method }));
}

Deno.test("servedMethods() serves each method of each descriptor, in its kind, and no other", () => {
  const { state, machine, graph, health, clock } = apiFixture();
  const types = machineTypes();
  const judge = reading({ state, types });
  const methods = servedMethods({
    state,
    reading: judge,
    codec: resourceCodec(types),
    watches: watchSlots(),
    reservedOwner: () => false,
    machine,
    graph: readableGraph(graph, judge),
    health: () => health.now,
    clock,
  });
  const kinds = new Map(METHODS.map((method) => [pathOf(method), method.methodKind]));
  assertEquals([...methods.keys()].sort(), [...kinds.keys()].sort());
  for (const [path, { kind, name }] of methods) {
    const expected = kinds.get(path);
    assertEquals(kind, expected === "bidi_streaming" ? "conversation" : expected, path);
    assertEquals(path.endsWith(`/${name}`), true);
  }
});

for (const method of METHODS) {
  const path = pathOf(method);

  Deno.test(`${path} answers good calls alike on both paths`, async () => {
    for (const call of goodCalls(method)) {
      const grpc = await byGrpc(call);
      assertEquals([grpc.code, grpc.message], [call.enough === undefined ? "OK" : "left", ""]);
      assert(method.methodKind !== "unary" || grpc.answers.length === 1);
      assertEquals(grpc, await byConnect(call));
    }
  });

  Deno.test(`${path} refuses callers without access alike on both paths, and lets others in`, async () => {
    const [call] = goodCalls(method);
    if (call === undefined) return;
    const doors: [string, readonly string[]][] = [
      ["Unauthenticated", []],
      ["Unauthenticated", ["authorization", "Bearer wrong"]],
      ["Unauthenticated", ["authorization", `Basic ${TOKEN}`]],
      ["PermissionDenied", ["authorization", `Bearer ${TOKEN}`, "origin", "http://evil.test"]],
    ];
    for (const [code, headers] of doors) {
      const asked = { ...call, arrival: TCP, headers };
      const grpc = await byGrpc(asked);
      assertEquals([grpc.code, grpc.answers], [code, []]);
      const connect = await byConnect(asked);
      assertEquals([connect.code, connect.answers], [code, []]);
      // Clients of streams read nothing of an answer that is no stream but its HTTP status.
      if (method.methodKind === "unary") assertEquals(connect.message, grpc.message);
    }
    const known = { ...call, arrival: TCP, headers: ["authorization", `Bearer ${TOKEN}`] };
    assertEquals((await byGrpc(known)).code, call.enough === undefined ? "OK" : "left");
  });

  Deno.test(`${path} refuses a message over the bound alike on both paths`, async () => {
    const [call] = goodCalls(method);
    if (call === undefined) return;
    const message = new Uint8Array(MESSAGE_BYTES_MAX + 1);
    const { code, answers } = await rawByGrpc(call, framed(message));
    assertEquals([code, answers], ["ResourceExhausted", []]);
    assertEquals(await rawByConnect(call, message), code);
  });

  Deno.test(`${path} refuses bytes that are no message on both paths`, async () => {
    const [call] = goodCalls(method);
    if (call === undefined) return;
    for (const message of [Uint8Array.of(255), Uint8Array.of(10, 9, 1), Uint8Array.of(51)]) {
      const { code, answers } = await rawByGrpc(call, framed(message));
      assertEquals([code, answers], ["InvalidArgument", []]);
      // The library's own code for it; no interceptor of ours sees the error.
      assertEquals(await rawByConnect(call, message), "Internal");
    }
  });

  Deno.test(`${path} is Unavailable on both paths once the agent stops`, async () => {
    const [call] = goodCalls(method);
    if (call === undefined) return;
    const stopped = { ...call, setUp: ({ stop }) => stop.abort() } satisfies PathCall;
    const grpc = await byGrpc(stopped);
    assertEquals([grpc.code, grpc.message], ["Unavailable", "the agent is stopping"]);
    assertEquals((await byConnect(stopped)).code, "Unavailable");
  });
}
