// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { create, toBinary } from "@bufbuild/protobuf";
import { GetRequestSchema, State } from "../proto/gen/cosi/resource/state_pb.ts";
import { newMetadata } from "../runtime/core/metadata.ts";
import { OpaqueSpec } from "../runtime/core/opaque.ts";
import { resourceTypes } from "../runtime/core/resource_types.ts";
import { etcFileSpec } from "../runtime/resources/fs.ts";
import { apiFixture } from "../tests/fakes/api.ts";
import { reading } from "./authorization/readable_state.ts";
import { LOCAL_ADMIN, NOBODY } from "./authorization/roles.ts";
import { resourceCodec } from "./codec.ts";
import { connectGet } from "./connect_get.ts";
import { messageRegistry } from "./grpc/json_messages.ts";
import { frameOf } from "./grpc/message_frames.ts";

const PATH = "/cosi.resource.State/Get";
const HOSTS = { namespace: "fs", type: etcFileSpec.type, id: "hosts" };
const LONG = { namespace: "default", type: "os/test", id: "long" };

type Headers = Readonly<Record<string, string>>;

/** An API that can answer both ways: what the codec needs is loaded. */
async function served() {
  const fixture = apiFixture();
  const { state } = fixture;
  await state.create(etcFileSpec.newResource("hosts", { contents: "Jürgen\n", mode: 0o644 }));
  await state.create({
    metadata: newMetadata({ ...LONG, labels: { a: "b" }, finalizers: ["keeper"] }),
    spec: new OpaqueSpec(undefined, `text: ${"long ".repeat(400)}\n`),
  });
  const ask = async (body: Uint8Array<ArrayBuffer>, headers: Headers): Promise<Answer> => {
    const length = `${body.length}`;
    const response = await fixture.ask(PATH, {
      method: "POST",
      headers: { "content-length": length, ...headers },
      body,
    });
    return {
      status: response.status,
      headers: [...response.headers],
      body: await response.bytes(),
    };
  };
  await ask(new TextEncoder().encode(JSON.stringify(HOSTS)), { "content-type": JSON_TYPE });
  return ask;
}

interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

const JSON_TYPE = "application/json";
const utf8 = (text: string) => new TextEncoder().encode(text);
const proto = (request: object) => toBinary(GetRequestSchema, create(GetRequestSchema, request));
const framed = (request: object) => new Uint8Array(frameOf(proto(request)));

/** Each form, with how a request is written in it. */
const FORMS: Readonly<Record<string, (request: object) => Uint8Array<ArrayBuffer>>> = {
  [JSON_TYPE]: (request) => utf8(JSON.stringify(request)),
  "application/proto": proto,
  "application/grpc-web": framed,
  "application/grpc-web+proto": framed,
};

/** A demand that changes no answer, and that the library alone looks at. */
function byLibrary(type: string): Headers {
  const name = type.includes("grpc-web") ? "grpc-timeout" : "connect-timeout-ms";
  return { [name]: type.includes("grpc-web") ? "1H" : "3600000" };
}

Deno.test("connectGet() answers byte for byte what the library answers, head and body", async () => {
  const ask = await served();
  for (const [type, write] of Object.entries(FORMS)) {
    const gzip = type.includes("grpc-web") ? "grpc-accept-encoding" : "accept-encoding";
    for (const request of [HOSTS, LONG]) {
      for (const accepts of [{}, { [gzip]: "gzip" }]) {
        const headers = { "content-type": type, ...accepts };
        const here = await ask(write(request), headers);
        const there = await ask(write(request), { ...headers, ...byLibrary(type) });
        assertEquals(here, there, `${type} ${request.id} ${JSON.stringify(accepts)}`);
        assertEquals(here.status, 200);
        assert(here.body.length > 60, type);
      }
    }
  }
});

Deno.test("connectGet() leaves refusals and whatever is not plain to the library", async () => {
  const ask = await served();
  const { namespace, type: kind, id } = HOSTS;
  const bodies: Readonly<Record<string, readonly Uint8Array<ArrayBuffer>[]>> = {
    [JSON_TYPE]: [
      utf8(""),
      utf8("null"),
      utf8("[]"),
      utf8("{"),
      utf8(`\uFEFF${JSON.stringify(HOSTS)}`),
      utf8(`{"id":"none","id":${JSON.stringify(id)},"namespace":"fs","type":"${kind}"}`),
      utf8(`{"namespace":"f\\u0073","type":"${kind}","id":"hosts"}`),
      utf8(JSON.stringify({ ...HOSTS, options: {} })),
      utf8(JSON.stringify({ ...HOSTS, more: "x" })),
      utf8(JSON.stringify({ ...HOSTS, id: 1 })),
      utf8(JSON.stringify({ ...HOSTS, id: "none" })),
      utf8(`{"__proto__":{"id":"hosts"},"namespace":"${namespace}","type":"${kind}"}`),
      Uint8Array.of(...utf8('{"id":"'), 0xff, ...utf8('"}')),
    ],
    "application/proto": [utf8("\x0a\x7fx"), proto({ ...HOSTS, id: "none" })],
    "application/grpc-web": [
      utf8(""),
      utf8("abc"),
      framed({ ...HOSTS, id: "none" }),
      framed(HOSTS).subarray(0, -1),
      Uint8Array.of(...framed(HOSTS), 0),
      Uint8Array.of(...framed(HOSTS), ...framed(HOSTS)),
      Uint8Array.of(1, ...framed(HOSTS).subarray(1)),
    ],
  };
  for (const [type, all] of Object.entries(bodies)) {
    for (const body of all) {
      const headers = { "content-type": type };
      const here = await ask(body, headers);
      const there = await ask(body, { ...headers, ...byLibrary(type) });
      assertEquals(here, there, `${type} ${new TextDecoder().decode(body)}`);
    }
  }
});

