/** apid and the machine of two commits that follow each other: while one is upgraded, the other may be of before. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { newAuthority } from "../../api/certificates/authority.ts";
import type { CertificatePair } from "../../api/certificates/certificate_pair.ts";
import { dialTls } from "../../api/client/dial.ts";
import { http2Transport, type Protocol } from "../../api/client/http2_transport.ts";
import { type Http2Client, http2Client } from "../../api/http2/http2_client.ts";
import { stateClient } from "../../api/state_client/state_client.ts";
import { isAccessDenied } from "../../runtime/core/errors.ts";
import type { State } from "../../runtime/core/state.ts";
import { apiCertificate } from "../../runtime/resources/apid.ts";
import { API_ID } from "../../runtime/resources/apid_kinds.ts";
import { machineTypes } from "../../runtime/resources/machine_types.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { systemRandom } from "../../runtime/system/random.ts";
import { bufWords, PROTO } from "../../tools/buf.ts";
import { runQuietly } from "../../tools/checkout.ts";
import { opaqueResource } from "../fakes/api.ts";
import { callerCertificates } from "../fakes/caller_certificates.ts";
import { ApidMachineProcess } from "./apid_machine_process.ts";
import { ApidProcess } from "./apid_process.ts";
import { ROOT } from "./host_process.ts";
import { previousCheckout } from "./previous_checkout.ts";

const CERTIFICATES = await callerCertificates();
const TOKEN = "correct-horse";
const KIND = { namespace: "default", type: "os/test" };
const HOUR_MS = 3_600_000;

/** buf's exit code where it found what breaks; others are that it could not look. */
const BREAKS = 100;

/** Milliseconds for buf: npx may have to fetch it. */
const BUF_MS_MAX = 120_000;

/** Checkouts by whose sources each side runs. */
interface Sides {
  readonly apid: string;
  readonly machine: string;
}

/** What of the protocol is no more as it was in another checkout, as buf says it; "" where both fit. */
async function broken(root: string): Promise<string> {
  const signal = AbortSignal.timeout(BUF_MS_MAX);
  const words = bufWords("breaking", "--against", `${root}${PROTO}`);
  const { code, output } = await runQuietly({ words, cwd: PROTO, signal });
  if (code === 0) return "";
  assertEquals(code, BREAKS, output);
  return output.trim();
}

/** Callers of one apid. */
class Callers implements Disposable {
  readonly #port: number;
  readonly #ports = { clock: systemClock(), random: systemRandom() };
  readonly #clients: Http2Client[] = [];

  constructor(port: number) {
    this.#port = port;
  }

