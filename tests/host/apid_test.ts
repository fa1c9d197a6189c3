/** `strata apid` as a process: it finds its machine, listens as it is told, and ends when it shall. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { newAuthority } from "../../api/certificates/authority.ts";
import type { CertificatePair } from "../../api/certificates/certificate_pair.ts";
import { dialTls } from "../../api/client/dial.ts";
import { http2Transport } from "../../api/client/http2_transport.ts";
import { http2Client } from "../../api/http2/http2_client.ts";
import { stateClient } from "../../api/state_client/state_client.ts";
import { apiCertificate, apiListener } from "../../runtime/resources/apid.ts";
import { API_ID } from "../../runtime/resources/apid_kinds.ts";
import { opaqueResource } from "../fakes/api.ts";
import { ApidMachine } from "../fakes/apid_machine.ts";
import { callerCertificates } from "../fakes/caller_certificates.ts";
import { ApidProcess } from "./apid_process.ts";
import { strataCommand } from "./host_process.ts";

const CERTIFICATES = await callerCertificates();
const TOKEN = "correct-horse";
const HEADERS = { authorization: `Bearer ${TOKEN}` };
const KIND = { namespace: "default", type: "os/test" };

Deno.test("strata apid serves its machine: found late, lost and back, certificates renewed, ended by SIGTERM", async () => {
  const folder = await Deno.makeTempDir({ prefix: "strata-apid-" });
  await using undo = new AsyncDisposableStack();
  undo.defer(() => Deno.remove(folder, { recursive: true }));
  await using machine = await ApidMachine.make(folder);
  const { state, clock, random, types } = machine;
  const told = { httpAddress: "127.0.0.1:0", tlsAddress: "127.0.0.1:0", token: TOKEN };
  const listener = await state.create(apiListener.newResource(API_ID, told));
  await using apid = new ApidProcess(folder, machine);

  // It is there before its machine is.
  await apid.said(/the state cannot be watched/);
  await machine.start();
  const [, http = ""] = await apid.said(/listens on (http:\/\/127\.0\.0\.1:\d+)/);
  const types1 = await fetch(`${http}/api/v1/types`, { headers: HEADERS });
  assertEquals([types1.status, Array.isArray((await types1.json()).items)], [200, true]);
  const stranger = await fetch(`${http}/api/v1/types`);
  assertEquals([stranger.status, (await stranger.json()).code], [401, "unauthenticated"]);

  // Certificates come later, and are renewed.
  const spec = (server: CertificatePair, clientAuthorities: string) => ({
    certificate: server.cert,
    key: server.key,
    clientAuthorities,
  });
  const first = apiCertificate.newResource(API_ID, spec(CERTIFICATES.server, CERTIFICATES.ca));
  const stored = await state.create(first);
  const [, tls = ""] = await apid.said(/listens on https:\/\/127\.0\.0\.1:(\d+)/);
  const ports = { clock, random };
  const callerBy = (ca: string, pair: CertificatePair) =>
    http2Client({
      ...ports,
      dial: dialTls({ hostname: "localhost", port: Number(tls) }, { ca, ...pair }),
    });
  using before = callerBy(CERTIFICATES.ca, CERTIFICATES.admin);
  const remote = stateClient(
    http2Transport({ client: before, protocol: "grpc", clock }),
    { types, ...ports },
  );
  await remote.create(opaqueResource("a", { yaml: "1\n" }));
  const end = new AbortController();
  const events = (await remote.watchKind(KIND, { bootstrapContents: true, signal: end.signal }))
    [Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const turn = await events.next();
    return turn.done || turn.value.event === "errored" ? "over" : turn.value.resource.metadata.id;
  };
  assertEquals([await next(), await next()], ["a", ""]);

  const now = Date.now();
  const validity = { notBefore: new Date(now - 60_000), notAfter: new Date(now + 3_600_000) };
  const second = await newAuthority({ name: "second", ...validity });
  const server = await second.issueServer({ hosts: ["localhost"], ...validity });
  const pair = await second.issueClient({ name: "new", roles: ["os:admin"], ...validity });
  await state.update(apiCertificate.withSpec(stored, spec(server, second.pair.cert)));
  await apid.said(/callers are met with other certificates/);
  using old = callerBy(second.pair.cert, CERTIFICATES.admin);
  const refusedState = stateClient(
    http2Transport({ client: old, protocol: "grpc", clock }),
    { types, ...ports },
  );
  await assertRejects(() => refusedState.get({ ...KIND, id: "a" }));
  using renewed = callerBy(second.pair.cert, pair);
  const newState = stateClient(
    http2Transport({ client: renewed, protocol: "grpc", clock }),
    { types, ...ports },
  );
  assertEquals((await newState.get({ ...KIND, id: "a" })).metadata.id, "a");
  // The connection of before lives, and its watch.
  await state.create(opaqueResource("b", { yaml: "1\n" }));
  assertEquals(await next(), "b");

  // The machine goes and comes back: calls are told, watches go on where they were.
  await machine.stop();
  const gone = await fetch(`${http}/readyz`);
  assertEquals([gone.status, (await gone.json()).code], [503, "closed"]);
  await state.create(opaqueResource("c", { yaml: "1\n" }));
  await machine.start();
  assertEquals(await next(), "c");
  const back = await fetch(`${http}/readyz`);
  assertEquals([back.status, await back.text()], [200, "ok\n"]);

  // Another wish moves a listener; without one it closes.
  await state.update(apiListener.withSpec(listener, { ...told, httpAddress: "[::1]:0" }));
  const [, moved = ""] = await apid.said(/listens on (http:\/\/\[::1\]:\d+)/);
  assertEquals(await (await fetch(`${moved}/livez`)).text(), "ok\n");
  await assertRejects(() => fetch(`${http}/livez`), TypeError);

  assertEquals(await apid.end("SIGTERM"), 0);
  end.abort();
  await events.return?.();
});

Deno.test("strata apid refuses options that it has not, and --help says nothing of it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "strata-apid-" });
  await using undo = new AsyncDisposableStack();
  undo.defer(() => Deno.remove(folder, { recursive: true }));
  const wrong = await strataCommand(folder, ["apid", "--port", "1"]).output();
  assertEquals(wrong.code, 2);
  assertMatch(new TextDecoder().decode(wrong.stderr), /--port/);
  const help = await strataCommand(folder, ["--help"]).output();
  assertEquals([help.code, new TextDecoder().decode(help.stdout).includes("apid")], [0, false]);
});
