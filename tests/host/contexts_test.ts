/** Contexts by certificate, from `gen certs` to a call, against an agent that listens with TLS. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertMatch } from "@std/assert";
import { type Bench, hostBench } from "./host_process.ts";

/** Makes certificates and an agent that believes them. @returns Its endpoint. */
async function machine(bench: Bench): Promise<string> {
  const certs = `${bench.folder}/certs`;
  const made = await bench.strata("gen", "certs", "--out", certs);
  assertEquals(made.code, 0, made.stderr);
  const { ready } = await bench.serve(
    ...["--tls", "127.0.0.1:0", "--tls-cert", `${certs}/server.crt`],
    ...["--tls-key", `${certs}/server.key`, "--tls-ca", `${certs}/ca.crt`],
  );
  return /https:\/\/\S+/.exec(ready)?.[0] ?? "";
}

function identity(folder: string): readonly string[] {
  return ["--crt", `${folder}/client.crt`, "--key", `${folder}/client.key`];
}

Deno.test("strata talks to a machine by the certificates of a context", async () => {
  await using bench = await hostBench();
  const endpoint = await machine(bench);
  const certs = `${bench.folder}/certs`;
  const added = await bench.strata(
    ...["config", "add", "home", "--endpoint", endpoint, "--ca", `${certs}/ca.crt`],
    ...identity(certs),
  );
  assertEquals(
    [added.code, added.stdout],
    [0, 'context "home" is added and in use\n'],
    added.stderr,
  );
  const cases = [
    [["get", "machine", "-o", "name"], "MachineStatuses.runtime.strata/machine\n"],
    [["health", "-o", "jsonpath={.healthy}"], "true\n"],
    [["--context", "home", "read", `${certs}/ca.crt`], /^-----BEGIN CERTIFICATE-----/],
    [["events", "namespaces", "--no-follow", "-o", "jsonpath={.id}"], /^runtime$/m],
    [
      ["--endpoint", endpoint.replace("127.0.0.1", "localhost"), "--context", "home", "types"],
      /^TYPE/,
    ],
  ] as const;
  for (const [args, said] of cases) {
    const { code, stdout, stderr } = await bench.strata(...args);
    assertEquals([code, stderr], [0, ""], args.join(" "));
    if (typeof said === "string") assertEquals(stdout, said);
    else assertMatch(stdout, said);
  }
  const listed = await bench.strata("config", "contexts", "--no-headers");
  assertMatch(
    listed.stdout,
    /^\* {3}home +https:\/\/127\.0\.0\.1:\d+ +O=os:admin, CN=strata +\d{4}-/,
  );
});

Deno.test("strata ends with 5 and the reason where certificates do not fit", async () => {
  await using bench = await hostBench();
  const endpoint = await machine(bench);
  const [certs, others] = [`${bench.folder}/certs`, `${bench.folder}/others`];
  assertEquals((await bench.strata("gen", "certs", "--out", others)).code, 0);
  const cases = [
    ["none", ["--ca", `${certs}/ca.crt`]],
    ["stranger", ["--ca", `${certs}/ca.crt`, ...identity(others)]],
    ["distrust", ["--ca", `${others}/ca.crt`, ...identity(certs)]],
    ["system", identity(certs)],
  ] as const;
  for (const [name, words] of cases) {
    const added = await bench.strata("config", "add", name, "--endpoint", endpoint, ...words);
    assertEquals(added.code, 0, added.stderr);
    const { code, stdout, stderr } = await bench.strata("--context", name, "types");
    assertEquals([code, stdout], [5, ""], `${name}: ${stderr}`);
    assertMatch(
      stderr,
      new RegExp(
        `^strata: cannot reach the machine at ${endpoint} \\(found by context "${name}" of [^)]+\\): .+\n$`,
      ),
    );
  }
});

Deno.test("strata as a reader reads, and is refused with 4 where readers may not go", async () => {
  await using bench = await hostBench();
  const endpoint = await machine(bench);
  const [certs, jo] = [`${bench.folder}/certs`, `${bench.folder}/jo`];
  const made = await bench.strata(
    ...["gen", "certs", "--out", jo, "--role", "os:reader"],
    ...["--ca-cert", `${certs}/ca.crt`, "--ca-key", `${certs}/ca.key`],
  );
  assertEquals(made.code, 0, made.stderr);
  await bench.strata(
    "config",
    "add",
    "jo",
    "--endpoint",
    endpoint,
    "--ca",
    `${certs}/ca.crt`,
    ...identity(jo),
  );
  assertEquals((await bench.strata("get", "machine", "-o", "name")).code, 0);
  const events = await bench.strata("events", "--no-follow");
  assertEquals([events.code, events.stderr], [0, ""]);
  const refused = await bench.strata("reboot");
  assertEquals([refused.code, refused.stdout], [4, ""], refused.stderr);
  assertMatch(refused.stderr, /^strata: refused: /);
});
