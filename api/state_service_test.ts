// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  LabelTerm_Operation as Operation,
  type ResourceSchema,
} from "../proto/gen/cosi/resource/resource_pb.ts";
import {
  EventType,
  State,
  WatchRequestSchema,
  type WatchResponse,
} from "../proto/gen/cosi/resource/state_pb.ts";
import { etcFileSpec } from "../runtime/resources/fs.ts";
import { apiFixture, opaqueResource } from "../tests/fakes/api.ts";
import { connectTransport } from "../tests/fakes/connect_client.ts";
import { framed } from "../tests/fakes/grpc_client.ts";
import { TOO_DEEP } from "./json_shape.ts";
import { JSON_DEPTH_MAX } from "./limits.ts";

type Format = "binary" | "json";
const FORMATS: readonly Format[] = ["binary", "json"];
const KIND = { namespace: "default", type: "os/test" } as const;

function serve(format: Format) {
  const fixture = apiFixture();
  const transport = connectTransport(
    (request) => fixture.api.handle(request, { transport: "unix" }),
    { format },
  );
  return { ...fixture, client: createClient(State, transport) };
}

function wire(id: string, change: { version?: string; phase?: string; owner?: string } = {}) {
  return {
    metadata: { ...KIND, id, version: "undefined", phase: "running", ...change },
    spec: { protoSpec: new Uint8Array([1, 2]), yamlSpec: "a: 1\n" },
  } satisfies MessageInitShape<typeof ResourceSchema>;
}

async function refusal(act: () => Promise<unknown>, code: Code, words: string): Promise<void> {
  const error = await assertRejects(act, ConnectError);
  assertEquals(
    [Code[error.code], error.rawMessage.includes(words)],
    [Code[code], true],
    error.rawMessage,
  );
}

for (const format of FORMATS) {
  Deno.test(`State serves create(), get(), update() and destroy() over Connect (${format})`, async () => {
    const { client } = serve(format);
    const created = await client.create({ resource: wire("a/b"), options: { owner: "me" } });
    assertEquals(created.resource?.metadata?.version, "1");
    assertEquals(created.resource?.metadata?.owner, "me");
    const { resource } = await client.get({ ...KIND, id: "a/b" });
    assertEquals(resource?.spec?.protoSpec, new Uint8Array([1, 2]));
    assertEquals(resource?.spec?.yamlSpec, "a: 1\n");
    const updated = await client.update({
      newResource: wire("a/b", { version: "1", owner: "me" }),
      options: { owner: "me", expectedPhase: "running" },
    });
    assertEquals(updated.resource?.metadata?.version, "2");
    await client.destroy({ ...KIND, id: "a/b", options: { owner: "me" } });
    await refusal(() => client.get({ ...KIND, id: "a/b" }), Code.NotFound, "doesn't exist");
  });

  Deno.test(`State watch() sends an empty message first, then each change, until it is cancelled (${format})`, async () => {
    const { client, state } = serve(format);
    const stop = new AbortController();
    const seen: WatchResponse[] = [];
    const ended = (async () => {
      const stream = client.watch(
        { ...KIND, apiVersion: 1, options: { bootstrapContents: true } },
        {
          signal: stop.signal,
        },
      );
      for await (const message of stream) {
        seen.push(message);
        if (seen.length === 1) await state.create(opaqueResource("late"));
        if (message.event[0]?.eventType === EventType.CREATED) stop.abort();
      }
    })();
    await refusal(() => ended, Code.Canceled, "");
    assertEquals(seen.map(({ event }) => event.map(({ eventType }) => EventType[eventType])), [
      [],
      ["BOOTSTRAPPED"],
      ["CREATED"],
    ]);
    assertEquals(seen[2]?.event[0]?.resource?.metadata?.id, "late");
    assert(seen[2]?.event[0]?.bookmark !== undefined);
  });

  Deno.test(`State list() streams in order of ids and honours queries (${format})`, async () => {
    const { client, state } = serve(format);
    for (const id of ["b", "a", "c"]) {
      await state.create(opaqueResource(id, { labels: { n: id === "c" ? "2" : "10" } }));
    }
    const ids = async (options: Parameters<typeof client.list>[0]["options"]) => {
      const found: string[] = [];
      for await (const { resource } of client.list({ ...KIND, ...(options ? { options } : {}) })) {
        found.push(resource?.metadata?.id ?? "");
      }
      return found;
    };
    assertEquals(await ids(undefined), ["a", "b", "c"]);
    assertEquals(await ids({ idQuery: { regexp: "^[ab]$" } }), ["a", "b"]);
    const terms = [{ key: "n", op: Operation.LT_NUMERIC, value: ["3"] }];
    assertEquals(await ids({ labelQuery: [{ terms }] }), ["c"]);
    const absent = [{ key: "zz", op: Operation.NOT_EXISTS }];
    assertEquals(await ids({ labelQuery: [{ terms: absent }] }), ["a", "b", "c"]);
  });
}

