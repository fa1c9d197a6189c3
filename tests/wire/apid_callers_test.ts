/** Who passes the proxy of the API, as whom the machine sees them, and what becomes of headers that say otherwise. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { SERVICES } from "../../api/grpc/served_methods.ts";
import { headerValue } from "../../api/http2/header_pairs.ts";
import { routeEntries } from "../../api/http_routes.ts";
import { listenHttp2 } from "../../api/listen_http2.ts";
import { listenTls } from "../../api/listen_tls.ts";
import { listenUnix } from "../../api/listen_unix.ts";
import { dialUnix } from "../../api/client/dial.ts";
import { http2Client } from "../../api/http2/http2_client.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { systemRandom } from "../../runtime/system/random.ts";
import { apiFixture } from "../fakes/api.ts";
import { ApidHouse } from "../fakes/apid_house.ts";
import { callerCertificates } from "../fakes/caller_certificates.ts";
import { pathOf } from "../fakes/grpc_client.ts";
import { FakeLog } from "../fakes/log.ts";
import { HTTP_ROLE_COLUMNS, ROLE_COLUMNS } from "../fakes/role_columns.ts";

const CERTIFICATES = await callerCertificates();
const LETTERS = { reader: "R", operator: "O", admin: "A", nobody: "-" } as const;
const METHODS = SERVICES.flatMap((service) => service.methods.map(pathOf));

/** A machine that answers everything, so that what it sees is what the proxy let through. */
async function lettingHouse(): Promise<ApidHouse> {
  return await ApidHouse.open({
    certificates: CERTIFICATES,
    machine: (exchange) => exchange.respond(200, ["grpc-status", "0"], true),
  });
}

function head(method: string, path: string, ...more: readonly string[]): readonly string[] {
  const line = [":method", method, ":scheme", "https", ":authority", "localhost", ":path", path];
  return [...line, ...more];
}

for (const [caller, letter] of Object.entries(LETTERS)) {
  Deno.test(`apiProxy() lets no call of gRPC to the machine that is not for: ${caller}`, async () => {
    await using house = await lettingHouse();
    using client = house.client(CERTIFICATES[caller as keyof typeof LETTERS]);
    for (const path of [...METHODS, "/test.Unknown/Call"]) {
      const before = house.seen.length;
      const asked = head("POST", path, "content-type", "application/grpc");
      const { headers } = await (await client.request(asked, { ended: true })).answer;
      const isServed = (ROLE_COLUMNS[path] ?? "A").includes(letter);
      const cell = [headerValue(headers, "grpc-status"), house.seen.length - before];
      assertEquals([path, ...cell], [path, ...(isServed ? ["0", 1] : ["7", 0])]);
    }
  });

  Deno.test(`apiProxy() lets no call of Connect to the machine that is not for: ${caller}`, async () => {
    await using house = await lettingHouse();
    using client = house.client(CERTIFICATES[caller as keyof typeof LETTERS]);
    for (const path of METHODS) {
      const before = house.seen.length;
      const asked = head("POST", path, "content-type", "application/json");
      const { status } = await (await client.request(asked, { ended: true })).answer;
      const isServed = (ROLE_COLUMNS[path] ?? "A").includes(letter);
      assertEquals([path, status, house.seen.length - before], [
        path,
        ...(isServed ? [200, 1] : [403, 0]),
      ]);
    }
  });

  Deno.test(`apiProxy() lets no operation of HTTP to the machine that is not for: ${caller}`, async () => {
    await using house = await lettingHouse();
    using client = house.client(CERTIFICATES[caller as keyof typeof LETTERS]);
    for (const [name, route] of routeEntries()) {
      const before = house.seen.length;
      const path = route.path.replaceAll(/:\w+/g, "some%2Fpart");
      const { status } = await (await client.request(head(route.method, path), { ended: true }))
        .answer;
      const isServed = route.open === true || (HTTP_ROLE_COLUMNS[name] ?? "").includes(letter);
      assertEquals([name, status, house.seen.length - before], [
        name,
        ...(isServed ? [200, 1] : [403, 0]),
      ]);
    }
  });
}

