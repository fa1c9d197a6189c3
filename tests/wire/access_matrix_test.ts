/**
 * Who may do what, every cell of it over a TLS socket: each method of each descriptor and each operation of the HTTP API,
 * by each kind of caller, over each protocol. What is expected comes of contracts/talos.md (tests/fakes/role_columns.ts).
 */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { DescMethod } from "@bufbuild/protobuf";
import { SERVICES } from "../../api/grpc/served_methods.ts";
import { type GuardedName, routeEntries } from "../../api/http_routes.ts";
import { State } from "../../proto/gen/cosi/resource/state_pb.ts";
import { GraphService } from "../../proto/gen/strata/runtime/v1/graph_pb.ts";
import { type CallerCertificates, callerCertificates } from "../fakes/caller_certificates.ts";
import type { ApiFixture } from "../fakes/api.ts";
import { GOOD_CALLS } from "../fakes/good_calls.ts";
import { pathOf } from "../fakes/grpc_client.ts";
import { HTTP_ROLE_COLUMNS, ROLE_COLUMNS } from "../fakes/role_columns.ts";
import { SECRETS } from "../fakes/secrets.ts";
import { TlsApi } from "../fakes/tls_api.ts";
import {
  type AskedCall,
  CALL_PROTOCOLS,
  callingClient,
  HTTP_PROTOCOLS,
  httpClient,
} from "../fakes/tls_callers.ts";

const CERTIFICATES: CallerCertificates = await callerCertificates();

/** The letter a caller has in the role columns; without one it does not get past the handshake. */
const CALLERS = {
  "no certificate": { pair: undefined, letter: undefined },
  "wrong CA": { pair: CERTIFICATES.stranger, letter: undefined },
  "expired": { pair: CERTIFICATES.expired, letter: undefined },
  "reader": { pair: CERTIFICATES.reader, letter: "R" },
  "operator": { pair: CERTIFICATES.operator, letter: "O" },
  "admin": { pair: CERTIFICATES.admin, letter: "A" },
} as const;

/** What a cell came to: whether anything reached the API, and how the caller was answered. */
type Cell = "not connected" | "denied" | "served";

/** One row of the matrix. */
interface Row<Asked> {
  readonly name: string;
  /** The roles that are served. */
  readonly column: string;
  readonly asked: Asked;
  readonly setUp?: (fixture: ApiFixture) => Promise<unknown> | void;
}

function expected({ column }: Row<unknown>, letter: string | undefined): Cell {
  if (letter === undefined) return "not connected";
  return column.includes(letter) ? "served" : "denied";
}

const SECRET = { namespace: SECRETS.namespace, type: SECRETS.type };

/** Of every method its last good call, and of those that read a kind one that asks for a secret. */
function callRows(): readonly Row<AskedCall>[] {
  const methods: readonly DescMethod[] = SERVICES.flatMap((service) => service.methods);
  const plain = methods.map((method) => {
    const path = pathOf(method);
    const good = GOOD_CALLS[path]?.at(-1);
    const column = ROLE_COLUMNS[path];
    assert(good !== undefined, `${path} has no call in tests/fakes/good_calls.ts`);
    assert(column !== undefined, `${path} has no row in tests/fakes/role_columns.ts`);
    const { setUp, ...asked } = good;
    return { name: path, column, asked: { ...asked, method }, ...(setUp ? { setUp } : {}) };
  });
  const { get, list, watch } = State.method;
  const { why } = GraphService.method;
  return [
    ...plain,
    secretRow(get, { ...SECRET, id: "key" }),
    secretRow(list, SECRET),
    secretRow(watch, { ...SECRET, apiVersion: 1 }),
    secretRow(watch, { ...SECRET, id: "key", apiVersion: 1 }),
    {
      ...secretRow(why, { ...SECRET, id: "key" }),
      setUp: ({ graph }) => {
        graph.why = () => ({ steps: [] });
      },
    },
  ];
}

function secretRow(method: DescMethod, request: Readonly<Record<string, unknown>>): Row<AskedCall> {
  const asked = { method, requests: [request], enough: 1 };
  return { name: `${pathOf(method)} of a secret`, column: "A", asked };
}

interface AskedHttp {
  readonly path: string;
  readonly init?: RequestInit;
}

const THERE = "/api/v1/resources/default/os%2Ftest/there";
const HIDDEN = `/api/v1/resources/${SECRETS.namespace}/${SECRETS.type}`;

function json(method: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const type = { "content-type": "application/json" };
  return { method, headers: { ...type, ...headers }, body: JSON.stringify(body) };
}

