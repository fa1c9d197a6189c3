/** `/openapi.json`: valid by others' judgement, and every operation answers as it says. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { Validator } from "@seriousme/openapi-schema-validator";
import { SERVICES } from "../../api/grpc/served_methods.ts";
import { etcFileSpec } from "../../runtime/resources/fs.ts";
import { machineStatus } from "../../runtime/resources/runtime.ts";
import { WhyResponse_End as End } from "../../proto/gen/strata/runtime/v1/graph_pb.ts";
import { type ApiFixture, apiFixture } from "../fakes/api.ts";
import { type Answered, judgeAnswer } from "./openapi_answer.ts";
import { type Draft, drafts, requestOf } from "./openapi_requests.ts";
import { type Node, OpenApiReader, type Operation } from "./openapi_reader.ts";

/** What refusals of streams would be, were the answer not under way. */
const STATUSES: Readonly<Record<string, number>> = {
  unauthenticated: 401,
  permission_denied: 403,
  invalid_argument: 400,
  not_found: 404,
  unavailable: 200, // The test has ended the stream.
};

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

async function documentOf({ ask }: ApiFixture): Promise<Node> {
  const response = await ask("/openapi.json");
  assertEquals([response.status, response.headers.get("content-type")], [200, "application/json"]);
  return await response.json();
}

const DOCUMENT = await documentOf(apiFixture());
const READER = new OpenApiReader(DOCUMENT);
const OPERATIONS = READER.operations();

/** An API where everything is that the examples name, but for what the operation creates. */
async function prepared({ id }: Operation): Promise<ApiFixture> {
  const fixture = apiFixture();
  const { state, graph } = fixture;
  await state.create(machineStatus.newResource("machine", {}));
  if (id !== "createResource") await state.create(etcFileSpec.newResource("hosts", {}));
  if (id !== "cosi.resource.State.Create") await state.create(etcFileSpec.newResource("motd", {}));
  graph.why = () => ({ steps: [], end: End.ORIGIN });
  return fixture;
}

/** Sends one request. @returns Its status and how many messages came back. */
async function tried(
  operation: Operation,
  draft: Draft,
  prepare: (fixture: ApiFixture) => Promise<void> = async () => {},
): Promise<Answered> {
  const fixture = await prepared(operation);
  await prepare(fixture);
  const { api, stop, log } = fixture;
  const response = await api.handle(requestOf(operation, draft), { transport: draft.transport });
  const at = `${operation.method} ${operation.path} ${draft.name}`;
  const judge = { reader: READER, stop: () => stop.abort() };
  const answered = await judgeAnswer(judge, operation, response).catch((error) => {
    throw new Error(`${at}: ${error.message}`, { cause: error });
  });
  const { statuses } = draft;
  const came = answered.refused === undefined ? answered.status : STATUSES[answered.refused] ?? 500;
  if (statuses === "good") assert(came < 300, `${at}: ${came}`);
  else if (statuses !== undefined) assert(statuses.includes(came), `${at}: ${came}`);
  assertEquals(log.lines.filter(({ level }) => level === "error"), [], at);
  stop.abort();
  return answered;
}

Deno.test("/openapi.json is valid OpenAPI 3.1 by the schema of its authors", async () => {
  const { valid, errors } = await new Validator().validate({ ...DOCUMENT });
  assertEquals([valid, errors], [true, undefined]);
  assertEquals(DOCUMENT["openapi"], "3.1.1");
});

for (const operation of OPERATIONS) {
  Deno.test(`/openapi.json: ${operation.method} ${operation.path} answers as documented`, async () => {
    for (const draft of drafts(operation)) await tried(operation, draft);
  });
}

Deno.test("/openapi.json has examples that every streaming RPC answers with a message", async () => {
  for (const operation of OPERATIONS) {
    if (!operation.accepts.includes("application/connect+json")) continue;
    const [plain] = drafts(operation);
    const { status, messages } = await tried(operation, plain as Draft);
    assert(status === 200 && (messages > 0 || operation.id === "machine.MachineService.List"));
  }
});

Deno.test("/openapi.json tells of no answer without refusal that is never given", async () => {
  const hold = async ({ state }: ApiFixture) => {
    const pointer = { namespace: "fs", type: etcFileSpec.type, id: "hosts" };
    if (state.getNow(pointer) !== undefined) await state.addFinalizer(pointer, ["keeper"]);
  };
  const unwell = (fixture: ApiFixture) => {
    fixture.health.now = { ready: false, unmet: ["a disk is missing"] };
    return Promise.resolve();
  };
  for (const operation of OPERATIONS) {
    const told = Object.keys(operation.responses).map(Number)
      .filter((status) => status < 400 || (operation.open && status === 503));
    const seen = new Set<number>();
    for (const draft of drafts(operation).filter(({ statuses }) => !Array.isArray(statuses))) {
      const { statuses: _, ...free } = draft;
      if (told.every((status) => seen.has(status))) break;
      for (const prepare of [undefined, hold, unwell]) {
        seen.add((await tried(operation, free, prepare)).status);
      }
    }
    assertEquals(told.filter((status) => !seen.has(status)), [], operation.id);
  }
});

Deno.test("/openapi.json tells of every route, and every other method of its paths is refused", async () => {
  const { api, ask } = apiFixture();
  const told = new Set(OPERATIONS.map(({ method, path }) => `${method} ${path}`));
  const served = api.routes.filter((route) => !route.startsWith("ALL "))
    .map((route) => route.replaceAll(/:(\w+)(\{\[\^\]\+\})?/g, "{$1}"));
  assertEquals(served.filter((route) => !told.has(route)), []);
  const calls = SERVICES.flatMap(({ typeName, methods }) =>
    methods.map(({ name }) => `POST /${typeName}/${name}`)
  );
  assertEquals(calls.filter((call) => !served.includes(call)), []);
  for (const path of new Set(OPERATIONS.map((each) => each.path))) {
    for (const method of METHODS.filter((each) => !told.has(`${each} ${path}`))) {
      const response = await ask(path.replaceAll(/[{}]/g, ""), { method });
      await response.body?.cancel();
      assertEquals(response.status, 405, `${method} ${path}`);
      assert(response.headers.has("allow"), `${method} ${path}`);
    }
  }
});

Deno.test("/openapi.json knows every resource type by its own spec, field by field", () => {
  const { state: _, ...rest } = apiFixture();
  const resource = (type: string, spec: unknown) => ({
    metadata: {
      namespace: "fs",
      type,
      id: "a",
      version: "1",
      phase: "running",
      owner: "",
      finalizers: [],
      labels: {},
      annotations: {},
      created: "2026-01-02T03:04:05.000000006Z",
      updated: "2026-01-02T03:04:05Z",
    },
    spec,
  });
  const fault = (type: string, spec: unknown) =>
    READER.fault({ $ref: "#/components/schemas/Resource" }, resource(type, spec));
  assertEquals(fault(etcFileSpec.type, { contents: "x", mode: 1 }), undefined);
  assert(fault(etcFileSpec.type, { content: "x" })?.includes("additional properties"));
  assert(fault(etcFileSpec.type, { mode: "many" })?.includes("must be integer"));
  assertEquals(fault("os/test", { yaml: "a: 1\n", proto: "AQI=" }), undefined);
  assert(fault("os/test", { contents: "x" }) !== undefined);
  rest.stop.abort();
});
