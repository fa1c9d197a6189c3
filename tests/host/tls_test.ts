/** `strata gen certs` and `strata serve --tls` as processes, and callers with the files of the one against the other. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { prepareCertificates } from "../../build/machine_certificates.ts";
import { machineFolder } from "../../build/machine_folder.ts";
import { type Bench, hostBench } from "./host_process.ts";

const NAMES = ["ca.crt", "ca.key", "server.crt", "server.key", "client.crt", "client.key"];

/** Makes certificates for admins in `certs` and, by the same authority, for readers in `reader`. */
async function certificates(bench: Bench): Promise<{ admin: string; reader: string }> {
  const [admin, reader] = [`${bench.folder}/certs`, `${bench.folder}/reader`];
  const made = await bench.strata("gen", "certs", "--out", admin, "--name", "ann");
  assertEquals([made.code, made.stderr], [0, ""]);
  const more = await bench.strata(
    ...["gen", "certs", "--out", reader, "--name", "rita", "--role", "os:reader"],
    ...["--ca-cert", `${admin}/ca.crt`, "--ca-key", `${admin}/ca.key`],
  );
  assertEquals([more.code, more.stderr], [0, ""]);
  return { admin, reader };
}

function tlsWords(folder: string): readonly string[] {
  const files = ["--tls-cert", "--tls-key", "--tls-ca"];
  const names = ["server.crt", "server.key", "ca.crt"];
  const words = files.flatMap((flag, at) => [flag, `${folder}/${names[at]}`]);
  return ["--tls", "127.0.0.1:0", ...words];
}

async function clientOf(folder: string): Promise<Deno.HttpClient> {
  const read = (name: string): Promise<string> => Deno.readTextFile(`${folder}/${name}`);
  return Deno.createHttpClient({
    caCerts: [await read("ca.crt")],
    cert: await read("client.crt"),
    key: await read("client.key"),
  });
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) names.push(name);
  return names.toSorted();
}

function secureOrigin(ready: string): string {
  return / (https:\/\/127\.0\.0\.1:\d+)$/.exec(ready)?.[1] ?? "";
}

Deno.test("strata gen certs writes keys for their owner alone, and replaces nothing unasked", async () => {
  await using bench = await hostBench();
  const { admin, reader } = await certificates(bench);
  for (const name of NAMES) {
    const { mode } = await Deno.stat(`${admin}/${name}`);
    assertEquals((mode ?? 0) & 0o777, name.endsWith(".key") ? 0o600 : 0o644, name);
  }
  assertEquals(await namesIn(reader), NAMES.filter((name) => name !== "ca.key").toSorted());
  const before = await Deno.readTextFile(`${admin}/client.key`);
  await Deno.remove(`${admin}/ca.crt`);
  const again = await bench.strata("gen", "certs", "--out", admin);
  assertEquals([again.code, again.stdout], [4, ""]);
  assertStringIncludes(again.stderr, `${admin}/client.key is there already`);
  assertEquals(await Deno.readTextFile(`${admin}/client.key`), before);
  assertEquals((await bench.strata("gen", "certs", "--out", admin, "--force")).code, 0);
  assertEquals(await Deno.readTextFile(`${admin}/client.key`) === before, false);
  assertEquals(await namesIn(admin), NAMES.toSorted());
});

Deno.test("strata gen certs says what it cannot make, and makes nothing", async () => {
  await using bench = await hostBench();
  const refused: readonly (readonly [string, readonly string[]])[] = [
    ['unknown role "os:boss", may be os:reader, os:operator, os:admin', ["--role", "os:boss"]],
    ["--ca-cert and --ca-key belong together", ["--ca-cert", `${bench.folder}/none`]],
    ["cannot make certificates for 0 hours", ["--hours", "0"]],
    ['--hours is "soon"', ["--hours", "soon"]],
    ["cannot make a certificate for", ["--host", "no host"]],
    ["cannot name a certificate", ["--name", "a,O=os:admin"]],
  ];
  for (const [words, args] of refused) {
    const { code, stderr } = await bench.strata(
      "gen",
      "certs",
      "--out",
      `${bench.folder}/x`,
      ...args,
    );
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, words);
  }
  assertEquals(await namesIn(bench.folder), ["run"]);
});