const HTTP_CALLS: Readonly<Record<GuardedName, readonly AskedHttp[]>> = {
  listTypes: [{ path: "/api/v1/types" }],
  listResources: [
    { path: "/api/v1/resources/default/os%2Ftest" },
    { path: "/api/v1/resources/default/os%2Ftest?watch" },
  ],
  createResource: [{
    path: "/api/v1/resources/default/os%2Ftest",
    init: json("POST", { metadata: { id: "new" }, spec: { yaml: "1\n" } }),
  }],
  getResource: [{ path: THERE }, { path: `${THERE}?watch` }],
  updateResource: [{
    path: THERE,
    init: json("PUT", { metadata: { id: "there" }, spec: { yaml: "2\n" } }, { "if-match": "*" }),
  }],
  patchResource: [{
    path: THERE,
    init: json("PATCH", { metadata: { labels: { a: "b" } } }, {
      "content-type": "application/merge-patch+json",
    }),
  }],
  deleteResource: [{ path: THERE, init: { method: "DELETE" } }],
  getGraph: [{ path: "/api/v1/graph" }],
  getWhy: [{ path: "/api/v1/why/default/os%2Ftest/a" }],
  getMetrics: [{ path: "/metrics" }],
  getOpenApi: [{ path: "/openapi.json" }],
};

const WHY_SECRET = `/api/v1/why/${SECRETS.namespace}/${SECRETS.type}/key`;

/** Of every operation its requests, and those that read a kind once more for a secret. */
function httpRows(): readonly Row<AskedHttp>[] {
  const guarded = routeEntries().filter(([, { open }]) => open === undefined);
  const plain = guarded.flatMap(([name]) => {
    const column = HTTP_ROLE_COLUMNS[name];
    assert(column !== undefined, `${name} has no row in tests/fakes/role_columns.ts`);
    return HTTP_CALLS[name as GuardedName].map((asked) => ({
      name: `${name} ${asked.path}`,
      column,
      asked,
    }));
  });
  const secret = [HIDDEN, `${HIDDEN}?watch`, `${HIDDEN}/key`, `${HIDDEN}/key?watch`, WHY_SECRET];
  return [
    ...plain,
    ...secret.map((path): Row<AskedHttp> => ({
      name: path,
      column: "A",
      asked: { path },
      setUp: ({ graph }) => {
        if (path === WHY_SECRET) graph.why = () => ({ steps: [] });
      },
    })),
  ];
}

/** Asks each row, and names the cells that came to something else than they should. */
async function wrongCells<Asked>(
  rows: readonly Row<Asked>[],
  { api, letter, ask }: {
    readonly api: TlsApi;
    readonly letter: string | undefined;
    ask(asked: Asked): Promise<Cell>;
  },
): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const row of rows) {
    await api.renew(row.setUp);
    const cell = await ask(row.asked);
    const should = expected(row, letter);
    if (cell !== should) wrong.push(`${row.name} is ${cell}, not ${should}`);
    if ((api.asked > 0) !== (should !== "not connected")) wrong.push(`${row.name} came through`);
  }
  return wrong;
}

async function fetched(
  url: string,
  init: RequestInit & { client: Deno.HttpClient },
): Promise<Cell> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    if (error instanceof TypeError) return "not connected";
    throw error;
  }
  await response.body?.cancel();
  if (response.ok) return "served";
  if (response.status === 403) return "denied";
  throw new Error(`${url} answers ${response.status}`);
}

const CALLS = callRows();
const REQUESTS = httpRows();

for (const [caller, { pair, letter }] of Object.entries(CALLERS)) {
  for (const protocol of CALL_PROTOCOLS) {
    Deno.test(`every method by ${protocol} answers a caller who is: ${caller}`, async () => {
      await using api = await TlsApi.open(CERTIFICATES);
      using client = callingClient(protocol, { ca: CERTIFICATES.ca, pair, port: api.port });
      const ask = async (asked: AskedCall): Promise<Cell> => {
        const outcome = await client.call(asked);
        if (outcome === "OK") return "served";
        if (outcome === "PermissionDenied") return "denied";
        if (api.asked === 0) return "not connected";
        throw new Error(`${pathOf(asked.method)} answers ${outcome}`);
      };
      assertEquals(await wrongCells(CALLS, { api, letter, ask }), []);
    });
  }

  for (const protocol of HTTP_PROTOCOLS) {
    Deno.test(`every operation by ${protocol} answers a caller who is: ${caller}`, async () => {
      await using api = await TlsApi.open(CERTIFICATES);
      using client = httpClient(protocol, { ca: CERTIFICATES.ca, pair, port: api.port });
      const ask = ({ path, init }: AskedHttp): Promise<Cell> =>
        fetched(`https://localhost:${api.port}${path}`, { ...init, client });
      assertEquals(await wrongCells(REQUESTS, { api, letter, ask }), []);
    });
  }
}

Deno.test("the matrix has every method, every operation and every caller", () => {
  const methods = SERVICES.flatMap((service) => service.methods.map(pathOf));
  assertEquals(Object.keys(ROLE_COLUMNS).toSorted(), methods.toSorted());
  const plain = CALLS.map(({ name }) => name).filter((name) => !name.endsWith(" of a secret"));
  assertEquals(plain.toSorted(), methods.toSorted());
  const operations = routeEntries().flatMap(([name, { open }]) => open ? [] : [name]);
  assertEquals(Object.keys(HTTP_ROLE_COLUMNS).toSorted(), operations.toSorted());
});
