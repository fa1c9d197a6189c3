// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Http2ListenOptions } from "../api/listen_http2.ts";
import { stateErrorOf } from "../runtime/core/errors.ts";
import { apiCertificate, apiListener } from "../runtime/resources/apid.ts";
import { API_ID } from "../runtime/resources/apid_kinds.ts";
import { machineTypes } from "../runtime/resources/machine_types.ts";
import { memoryState } from "../runtime/state/memory.ts";
import { FakeClock } from "../tests/fakes/clock.ts";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { FakeLog } from "../tests/fakes/log.ts";
import { FakeRandom } from "../tests/fakes/random.ts";
import { apidState, openApidSockets, seedApid } from "./apid_faces.ts";
import { APID_UID } from "./apid_sockets.ts";

const SETTINGS = {
  http: { hostname: "127.0.0.1", port: 50_080 },
  tls: { hostname: "::", port: 50_000 },
};
const CERTIFICATES = { cert: "C", key: "K", ca: "A" };

function fixture() {
  const [clock, random] = [new FakeClock(), new FakeRandom()];
  return { clock, random, state: memoryState({ clock, random }) };
}

Deno.test("apidState() shows apid's own kinds, and takes no write", async () => {
  const { state } = fixture();
  await seedApid(state, { settings: SETTINGS, token: "t", certificates: CERTIFICATES });
  const seen = apidState(state);
  const spec = seen.listNow(apiListener)[0]?.spec;
  assertEquals(apiListener.toJson(spec), {
    tlsAddress: "[::]:50000",
    httpAddress: "127.0.0.1:50080",
    token: "t",
    hosts: [],
    connectionsMax: 0,
  });
  assertEquals(seen.listNow(apiCertificate).length, 1);
  const refusals = [
    assertThrows(() =>
      seen.listNow({ namespace: "runtime", type: "MachineStatuses.runtime.strata" })
    ),
    assertThrows(() =>
      seen.getNow({ namespace: "meta", type: "Namespaces.meta.cosi.dev", id: "x" })
    ),
    await assertRejects(() => seen.watchKind({ namespace: "fs", type: "MountSpecs.fs.strata" })),
    await assertRejects(() => seen.create(apiListener.newResource("other", {}))),
    await assertRejects(() => seen.destroy({ ...apiListener, id: API_ID })),
    await assertRejects(() => seen.teardown({ ...apiListener, id: API_ID })),
  ];
  for (const error of refusals) {
    assertEquals(stateErrorOf(error)?.failure.refusal, "access-denied");
  }
  assertEquals(state.listNow(apiListener).length, 1);
});

Deno.test("seedApid() tells of no certificates where there are none, and of no token", async () => {
  const { state } = fixture();
  await seedApid(state, { settings: SETTINGS, token: undefined, certificates: undefined });
  assertEquals(state.listNow(apiCertificate), []);
  const spec = state.listNow(apiListener)[0]?.spec;
  assertEquals((apiListener.toJson(spec) as { token: string }).token, "");
});

Deno.test("openApidSockets() opens the sockets for apid's user alone, and one of them for callers that it names", async () => {
  const { state, clock, random } = fixture();
  const kernel = new FakeKernel();
  for (const path of ["/system", "/system/run"]) kernel.mkdir(path, 0o755);
  const stop = new AbortController();
  const opened: Http2ListenOptions[] = [];
  const listeners = await openApidSockets(kernel, {
    state,
    types: machineTypes(),
    handler: () => {},
    clock,
    random,
    log: new FakeLog(),
    signal: stop.signal,
    listen: (options) => {
      opened.push(options);
      if ("path" in options.address) kernel.writeFile(options.address.path, "", { mode: 0o600 });
      return Promise.resolve({ closed: Promise.resolve() });
    },
  });
  const owner = { uid: APID_UID, gid: APID_UID };
  assertEquals(opened.map(({ address }) => address), [
    { path: "/system/run/apid/machine.sock", mode: 0o600, owner, by: "apid" },
    { path: "/system/run/apid/state.sock", mode: 0o600, owner },
  ]);
  assertEquals((kernel.lstat("/system/run/apid")?.mode ?? 0) & 0o777, 0o711);
  stop.abort();
  await Promise.all(listeners.map(({ closed }) => closed));
});
