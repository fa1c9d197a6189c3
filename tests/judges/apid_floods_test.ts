/** The floods of a stranger's connection against `strata apid`, a process in front of a machine that must not notice. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { HTTP2_BUFFERED_MAX } from "../../api/limits.ts";
import { apidService } from "../../roles/apid_service.ts";
import { serviceSpec } from "../../runtime/resources/service.ts";
import { callerCertificates } from "../fakes/caller_certificates.ts";
import { ApidMachineProcess } from "../host/apid_machine_process.ts";
import { ApidProcess } from "../host/apid_process.ts";
import { FLOODS_BY_APID, LEFT_WATCHES } from "./flood_attacks.ts";
import { Bystander } from "./flood_calls.ts";
import { CROWDS_BY_APID } from "./flood_crowds.ts";
import { BOMBS } from "./flood_messages.ts";
import {
  assertRests,
  GROWTH_BYTES_MAX,
  type Scene,
  survives,
  warmUp,
  type Watched,
} from "./flood_scene.ts";
import { SLOW_ATTACKS_BY_APID } from "./flood_sessions.ts";
import { type Doors, strangersAttacks, tlsStream } from "./flood_strangers.ts";
import { RawPeer, type RawPlace } from "./raw_peer.ts";

const CERTIFICATES = await callerCertificates();
const TOKEN = "correct-horse";
const MIB = 1024 * 1024;

/** What the machine may take more meanwhile: all bodies that its listener holds at once, and what use makes of a heap. */
const MACHINE_PEAK_BYTES_MAX = HTTP2_BUFFERED_MAX + GROWTH_BYTES_MAX;

/** A line of /proc/PID/status, in bytes, as it is now or was at most; NaN of who is dead. */
async function memoryOf(pid: number, name: "VmRSS" | "VmHWM"): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024;
}

/** Memory that the service may have, as it is started in a machine. */
function apidMemoryMax(): number {
  const service = apidService("127.0.0.1:0");
  if (!serviceSpec.is(service)) throw new TypeError("apid is no service");
  return Number(service.spec.limits?.memoryMax);
}

/** The two processes, and who calls beside attacks: one on the machine's own socket, by which memory is judged. */
class House implements AsyncDisposable {
  readonly machine: ApidMachineProcess;
  readonly apid: ApidProcess;
  readonly doors: Doors;
  readonly #undo: AsyncDisposableStack;

  private constructor(
    parts: Pick<House, "machine" | "apid" | "doors"> & { readonly undo: AsyncDisposableStack },
  ) {
    this.machine = parts.machine;
    this.apid = parts.apid;
    this.doors = parts.doors;
    this.#undo = parts.undo;
  }

  static async open(): Promise<House> {
    await using undo = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "strata-floods-" });
    undo.defer(() => Deno.remove(folder, { recursive: true }));
    const { server, ca } = CERTIFICATES;
    const seeds = { token: TOKEN, certificates: { ...server, ca } };
    const machine = undo.use(await ApidMachineProcess.start(folder, seeds));
    const apid = undo.use(new ApidProcess(folder, machine));
    const [, http] = await apid.said(/listens on http:\/\/127\.0\.0\.1:(\d+)/);
    const [, tls] = await apid.said(/listens on https:\/\/127\.0\.0\.1:(\d+)/);
    const doors = { hostname: "127.0.0.1", tlsPort: Number(tls), httpPort: Number(http), ca };
    return new House({ machine, apid, doors, undo: undo.move() });
  }

  /** As an admin, on a connection of its own. */
  get admin(): RawPlace {
    return () => tlsStream(this.doors, CERTIFICATES.admin);
  }

  get watched(): Watched {
    const { machine } = this;
    return {
      residentBytes: () => memoryOf(machine.pid, "VmRSS"),
      collect: () => machine.collect(),
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#undo.disposeAsync();
  }
}

/** apid lives, has kept to its memory, and has nothing to say of errors. */
async function assertUnharmed({ apid }: House): Promise<void> {
  const resident = await memoryOf(apid.pid, "VmRSS");
  assert(resident <= apidMemoryMax(), `apid takes ${Math.round(resident / MIB)} MiB`);
  assertEquals(apid.lines.filter((line) => /error|fail/i.test(line)), []);
}

Deno.test("strata apid outlives every flood, and the machine behind it does not notice", async (test) => {
  await using house = await House.open();
  const { machine, admin, doors } = house;
  await using peer = await RawPeer.greeted(machine.localSocket);
  const bystander = new Bystander(peer);
  await bystander.settle();
  await warmUp(machine.localSocket);
  await FLOODS_BY_APID[LEFT_WATCHES]?.(admin);
  // The first crowd makes a heap that V8 keeps for the next: of four in a row none added to it.
  for (const name of Object.keys(CROWDS_BY_APID)) await CROWDS_BY_APID[name]?.(admin, "told");
  assertEquals(bystander.failed, []);
  const server = house.watched;
  const scene: Scene = {
    place: admin,
    server,
    bystander,
    bytesBefore: await server.residentBytes(),
  };
  const attacks = { ...FLOODS_BY_APID, ...BOMBS, ...CROWDS_BY_APID, ...SLOW_ATTACKS_BY_APID };
  for (const [name, attack] of Object.entries(attacks)) {
    await test.step(name, async () => {
      await survives((place) => attack(place, "told"), scene);
      await assertUnharmed(house);
    });
  }
  for (const [name, attack] of Object.entries(strangersAttacks(CERTIFICATES.stranger))) {
    await test.step(name, async () => {
      await survives(() => attack(doors), scene);
      await assertUnharmed(house);
    });
  }
  await test.step("the machine's memory kept to its bound, and is back", async () => {
    const grown = await memoryOf(machine.pid, "VmHWM") - scene.bytesBefore;
    assert(grown <= MACHINE_PEAK_BYTES_MAX, `it took ${Math.round(grown / MIB)} MiB more`);
    await assertRests(scene);
  });
});