  /** On a connection of its own. */
  state(pair: CertificatePair, ca = CERTIFICATES.ca, protocol: Protocol = "grpc"): State {
    const { clock } = this.#ports;
    const dial = dialTls({ hostname: "localhost", port: this.#port }, { ca, ...pair });
    const client = http2Client({ ...this.#ports, dial });
    this.#clients.push(client);
    const transport = http2Transport({ client, protocol, clock, baseUrl: "https://localhost" });
    return stateClient(transport, { ...this.#ports, types: machineTypes() });
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients) client[Symbol.dispose]();
  }
}

/** Replaces the machine's certificate and its authority by what an admin writes, and sees who is let in then. */
async function renews(callers: Callers, admin: State, apid: ApidProcess): Promise<void> {
  const now = Date.now();
  const validity = { notBefore: new Date(now - HOUR_MS), notAfter: new Date(now + HOUR_MS) };
  const second = await newAuthority({ name: "second", ...validity });
  const server = await second.issueServer({ hosts: ["localhost"], ...validity });
  const pair = await second.issueClient({ name: "new", roles: ["os:admin"], ...validity });
  const stored = await admin.get({ ...apiCertificate, id: API_ID });
  if (!apiCertificate.is(stored)) throw new TypeError("a certificate is of another kind");
  const { cert } = second.pair;
  const spec = { certificate: server.cert, key: server.key, clientAuthorities: cert };
  await admin.update(apiCertificate.withSpec(stored, spec));
  await apid.said(/callers are met with other certificates/);
  await assertRejects(() => callers.state(CERTIFICATES.admin, cert).get({ ...KIND, id: "a" }));
  assertEquals((await callers.state(pair, cert).get({ ...KIND, id: "a" })).metadata.id, "a");
}

async function servesAll({ apid: apidRoot, machine: machineRoot }: Sides): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "strata-versions-" });
  await using undo = new AsyncDisposableStack();
  undo.defer(() => Deno.remove(folder, { recursive: true }));
  const seeds = { token: TOKEN, certificates: { ...CERTIFICATES.server, ca: CERTIFICATES.ca } };
  await using machine = await ApidMachineProcess.start(folder, seeds, machineRoot);
  await using apid = new ApidProcess(folder, machine, apidRoot);
  const [, http = ""] = await apid.said(/listens on (http:\/\/127\.0\.0\.1:\d+)/);
  const [, port = ""] = await apid.said(/listens on https:\/\/127\.0\.0\.1:(\d+)/);
  using callers = new Callers(Number(port));

  // gRPC, Connect and HTTP of one resource.
  const admin = callers.state(CERTIFICATES.admin);
  await admin.create(opaqueResource("a", { yaml: "1\n" }));
  assertEquals((await admin.get({ ...KIND, id: "a" })).metadata.id, "a");
  const connect = callers.state(CERTIFICATES.admin, CERTIFICATES.ca, "connect");
  assertEquals((await connect.get({ ...KIND, id: "a" })).metadata.id, "a");
  const path = `/api/v1/resources/${KIND.namespace}/${encodeURIComponent(KIND.type)}/a`;
  const asked = await fetch(`${http}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
  assertEquals([asked.status, (await asked.json()).metadata.id], [200, "a"]);

  // A watch that sees what is changed, by another's call.
  const end = new AbortController();
  const watch = await admin.watchKind(KIND, { bootstrapContents: true, signal: end.signal });
  const events = watch[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const turn = await events.next();
    return turn.done || turn.value.event === "errored" ? "over" : turn.value.resource.metadata.id;
  };
  assertEquals([await next(), await next()], ["a", ""]);
  await connect.create(opaqueResource("b", { yaml: "1\n" }));
  assertEquals(await next(), "b");

  // Roles: a reader reads, and does not write; who is in none does nothing; nor does who has no token.
  const reader = callers.state(CERTIFICATES.reader);
  assertEquals((await reader.get({ ...KIND, id: "b" })).metadata.id, "b");
  await refused(() => reader.create(opaqueResource("c", { yaml: "1\n" })));
  await refused(() => callers.state(CERTIFICATES.nobody).get({ ...KIND, id: "b" }));
  const stranger = await fetch(`${http}${path}`);
  assertEquals([stranger.status, (await stranger.json()).code], [401, "unauthenticated"]);

  await renews(callers, admin, apid);
  // The watch of before goes on.
  await admin.create(opaqueResource("d", { yaml: "1\n" }));
  assertEquals(await next(), "d");
  end.abort();
  await events.return?.();
  assertEquals(await apid.end("SIGTERM"), 0);
}

/** The act is denied to who is in no role for it. */
async function refused(act: () => Promise<unknown>): Promise<void> {
  const error = await assertRejects(act);
  assert(isAccessDenied(error), String(error));
}

Deno.test("strata apid of the previous commit serves the machine of this one, and the other way round", async (t) => {
  await using previous = await previousCheckout() ?? null;
  if (previous === null) {
    return void await t.step("nothing is asked: there is no previous commit", () => {});
  }
  const { root, commit } = previous;
  const breaks = await broken(root);
  if (breaks !== "") {
    // Both are of one image: they need not fit where the protocol was broken on purpose.
    return void await t.step(
      `nothing is asked of ${commit}, which buf says is broken: ${breaks}`,
      () => {},
    );
  }
  await t.step(`apid of ${commit}`, () => servesAll({ apid: root, machine: ROOT }));
  await t.step(`the machine of ${commit}`, () => servesAll({ apid: ROOT, machine: root }));
});