Deno.test("apiProxy() tells the machine who calls, and nothing of what a caller says of itself", async () => {
  await using house = await lettingHouse();
  using client = house.client(CERTIFICATES.reader);
  const lies = ["strata-roles", "os:admin", "strata-caller", "root", "strata-client", "1.2.3.4"];
  const more = ["strata-transport", "unix", "strata-new", "x", "authorization", "Bearer secret"];
  await (await client.request(head("GET", "/version", ...lies, ...more), { ended: true })).answer;
  await (await client.request(head("GET", "/metrics", ...lies, ...more), { ended: true })).answer;
  const own = (at: number): readonly string[] => {
    const headers = house.seen[at]?.headers ?? [];
    const pairs = headers.flatMap((name, index) =>
      index % 2 === 0 ? [[name, headers[index + 1] ?? ""]] : []
    );
    return pairs.filter(([name = ""]) => name.startsWith("strata-") || name === "authorization")
      .map((pair) => pair.join(": "));
  };
  assertEquals(own(0), ["strata-roles: ", "strata-transport: tls", "strata-client: 127.0.0.1"]);
  assertEquals(own(1), [
    ...["strata-roles: os:reader", "strata-transport: tls", "strata-client: 127.0.0.1"],
    "strata-caller: rita",
  ]);
});

Deno.test("apiProxy() judges callers in clear by token, Host and Origin, and drops what they say of themselves", async () => {
  await using house = await lettingHouse();
  const lies = { "strata-roles": "os:admin", "strata-caller": "root", "Strata-Client": "1.2.3.4" };
  using client = Deno.createHttpClient({ allowHost: true });
  const asked = async (path: string, headers: Record<string, string>): Promise<number> => {
    const response = await house.fetch(path, { headers, client });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(
    [
      await asked("/api/v1/types", { authorization: "Bearer wrong", ...lies }),
      await asked("/api/v1/types", { authorization: "", ...lies }),
      await asked("/api/v1/types", { origin: "http://evil.test", ...lies }),
      await asked("/api/v1/types", { host: "evil.test", ...lies }),
    ],
    [401, 401, 403, 403],
  );
  assertEquals(house.seen, []);
  assertEquals(await asked("/livez", { authorization: "Bearer wrong" }), 200);
  assertEquals(await asked("/api/v1/types", { host: "machine.test", ...lies }), 200);
  const headers = house.seen[1]?.headers ?? [];
  assertEquals(
    ["strata-roles", "strata-caller", "strata-client", "strata-transport", "authorization"].map((
      name,
    ) => headerValue(headers, name)),
    ["os:admin", undefined, "127.0.0.1", "tcp", undefined],
  );
});

Deno.test("createApi() sees who came by apid as who it is: its name in causes, its roles in what it may read", async () => {
  const fixture = apiFixture();
  const { state } = fixture;
  const actors: (string | undefined)[] = [];
  const create = state.create.bind(state);
  state.create = (resource, options) => {
    actors.push(options?.cause?.actor);
    return create(resource, options);
  };
  await using house = await ApidHouse.open({
    certificates: CERTIFICATES,
    machine: fixture.api.exchange,
  });
  const path = "/api/v1/resources/default/os%2Ftest";
  const write = (id: string): RequestInit => ({
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ metadata: { id }, spec: { yaml: "1\n" } }),
  });
  using ann = Deno.createHttpClient({ caCerts: [CERTIFICATES.ca], ...CERTIFICATES.admin });
  const url = `https://localhost:${house.tlsPort}${path}`;
  const made = await fetch(url, { ...write("a"), client: ann });
  assertEquals([made.status, (await made.json()).metadata.id], [201, "a"]);
  assertEquals((await (await house.fetch(path, write("b"))).json()).metadata.id, "b");
  assertEquals(actors, ["ann (os:admin)", "os:admin"]);
  using rita = Deno.createHttpClient({ caCerts: [CERTIFICATES.ca], ...CERTIFICATES.reader });
  // Of a kind that nobody declared: the machine's to know.
  const hidden = await fetch(url, { client: rita });
  assertEquals([hidden.status, (await hidden.json()).code], [403, "access-denied"]);
  assertEquals(house.seen.length, 3);
  fixture.stop.abort();
});