Deno.test("connectGet() takes no name for another one whose letters are the bytes of the first", async () => {
  const fixture = apiFixture();
  const options = { contents: "a", mode: 0o644 };
  for (const id of ["plain", "Ã©"]) {
    await fixture.state.create(etcFileSpec.newResource(id, options));
  }
  const statusOf = async (id: string): Promise<number> => {
    const body = utf8(JSON.stringify({ ...HOSTS, id }));
    const headers = { "content-type": JSON_TYPE, "content-length": `${body.length}` };
    return (await fixture.ask(PATH, { method: "POST", headers, body })).status;
  };
  assertEquals(await statusOf("plain"), 200);
  assertEquals([await statusOf("Ã©"), await statusOf("é")], [200, 404]);
});

Deno.test("connectGet() takes short calls that ask for nothing more, and no others", async () => {
  const { state } = apiFixture();
  const types = resourceTypes([etcFileSpec]);
  const codec = resourceCodec(types);
  const registry = messageRegistry([State]);
  const get = connectGet({ reading: reading({ state, types }), codec, registry });
  const call = (headers: Headers, url = `http://localhost${PATH}`, method = "POST") => ({
    request: new Request(url, { method, headers: { "content-length": "1", ...headers } }),
    url: new URL(url),
    caller: { identity: LOCAL_ADMIN, request: "" },
  });
  const plain = { "content-type": JSON_TYPE };
  assertEquals(get(call(plain)), undefined, "the codec is not ready");
  await codec.prepare();
  await state.create(etcFileSpec.newResource("hosts", { contents: "a", mode: 0o644 }));
  for (const [type, write] of Object.entries(FORMS)) {
    const answer = (request: object, { identity = LOCAL_ADMIN, more = 0 } = {}) => {
      const body = write(request);
      const taken = call({
        "content-type": type,
        "connect-protocol-version": "1",
        "content-length": `${body.length + more}`,
      });
      const found = get({ ...taken, caller: { identity, request: "" } });
      assert(found !== undefined, type);
      return found.answer(body);
    };
    assertEquals(answer(HOSTS)?.status, 200, type);
    assertEquals(answer(HOSTS, { more: 1 }), undefined, type);
    assertEquals(answer({ ...HOSTS, id: "none" }), undefined, type);
    assertEquals(answer({ ...HOSTS, type: "os/secret" }, { identity: NOBODY }), undefined, type);
  }
  const others: readonly Headers[] = [
    { "content-type": "application/json; charset=utf-8" },
    { "content-type": "application/grpc-web+json" },
    { ...plain, "content-length": "4097" },
    { ...plain, "content-length": "some" },
    { ...plain, "connect-protocol-version": "2" },
    { ...plain, "content-encoding": "gzip" },
    { ...plain, "connect-timeout-ms": "1" },
    { "content-type": "application/grpc-web", "grpc-timeout": "1S" },
    { "content-type": "application/grpc-web", "grpc-encoding": "gzip" },
  ];
  for (const headers of others) {
    assertEquals(get(call(headers)), undefined, JSON.stringify(headers));
  }
  assertEquals(get(call(plain, `http://localhost${PATH}`, "GET")), undefined);
  assertEquals(get(call(plain, `http://localhost/x?${PATH}`)), undefined);
});

Deno.test("a Get whose body does not come answers Unavailable when the agent stops", async () => {
  const fixture = apiFixture();
  const text = JSON.stringify(HOSTS);
  const headers = { "content-type": JSON_TYPE, "content-length": `${text.length}` };
  await fixture.state.create(etcFileSpec.newResource("hosts", { contents: "a", mode: 0o644 }));
  const answered = await fixture.ask(PATH, { method: "POST", headers, body: text });
  await answered.body?.cancel();
  let asked: () => void;
  const reads = new Promise<void>((resolve) => asked = resolve);
  const body = new ReadableStream({ pull: () => asked() });
  const waiting = fixture.ask(PATH, { method: "POST", headers, body });
  await reads;
  fixture.stop.abort();
  const response = await waiting;
  assertEquals(response.status, 503);
  const { code, message } = await response.json();
  assertEquals([code, message], ["unavailable", "the agent is stopping"]);
});

Deno.test("connectGet() gives what is stored now, not what it gave before", async () => {
  const fixture = apiFixture();
  const { state } = fixture;
  const read = async (): Promise<unknown> => {
    const body = JSON.stringify(HOSTS);
    const headers = { "content-type": JSON_TYPE, "content-length": `${body.length}` };
    const response = await fixture.ask(PATH, { method: "POST", headers, body });
    return (await response.json()).resource?.metadata.version;
  };
  const { metadata } = await state.create(
    etcFileSpec.newResource("hosts", { contents: "a", mode: 0o644 }),
  );
  assertEquals([await read(), await read()], ["1", "1"]);
  const { spec } = etcFileSpec.newResource("hosts", { contents: "b", mode: 0o644 });
  await state.update({ metadata, spec });
  assertEquals(await read(), "2");
  await state.destroy(HOSTS);
  assertEquals(await read(), undefined);
});
