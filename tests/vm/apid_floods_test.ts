/** The strongest floods at the doors of a running machine: its first process and who calls it from inside do not notice. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { HTTP2_BUFFERED_MAX } from "../../api/limits.ts";
import { type Attack, FLOODS_BY_APID, LEFT_WATCHES } from "../judges/flood_attacks.ts";
import { Bystander } from "../judges/flood_calls.ts";
import { CROWDS_BY_APID } from "../judges/flood_crowds.ts";
import { type Counts, strangersAttacks, tlsStream } from "../judges/flood_strangers.ts";
import { RawPeer, type RawPlace } from "../judges/raw_peer.ts";
import type { Place } from "../judges/client_programs.ts";
import { createResource, readFile, resource, strata, until } from "./asking.ts";
import { bootMachine, makeDisk, type TestMachine } from "./machine.ts";
import { certificateFiles } from "./network_bench.ts";

const SPECS = "runtime/ServiceSpecs.runtime.strata";
const APID = "runtime/ServiceStatuses.runtime.strata/apid";

/** Calls one after the other, by the socket of root's own. */
const CALLER = [
  "/usr/lib/probe/caller",
  "/system/run/strata/http.sock",
  "/api/v1/resources/runtime/MachineStatuses.runtime.strata/machine",
];

/** What the first process may have taken more at its worst moment: all bodies that its listener holds at once. */
const PEAK_BYTES_MAX = HTTP2_BUFFERED_MAX;

/** Attacks of an admin, and of strangers: the dearest of tests/judges/apid_floods_test.ts, as far as emulation is quick enough. */
const BY_ADMIN: readonly string[] = [
  "HEADERS and RST_STREAM",
  LEFT_WATCHES,
  "great answers that nobody reads, on many connections",
];
const BY_STRANGERS: readonly string[] = [
  "TLS: handshakes without a certificate, and frames behind them",
  "TLS: what is no handshake",
];

/** As many as emulation answers in some seconds. Connections that stay silent would be those of QEMU's own network. */
const FEW: Counts = { silent: 0, handshakes: 100, requests: 100 };

/** What the caller inside says of its calls. */
interface Calls {
  readonly answered: number;
  readonly failed: number;
}

async function callsInside(machine: TestMachine): Promise<Calls> {
  const { stdout } = await strata(machine, "logs", "caller", "--tail", "1");
  const [, answered, failed] = /answered (\d+) failed (\d+)\n$/.exec(stdout) ?? [];
  return { answered: Number(answered ?? 0), failed: Number(failed ?? 0) };
}

async function callsBeyond(machine: TestMachine, answered: number): Promise<Calls> {
  return await until(`more than ${answered} calls inside`, async () => {
    const calls = await callsInside(machine);
    return calls.answered > answered ? calls : undefined;
  });
}

/** The first process's memory, in bytes: as it is, and at its worst. */
async function memory(machine: TestMachine): Promise<{ resident: number; peak: number }> {
  const status = await readFile(machine, "/proc/1/status");
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024;
  return { resident: bytes("VmRSS"), peak: bytes("VmHWM") };
}

/** Who a place's files say it is. */
async function pairOf({ cert, key }: Place): Promise<{ cert: string; key: string }> {
  assert(cert !== undefined && key !== undefined);
  return { cert: await Deno.readTextFile(cert), key: await Deno.readTextFile(key) };
}

Deno.test("floods at the network face are not noticed by the machine behind it", async (t) => {
  const dir = await Deno.makeTempDir({ prefix: "strata-floods-" });
  await using undo = new AsyncDisposableStack();
  undo.defer(() => Deno.remove(dir, { recursive: true }));
  const { tls, callers } = await certificateFiles(dir);
  const disks = [await makeDisk(`${dir}/data.img`)];
  await using machine = await bootMachine({ image: "dist/probe-image", dir, disks, tls });
  const { admin, stranger } = callers(machine.secureEndpoint);
  const doors = {
    hostname: "127.0.0.1",
    tlsPort: Number(new URL(machine.secureEndpoint).port),
    httpPort: Number(new URL(machine.endpoint).port),
    ca: await Deno.readTextFile(tls.caFile),
  };
  const pair = await pairOf(admin);
  const place: RawPlace = () => tlsStream(doors, pair);
  const newcomer = async (): Promise<void> => {
    await using peer = await RawPeer.greeted(place);
    const one = new Bystander(peer);
    await one.get(1);
    assertEquals(one.failed, []);
  };
  await until("TLS", () => place().then((stream) => (stream.close(), true), () => undefined));
  {
    await using peer = await RawPeer.greeted(place);
    const one = new Bystander(peer);
    await one.settle();
    assertEquals(one.failed, []);
  }
  await createResource(machine, SPECS, { id: "caller", spec: { command: CALLER } });
  const { spec: face } = await resource(machine, APID);
  let calls = await callsBeyond(machine, 0);
  const { resident } = await memory(machine);

  const all: Readonly<Record<string, Attack>> = { ...FLOODS_BY_APID, ...CROWDS_BY_APID };
  const strangers = strangersAttacks(await pairOf(stranger), FEW);
  const attacks: readonly (readonly [string, () => Promise<void> | undefined])[] = [
    ...BY_ADMIN.map((name) => [name, () => all[name]?.(place, "told")] as const),
    ...BY_STRANGERS.map((name) => [name, () => strangers[name]?.(doors)] as const),
  ];
  for (const [name, attack] of attacks) {
    await t.step(name, async () => {
      await attack();
      await newcomer();
      calls = await callsBeyond(machine, calls.answered);
      assertEquals(calls.failed, 0);
    });
  }
  await t.step("the network face is the same as before, and so is the first process", async () => {
    const { spec } = await resource(machine, APID);
    assertEquals([spec["pid"], spec["restarts"]], [face["pid"], face["restarts"]]);
    const { peak } = await memory(machine);
    const grown = Math.round((peak - resident) / 1024 / 1024);
    assert(peak - resident <= PEAK_BYTES_MAX, `it took ${grown} MiB more`);
  });
  await machine.stop();
});
