/** `strata serve` as a process, and the command line against it. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertMatch } from "@std/assert";
import { hostBench, type Serving } from "./host_process.ts";

const LIST = "/api/v1/resources/runtime/MachineStatuses.runtime.strata";

async function get(
  url: string,
  init: RequestInit & { client?: Deno.HttpClient } = {},
): Promise<[number, string]> {
  const response = await fetch(url, init);
  return [response.status, await response.text()];
}

function bearer({ token }: Serving): RequestInit {
  return { headers: { authorization: `Bearer ${token}` } };
}

/** Ids in the answer to a list. */
function ids(body: string): unknown {
  const { items } = JSON.parse(body);
  return items.map((each: { metadata: { id: string } }) => each.metadata.id);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

Deno.test("strata serve says where it is ready, with a token nobody else can read", async () => {
  await using bench = await hostBench();
  const serving = await bench.serve();
  assertEquals(
    serving.ready.replace(/:\d+ /, ":PORT "),
    `ready http://127.0.0.1:PORT unix:${bench.socket} grpc:unix:${bench.grpcSocket} ` +
      `token-file:${bench.tokenFile}`,
  );
  assertMatch(serving.token, /^[\w-]{43}$/);
  for (const path of [bench.socket, bench.grpcSocket, bench.tokenFile]) {
    assertEquals(((await Deno.lstat(path)).mode ?? 0) & 0o777, 0o600, path);
  }
  assertEquals((await serving.end("SIGTERM")).code, 0);
});

Deno.test("strata serve answers health to anybody, and all else only with the token", async () => {
  await using bench = await hostBench();
  const serving = await bench.serve();
  const { origin } = serving;
  assertEquals(await get(`${origin}/livez`), [200, "ok\n"]);
  assertEquals(await get(`${origin}/readyz`), [200, "ok\n"]);
  for (const init of [{}, { headers: { authorization: "Bearer wrong" } }]) {
    const [status, body] = await get(`${origin}${LIST}`, init);
    assertEquals([status, body.includes(serving.token)], [401, false]);
  }
  const [status, body] = await get(`${origin}${LIST}`, bearer(serving));
  assertEquals([status, ids(body)], [200, ["machine"]]);
  {
    using client = Deno.createHttpClient({ proxy: { transport: "unix", path: bench.socket } });
    const [status, body] = await get(`http://localhost${LIST}`, { client });
    assertEquals([status, ids(body)], [200, ["machine"]]);
  }
  assertEquals((await serving.end("SIGTERM")).code, 0);
});

Deno.test("strata serve tells of its controllers, of causes and of numbers", async () => {
  await using bench = await hostBench();
  const serving = await bench.serve();
  const { origin } = serving;
  const [found, graph] = await get(`${origin}/api/v1/graph`, bearer(serving));
  const { controllers, kinds } = JSON.parse(graph);
  const status = "runtime.MachineStatusController";
  const named = controllers.map(({ name }: { name: string }) => name);
  assertEquals([found, named.includes(status)], [200, true]);
  const machines = kinds.find(({ type }: { type: string }) => LIST.endsWith(`/${type}`));
  assertEquals([machines.namespace, machines.running], ["runtime", "1"]);
  const [known, why] = await get(`${origin}/api/v1/why/_/machine/machine`, bearer(serving));
  assertEquals([known, JSON.parse(why).steps[0].actor], [200, status]);
  const [counted, metrics] = await get(`${origin}/metrics`, bearer(serving));
  assertEquals(counted, 200);
  assertMatch(metrics, /^strata_controller_crashes_total\{controller="runtime\.\w+"\} 0$/m);
  // An agent of any kind takes more than ten megabytes.
  assertMatch(metrics, /^process_resident_memory_bytes \d{8,}$/m);
  assertEquals((await serving.end("SIGTERM")).code, 0);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`strata serve ends in order by ${signal}, with a watcher on the line`, async () => {
    await using bench = await hostBench();
    const serving = await bench.serve();
    const watching = await fetch(`${serving.origin}${LIST}?watch`, bearer(serving));
    assertEquals(watching.status, 200);
    const { code, stdout, stderr } = await serving.end(signal);
    await watching.body?.cancel().catch(() => {}); // Cut by the other side is as good.
    assertEquals([code, stdout, /error/.test(stderr)], [0, "", false], stderr);
    assertEquals(await exists(bench.socket), false);
    assertEquals(await exists(bench.grpcSocket), false);
    // Refused, were it still taken.
    Deno.listen({ hostname: "127.0.0.1", port: Number(new URL(serving.origin).port) }).close();
  });
}

Deno.test("strata serve takes the token that is there, and the socket that nobody answers on", async () => {
  await using bench = await hostBench();
  await Deno.writeTextFile(bench.tokenFile, "my-own-token\n", { mode: 0o600 });
  await (await bench.serve()).end("SIGKILL");
  assertEquals(await exists(bench.socket), true);
  const serving = await bench.serve();
  assertEquals(serving.token, "my-own-token");
  assertEquals((await get(`${serving.origin}${LIST}`, bearer(serving)))[0], 200);
  assertEquals((await serving.end("SIGTERM")).code, 0);
});

Deno.test("strata serve with a port in use says so in one line, ends with 1 and leaves no socket", async () => {
  await using bench = await hostBench();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { code, stdout, stderr } = await bench.strata(
    ...["serve", "--http", `127.0.0.1:${taken.addr.port}`],
    ...["--http-socket", bench.socket, "--token-file", bench.tokenFile],
  );
  assertEquals([code, stdout, stderr], [
    1,
    "",
    `strata: Cannot listen on 127.0.0.1:${taken.addr.port}: something else listens there, choose another or end it\n`,
  ]);
  assertEquals(await exists(bench.socket), false);
});

Deno.test("strata serve beside another on its socket says so, ends with 1 and leaves the other alone", async () => {
  await using bench = await hostBench();
  const serving = await bench.serve();
  const { code, stderr } = await bench.strata(
    ...["serve", "--http", "127.0.0.1:0"],
    ...["--http-socket", bench.socket, "--token-file", bench.tokenFile],
  );
  assertEquals(code, 1);
  assertMatch(stderr, /^strata: Cannot listen on .*http\.sock: something else listens there.*\n$/);
  assertEquals((await bench.strata("--endpoint", `unix:${bench.socket}`, "version")).code, 0);
  assertEquals((await serving.end("SIGTERM")).code, 0);
});

Deno.test("strata exits with the code of what happened, against a served agent", async () => {
  await using bench = await hostBench();
  const serving = await bench.serve();
  const file = `${bench.folder}/wrong`;
  await Deno.writeTextFile(file, "wrong\n");
  const socket = ["--endpoint", `unix:${bench.socket}`];
  const http = ["--endpoint", serving.origin, "--token-file"];
  const grpc = ["--endpoint", `unix:${bench.grpcSocket}`];
  const cases = [
    [0, [...grpc, "get", "machine", "-o", "name"], "MachineStatuses.runtime.strata/machine\n"],
    [0, [...grpc, "read", bench.tokenFile], `${serving.token}\n`],
    [0, [...grpc, "ls", bench.folder], /wrong/],
    [3, [...grpc, "get", "machine", "none"], /^strata: .*none/],
    [3, [...grpc, "read", `${bench.folder}/none`], /^strata: .*none/],
    [1, [...grpc, "read", bench.folder], /^strata: .*is a directory, must be a regular file/],
    [3, [...grpc, "ls", `${bench.folder}/none`], /^strata: .*none/],
    [1, [...grpc, "reboot"], /^strata: .*signal/],
    [0, [...socket, "get", "machine", "-o", "name"], "MachineStatuses.runtime.strata/machine\n"],
    [0, [...http, bench.tokenFile, "get", "machine", "machine"], /running/i],
    [0, [...socket, "read", bench.tokenFile], `${serving.token}\n`],
    [0, [...socket, "ls", bench.folder], /wrong/],
    [0, [...grpc, "health"], /^machine +ok +running$/m],
    [0, [...http, bench.tokenFile, "health", "-o", "jsonpath={.healthy}"], "true\n"],
    [0, [...socket, "events", "machine", "--no-follow"], /^\S+Z +updated +MachineStatus +machine/m],
    [0, ["explain", "machine.ready"], /whether every step/i],
    [2, [...grpc, "health", "--wait-timeout", "soon"], /^strata: .*--wait-timeout "soon"/],
    [3, [...grpc, "events", "moons"], /^strata: .*moons/],
    [3, ["explain", "machine.redy"], /^strata: no field "redy".*ready/],
    [5, ["--endpoint", `unix:${bench.folder}/none.sock`, "health"], /^strata: cannot reach/],
    [2, ["gte"], /^strata: .*gte/],
    [2, ["get", "machine", "-o", "xml"], /^strata: .*xml/],
    [3, [...socket, "get", "moons"], /^strata: .*moons/],
    [3, [...socket, "get", "machine", "none"], /^strata: .*none/],
    [3, [...socket, "read", `${bench.folder}/none`], /^strata: .*none/],
    [4, [...http, file, "get", "machine"], /^strata: /],
    [1, [...socket, "reboot"], /^strata: .*signal/],
    [5, ["--endpoint", `unix:${bench.folder}/none.sock`, "version"], /^strata: cannot reach/],
  ] as const;
  for (const [code, args, said] of cases) {
    const found = await bench.strata(...args);
    const words = args.join(" ");
    assertEquals(found.code, code, `${words}: ${found.stdout}${found.stderr}`);
    const text = code === 0 ? found.stdout : found.stderr;
    if (typeof said === "string") assertEquals(text, said, words);
    else assertMatch(text, said, words);
    if (code === 0) assertEquals(found.stderr, "", words);
  }
  assertEquals((await serving.end("SIGTERM")).code, 0);
});