Deno.test("strata serve --tls knows callers by the certificates of strata gen certs", async () => {
  await using bench = await hostBench();
  const { admin, reader } = await certificates(bench);
  const serving = await bench.serve(...tlsWords(admin));
  const origin = secureOrigin(serving.ready);
  assertMatch(origin, /^https:/);
  const call = async (client: Deno.HttpClient, method: string, message: unknown) => {
    const response = await fetch(`${origin}/${method}`, {
      client,
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(message),
    });
    return await response.json();
  };
  using ann = await clientOf(admin);
  using rita = await clientOf(reader);
  const id = { namespace: "default", type: "os/test", id: "a" };
  const metadata = { ...id, version: "undefined", phase: "running" };
  const created = { resource: { metadata, spec: { yamlSpec: "1\n" } } };
  const denied = await call(rita, "cosi.resource.State/Create", created);
  assertEquals(denied.code, "permission_denied");
  assertStringIncludes(denied.message, "needs the role os:admin, the caller has os:reader");
  await call(ann, "cosi.resource.State/Create", created);
  const { steps } = await call(ann, "strata.runtime.v1.GraphService/Why", id);
  assertEquals(steps.map(({ actor }: { actor: string }) => actor), ["ann (os:admin)"]);
  const { messages } = await call(rita, "machine.MachineService/Version", {});
  assertEquals(messages[0].features, { rbac: true });
  await serving.end("SIGTERM");
});

Deno.test("strata serve --tls ends in order with a watcher on the line", async () => {
  await using bench = await hostBench();
  const { admin } = await certificates(bench);
  const serving = await bench.serve(...tlsWords(admin));
  using client = await clientOf(admin);
  const path = "/api/v1/resources/runtime/MachineStatuses.runtime.strata?watch&bootstrap";
  const response = await fetch(`${secureOrigin(serving.ready)}${path}`, { client });
  const reader = response.body?.getReader();
  assertEquals((await reader?.read())?.done, false);
  const { code, stderr } = await serving.end("SIGTERM");
  assertEquals(code, 0, stderr);
  await reader?.cancel().catch(() => {}); // The other side has gone.
});

Deno.test("strata serve --tls says what is missing or cannot be used, and leaves no socket", async () => {
  await using bench = await hostBench();
  const { admin, reader } = await certificates(bench);
  const half = await bench.strata("serve", "--tls", "127.0.0.1:0", "--tls-ca", `${admin}/ca.crt`);
  assertEquals(half.code, 2);
  assertStringIncludes(half.stderr, "cannot serve TLS without --tls-cert, --tls-key");
  const own = ["--socket", bench.grpcSocket, "--http-socket", bench.socket];
  const base = ["serve", "--http", "127.0.0.1:0", ...own, "--token-file", bench.tokenFile];
  for (
    const [words, args] of [
      ["none.crt", [...tlsWords(admin), "--tls-cert", `${admin}/none.crt`]],
      ["Cannot serve TLS with this key: it is not that", [
        ...tlsWords(admin),
        ...["--tls-key", `${reader}/server.key`],
      ]],
    ] as const
  ) {
    const { code, stdout, stderr } = await bench.strata(...base, ...args);
    assertEquals([code, stdout], [1, ""], stderr);
    assertStringIncludes(stderr, words);
    assertEquals(await namesIn(`${bench.folder}/run`), ["token"]);
  }
});

Deno.test("prepareCertificates() keeps a machine's certificates, and makes them anew when they are about to end", async () => {
  await using bench = await hostBench();
  const folder = machineFolder(bench.folder);
  const now = Date.now();
  const day = 24 * 3_600_000;
  const files = await prepareCertificates(folder, now);
  const read = (): Promise<string> => Deno.readTextFile(files.client.cert);
  const first = await read();
  assertEquals(
    await namesIn(`${bench.folder}/tls`),
    NAMES.filter((name) => name !== "ca.key").toSorted(),
  );
  for (const name of await namesIn(`${bench.folder}/tls`)) {
    assertEquals(((await Deno.stat(`${bench.folder}/tls/${name}`)).mode ?? 0) & 0o777, 0o600);
  }
  await prepareCertificates(folder, now + 28 * day);
  assertEquals(await read(), first);
  await prepareCertificates(folder, now + 29.5 * day);
  const second = await read();
  assertEquals(second === first, false);
  await Deno.remove(files.server.key);
  await prepareCertificates(folder, now);
  assertEquals(await read() === second, false);
});
