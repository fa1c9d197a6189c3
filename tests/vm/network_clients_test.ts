/** A running machine as clients that others made see it from outside: over mutual TLS, and by its token. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  MachineService,
  RebootRequest_Mode as RebootMode,
} from "../../proto/gen/machine/machine_pb.ts";
import { browserClient } from "../judges/browser_client.ts";
import { type Client, connectEs, goClients, type Place } from "../judges/client_programs.ts";
import { CALLS } from "../judges/every_client.ts";
import { machineStatusOf, nextBoot, strata } from "./asking.ts";
import { bootMachine, makeDisk } from "./machine.ts";
import { assertList, assertMounts, assertRead, assertVersion } from "./machine_calls.ts";
import { machineStubs, type Method } from "./machine_stubs.ts";
import { certificateFiles, listening, type NetworkBench, textOf } from "./network_bench.ts";
import { unpackSquashfs } from "./squashfs.ts";

const IMAGE = "dist/image";

const { list, mounts, read, reboot, shutdown, version } = MachineService.method;

/** By which clients of this API see that a machine has restarted. */
const BOOT_ID = "/proc/sys/kernel/random/boot_id";

/** On the console, once a boot: sooner seen there than by a question that a machine about to end never answers. */
const READY = /\bready on /;

/** What each role may not do, and what it may; the machine is there afterwards. */
async function assertRoles({ stubs, callers }: NetworkBench): Promise<void> {
  const denied: Readonly<Record<"reader" | "operator" | "nobody", readonly Method[]>> = {
    reader: [read, reboot, shutdown],
    operator: [read],
    nobody: [version, mounts, list, read, reboot, shutdown],
  };
  const allowed: readonly Method[] = [version, mounts, list];
  for (const name of ["reader", "operator", "nobody"] as const) {
    for (const method of denied[name]) {
      const { code, said, messages } = await stubs(callers[name], method);
      assertEquals([code, messages.length], ["PermissionDenied", 0], `${name}: ${method.name}`);
      const missing = name === "nobody"
        ? "names no role"
        : `${method.name} needs the role os:admin`;
      assertStringIncludes(said, missing);
    }
  }
  for (const name of ["reader", "operator"] as const) {
    for (const method of allowed) {
      const { code, said } = await stubs(callers[name], method);
      assertEquals(code, "OK", `${name}: ${method.name}: ${said}`);
    }
  }
}

async function assertHandshakes({ machine, stubs, callers }: NetworkBench): Promise<void> {
  for (const name of ["bare", "stranger", "expired"] as const) {
    const { code, said, messages } = await stubs(callers[name], version);
    assertEquals([code, messages.length], ["Unavailable", 0], `${name}: ${said}`);
    assertEquals((await stubs(callers.admin, version)).code, "OK", `an admin after ${name}`);
  }
  const { stdout } = await strata(machine, "logs", "apid");
  assertStringIncludes(stdout, "a handshake is refused");
}

/** Makes the calls of tests/judges/clients_test.ts, by each library that is to work with a machine. */
async function assertClients(
  { machine, callers }: NetworkBench,
  { folder, step }: { readonly folder: string; readonly step: Deno.TestContext["step"] },
): Promise<void> {
  const [go, es] = await Promise.all([goClients(folder), connectEs(folder)]);
  const byToken: Place = { endpoint: machine.endpoint, token: machine.token };
  const clients: readonly (readonly [string, Client, Place])[] = [
    ["grpc-go", go("grpc-go"), callers.admin],
    ["connect-go, gRPC", go("grpc"), callers.admin],
    ["connect-go, gRPC-Web", go("grpc-web"), callers.admin],
    ["connect-go, Connect and GET", go("connect"), callers.admin],
    ["connect-node, gRPC", es.client("grpc"), callers.admin],
    ["connect-node, gRPC-Web", es.client("grpc-web"), callers.admin],
    ["connect-node, Connect", es.client("connect"), callers.admin],
    ["connect-web, gRPC-Web", browserClient(es, { protocol: "grpc-web" }), byToken],
    [
      "connect-web, Connect JSON and GET",
      browserClient(es, { protocol: "connect", json: true, get: true }),
      byToken,
    ],
  ];
  for (const [index, [name, client, place]] of clients.entries()) {
    await step(name, async () => assertEquals(await client(place, `client-${index}`), CALLS));
  }
  await step("grpc-go as a reader, to whom kinds that nobody declared are not open", async () => {
    const denied = Object.fromEntries(Object.keys(CALLS).map((call) => [call, "PermissionDenied"]));
    assertEquals(await go("grpc-go")(callers.reader, "client-0"), denied);
  });
}

/** Reboots it as the contract's own command line does: looks which boot it is, asks, and looks until it is another. */
async function assertReboot(bench: NetworkBench): Promise<void> {
  const { machine, stubs, callers } = bench;
  const forced = await stubs(callers.admin, reboot, { mode: RebootMode.FORCE });
  assertEquals(forced.code, "Unimplemented", forced.said);
  const before = await textOf(bench, BOOT_ID);
  const { bootId } = await machineStatusOf(machine);
  assertEquals(before, `${bootId}\n`);

  const { code, said, messages: [answer] } = await stubs(callers.operator, reboot);
  assertEquals([code, answer?.messages.length], ["OK", 1], said);
  const [{ metadata, actorId } = {}] = answer?.messages ?? [];
  assertEquals(metadata, undefined);
  assertMatch(actorId ?? "", /./);

  await machine.waitConsole(READY, 2);
  const { bootId: next } = await nextBoot(machine, bootId);
  await listening(bench);
  assertEquals(await textOf(bench, BOOT_ID), `${next}\n`);
}

Deno.test("a running machine answers clients that others made, over mutual TLS and to a browser", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "strata-network-" });
  try {
    const { tls, callers } = await certificateFiles(folder);
    const stubs = await machineStubs(folder);
    const root = await unpackSquashfs(`${IMAGE}/rootfs.squashfs`, folder);
    const disks = [await makeDisk(`${folder}/data.img`)];
    await using machine = await bootMachine({ image: IMAGE, dir: folder, disks, tls });
    const bench: NetworkBench = { machine, stubs, root, callers: callers(machine.secureEndpoint) };
    await listening(bench);

    await t.step("Go's stubs: Version", () => assertVersion(bench));
    await t.step("Go's stubs: Read", () => assertRead(bench));
    await t.step("Go's stubs: List", () => assertList(bench));
    await t.step("Go's stubs: Mounts", () => assertMounts(bench));
    await t.step("Go's stubs: what each role may", () => assertRoles(bench));
    await t.step("Go's stubs: who is refused in the handshake", () => assertHandshakes(bench));
    await t.step(
      "clients of the state",
      async ({ step }) => await assertClients(bench, { folder, step }),
    );
    await t.step("Go's stubs: Reboot", () => assertReboot(bench));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