const LIES: readonly string[] = ["strata-roles", "os:admin", "strata-caller", "root"];

Deno.test("createApi() believes headers of roles on no socket but apid's", async () => {
  const fixture = apiFixture();
  const folder = await Deno.makeTempDir({ prefix: "strata-lies-" });
  const { api, stop } = fixture;
  const ports = { clock: systemClock(), log: new FakeLog(), signal: stop.signal };
  const parts = { ...ports, handler: api.exchange, handle: api.handle };
  const place = { hostname: "127.0.0.1", port: 0 };
  const { server, ca } = CERTIFICATES;
  const tls = await listenTls({ ...parts, ...place, certificates: { ...server, ca } });
  const tcp = await listenHttp2({ ...parts, address: place });
  const unix = await listenHttp2({ ...parts, address: { path: `${folder}/a.sock`, mode: 0o600 } });
  const http = await listenUnix({ ...parts, path: `${folder}/b.sock`, mode: 0o600 });
  const lies = { "strata-roles": "os:admin", "strata-caller": "root", "strata-client": "9.9.9.9" };
  const secret = "/api/v1/resources/runtime/ApiCertificates.runtime.strata";

  // TLS: a reader stays one. In clear: no token, no entrance. Who may open the agent's own socket is an admin, and no other.
  using reader = Deno.createHttpClient({ caCerts: [ca], ...CERTIFICATES.reader });
  const over = await fetch(`https://localhost:${tls.port}${secret}`, {
    client: reader,
    headers: lies,
  });
  assertEquals([over.status, (await over.json()).code], [403, "access-denied"]);
  using clear = Deno.createHttpClient({ http1: false });
  const inClear = await fetch(`http://127.0.0.1:${tcp.port}${secret}`, {
    client: clear,
    headers: lies,
  });
  assertEquals([inClear.status, (await inClear.json()).code], [401, "unauthenticated"]);
  using root = Deno.createHttpClient({ proxy: { transport: "unix", path: `${folder}/b.sock` } });
  const asRoot = await fetch(`http://localhost${secret}`, {
    client: root,
    headers: { "strata-roles": "os:reader" },
  });
  assertEquals([asRoot.status, await asRoot.json().then(({ items }) => items)], [200, []]);
  using grpc = http2Client({
    ...ports,
    random: systemRandom(),
    dial: dialUnix(`${folder}/a.sock`),
  });
  const stream = await grpc.request(head("GET", secret, "strata-roles", "nobody"), { ended: true });
  assertEquals((await stream.answer).status, 200);
  stream.reset();
  stop.abort();
  await Promise.all([tls.closed, tcp.closed, unix.closed, http.closed]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("createApi() lets nobody in on apid's socket whose roles are missing or malformed", async () => {
  const fixture = apiFixture();
  const folder = await Deno.makeTempDir({ prefix: "strata-roles-" });
  const { api, stop } = fixture;
  const ports = { clock: systemClock(), log: new FakeLog(), signal: stop.signal };
  const address = { path: `${folder}/machine.sock`, mode: 0o600, by: "apid" } as const;
  const listening = await listenHttp2({ ...ports, address, handler: api.exchange });
  using client = http2Client({ ...ports, random: systemRandom(), dial: dialUnix(address.path) });
  const asked = async (path: string, ...more: readonly string[]): Promise<number> => {
    const stream = await client.request(head("GET", path, ...more), { ended: true });
    const { status } = await stream.answer;
    stream.reset();
    return status;
  };
  const malformed = [
    [],
    ["strata-roles", ""],
    ["strata-roles", "os:admin,os:boss"],
    [
      "strata-roles",
      "os:admin, os:reader",
    ],
    ["strata-roles", "OS:ADMIN"],
    [...LIES.slice(0, 2), "strata-caller", "%zz"],
  ];
  for (const headers of malformed) {
    assertEquals([headers, await asked("/api/v1/types", ...headers)], [headers, 403]);
    assertEquals(await asked("/livez", ...headers), 200);
  }
  assertEquals(await asked("/api/v1/types", "strata-roles", "os:reader,os:operator"), 200);
  stop.abort();
  await listening.closed;
  await Deno.remove(folder, { recursive: true });
});