Deno.test("State codes follow method and refusal", async () => {
  const { client, state } = serve("binary");
  await state.create(opaqueResource("held", { finalizers: ["keeper"] }));
  await state.create(opaqueResource("owned", { owner: "x" }), { owner: "x" });
  await refusal(() => client.create({ resource: wire("held") }), Code.AlreadyExists, "exists");
  await refusal(() => client.destroy({ ...KIND, id: "held" }), Code.FailedPrecondition, "keeper");
  await refusal(() => client.destroy({ ...KIND, id: "owned" }), Code.PermissionDenied, '"x"');
  await refusal(() => client.teardown({ ...KIND, id: "none" }), Code.NotFound, "none");
  const stale = { newResource: wire("held", { version: "7" }), options: {} };
  await refusal(() => client.update(stale), Code.FailedPrecondition, "conflict");
  await client.teardown({ ...KIND, id: "held" });
  const late = {
    newResource: wire("held", { version: "2" }),
    options: { expectedPhase: "running" },
  };
  await refusal(() => client.update(late), Code.InvalidArgument, "not in phase running");
});

Deno.test("State update() without expected_phase takes any phase", async () => {
  const { client, state } = serve("binary");
  await state.create(opaqueResource("a"));
  assertEquals((await client.teardown({ ...KIND, id: "a" })).destroyReady, true);
  const newResource = wire("a", { version: "2", phase: "tearingDown" });
  assertEquals(
    (await client.update({ newResource, options: {} })).resource?.metadata?.version,
    "3",
  );
});

Deno.test("State answers InvalidArgument to malformed requests, and Unknown where official servers do", async () => {
  const { client } = serve("json");
  const bad = Code.InvalidArgument;
  const none = Code.Unknown;
  const { metadata, spec } = wire("a");
  await refusal(() => client.update({ newResource: wire("a") }), bad, "options are missing");
  await refusal(() => client.create({}), none, "metadata is missing");
  await refusal(() => client.create({ resource: { spec } }), none, "metadata is missing");
  await refusal(() => client.create({ resource: { metadata } }), none, "spec is missing");
  await refusal(
    () => client.create({ resource: wire("a", { version: "" }) }),
    none,
    "parsing version",
  );
  await refusal(
    () => client.create({ resource: wire("a", { phase: "off" }) }),
    none,
    "unknown phase: off",
  );
  const list = async (op: number) => {
    const options = { labelQuery: [{ terms: [{ key: "k", op: op as Operation }] }] };
    for await (const _ of client.list({ ...KIND, options }));
  };
  await refusal(() => list(Operation.EQUAL), bad, 'label term "k" with EQUAL lacks a value');
  await refusal(() => list(Operation.LT), bad, "LT lacks a value");
  await refusal(() => list(99), Code.Unimplemented, "99");
  const regexp = async (text: string) => {
    for await (const _ of client.list({ ...KIND, options: { idQuery: { regexp: text } } }));
  };
  await refusal(() => regexp("("), bad, "");
  await refusal(() => regexp("a".repeat(1025)), bad, "1024");
});

Deno.test("State refuses a caller who acts as meta or as a controller of this process", async () => {
  const { client } = serve("binary");
  const denied = Code.PermissionDenied;
  for (const owner of ["meta", "fs.EtcFileController"]) {
    await refusal(() => client.create({ resource: wire("a"), options: { owner } }), denied, owner);
    await refusal(() => client.create({ resource: wire("a", { owner }) }), denied, owner);
    await refusal(() => client.destroy({ ...KIND, id: "a", options: { owner } }), denied, owner);
    await refusal(() => client.teardown({ ...KIND, id: "a", options: { owner } }), denied, owner);
  }
});

Deno.test("State watch() tells a present id from an absent one, and keeps events from old clients", async () => {
  const { client, state } = serve("binary");
  const first = async (request: Parameters<typeof client.watch>[0], count: number) => {
    const events: string[] = [];
    const stop = new AbortController();
    let messages = 0;
    try {
      for await (const { event } of client.watch(request, { signal: stop.signal })) {
        events.push(...event.map(({ eventType }) => EventType[eventType]));
        if (++messages === count) stop.abort();
      }
    } catch (error) {
      assert(ConnectError.from(error).code === Code.Canceled, String(error));
    }
    return events;
  };
  assertEquals(await first({ ...KIND, id: "" }, 2), ["DESTROYED"]);
  await state.create(opaqueResource("a"));
  const options = { bootstrapContents: true, bootstrapBookmark: true };
  assertEquals(await first({ ...KIND, options, apiVersion: 0 }, 3), ["CREATED", "NOOP"]);
  const aggregated = { ...options, aggregated: true };
  assertEquals(await first({ ...KIND, options: aggregated, apiVersion: 1 }, 3), [
    "CREATED",
    "BOOTSTRAPPED",
    "NOOP",
  ]);
  const single = { ...KIND, id: "a", options: { bootstrapContents: true } };
  await refusal(() => collect(client.watch(single)), Code.Unimplemented, "bootstrap_contents");
  const bookmark = { ...KIND, options: { startFromBookmark: new Uint8Array() } };
  await refusal(() => collect(client.watch(bookmark)), Code.FailedPrecondition, "bookmark");
});

Deno.test("State watch() splits a batch that would not fit into one message", async () => {
  const { client, state } = serve("binary");
  for (let index = 0; index < 12; index++) {
    await state.create(opaqueResource(`r${index}`, { proto: new Uint8Array(500_000) }));
  }
  const stop = new AbortController();
  let created = 0;
  const request = create(WatchRequestSchema, {
    ...KIND,
    apiVersion: 1,
    options: { bootstrapContents: true, aggregated: true },
  });
  await assertRejects(async () => {
    for await (const { event } of client.watch(request, { signal: stop.signal })) {
      created += event.filter(({ eventType }) => eventType === EventType.CREATED).length;
      if (event.some(({ eventType }) => eventType === EventType.BOOTSTRAPPED)) stop.abort();
    }
  }, ConnectError);
  assertEquals(created, 12);
});

Deno.test("State watch() ends when the agent stops, and gives its place back", async () => {
  const { api, client, stop } = serve("binary");
  const stream = client.watch({ ...KIND })[Symbol.asyncIterator]();
  assertEquals((await stream.next()).value?.event, []);
  assertEquals(api.watches, 1);
  stop.abort();
  await assertRejects(async () => {
    if ((await stream.next()).done) throw new ConnectError("the end", Code.Unavailable);
  }, ConnectError);
  assertEquals(api.watches, 0);
});

Deno.test("State watch() tells a reader who is too slow that it is over, and leaves the stream to it", async () => {
  const { client, state, api } = serve("binary");
  const stop = new AbortController();
  const watch = client.watch({ ...KIND, apiVersion: 1 }, { signal: stop.signal });
  const messages = watch[Symbol.asyncIterator]();
  assertEquals((await messages.next()).value?.event, []);
  for (let index = 0; index < 2000; index++) await state.create(opaqueResource(`r${index}`));
  let last: EventType | undefined;
  while (last !== EventType.ERRORED) {
    const { done, value } = await messages.next();
    assertEquals(done, false);
    last = value?.event.at(-1)?.eventType;
  }
  assertEquals(api.watches, 0);
  let isOver = false;
  const end = messages.next().finally(() => isOver = true);
  // Far longer than the end of a stream takes to its reader.
  for (let call = 0; call < 20; call++) await client.get({ ...KIND, id: "r0" });
  assertEquals(isOver, false);
  stop.abort();
  await end.catch(() => {}); // Whether it is told that it left is the client's business.
});

Deno.test("State teardownAndDestroy() waits for the last finalizer", async () => {
  const { client, state } = serve("binary");
  const name = { ...KIND, id: "a" };
  await state.create(opaqueResource("a", { finalizers: ["keeper"] }));
  const gone = client.teardownAndDestroy(name);
  for await (const event of await state.watch(name)) {
    if (event.event === "updated" && event.resource.metadata.phase === "tearingDown") break;
  }
  await state.removeFinalizer(name, ["keeper"]);
  await gone;
  assertEquals(state.getNow(name), undefined);
});

Deno.test("State makes yaml_spec of known types and keeps absent bytes of unknown ones absent", async () => {
  const { client, state } = serve("binary");
  await state.create(etcFileSpec.newResource("hosts", { contents: "x", mode: 420 }));
  const known = await client.get({ namespace: "fs", type: etcFileSpec.type, id: "hosts" });
  assertEquals(known.resource?.spec?.yamlSpec, "contents: x\nmode: 420\n");
  await state.create(opaqueResource("absent", { yaml: "y" }));
  await state.create(opaqueResource("empty", { proto: new Uint8Array() }));
  const proto = async (id: string) => (await client.get({ ...KIND, id })).resource?.spec?.protoSpec;
  assertEquals(await proto("absent"), undefined);
  assertEquals(await proto("empty"), new Uint8Array());
});

Deno.test("State refuses JSON that is nested too deep without reading it, in streams too", async () => {
  const { api } = apiFixture();
  const deep = new TextEncoder().encode(`{"namespace":${"[".repeat(JSON_DEPTH_MAX)}`);
  const ask = async (call: string, type: string, body: Uint8Array<ArrayBuffer>) => {
    const url = `http://localhost/cosi.resource.State/${call}`;
    const request = new Request(url, { method: "POST", headers: { "content-type": type }, body });
    const response = await api.handle(request, { transport: "unix" });
    return [response.status, (await response.text()).includes(TOO_DEEP)];
  };
  assertEquals(await ask("Get", "application/json; charset=utf-8", deep), [400, true]);
  const message = new Uint8Array(framed(deep));
  assertEquals(await ask("List", "application/connect+json", message), [200, true]);
});

Deno.test("State refuses a resource that is too large, naming the bound", async () => {
  const { client } = serve("binary");
  const resource = { ...wire("a"), spec: { protoSpec: new Uint8Array(1_400_000) } };
  await refusal(() => client.create({ resource }), Code.Unknown, "1310720");
  const message = { ...wire("a"), spec: { protoSpec: new Uint8Array(5_000_000) } };
  await refusal(() => client.create({ resource: message }), Code.ResourceExhausted, "4194304");
});

Deno.test("State says internal about a fault of ours, and everything in the log", async () => {
  const { client, state, log } = serve("binary");
  Object.assign(state, {
    getNow: () => {
      throw new Error("secret inside");
    },
  });
  const error = await assertRejects(() => client.get({ ...KIND, id: "a" }), ConnectError);
  assertEquals([error.code, error.rawMessage], [Code.Internal, "internal"]);
  assertStringIncludes(String(log.lines[0]?.facts["error"]), "secret inside");
});

async function collect(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}
