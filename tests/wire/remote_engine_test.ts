/** Engines that drive a state on another machine, and live through its restart. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import type { LocalState, State } from "../../runtime/core/state.ts";
import { transformController } from "../../runtime/engine/generic/transform.ts";
import { memoryState } from "../../runtime/state/memory.ts";
import { engineConformance } from "../conformance/engine.ts";
import {
  ALL_KINDS,
  type EngineSubject,
  EngineWorld,
  type WorldDriver,
} from "../conformance/engine_fixtures.ts";
import { INT_TO_STR } from "../conformance/engine_two_transforms.ts";
import { FakeClock } from "../fakes/clock.ts";
import { INTS, item, STRS, valueOf } from "../fakes/engine_house.ts";
import { FakeRandom } from "../fakes/random.ts";
import { RemoteState } from "../fakes/remote_state.ts";

/** Turns of the event loop that a call takes there and back, and some more. */
const CALL_TURNS = 6;

/** A world whose engine is given its state over the wire. */
class FarWorld implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly driver: WorldDriver;
  readonly remotes: RemoteState[] = [];

  /** @param wire Whether time passes for the wire too. */
  constructor(wire: "timeless" | "timed") {
    const { clock } = this;
    const turns = async (count: number) => {
      for (let turn = 0; turn < count; turn++) await clock.advance(0);
    };
    this.driver = {
      clock,
      turnsMax: 2000,
      far: (state: State) => {
        // The states of all worlds are memory.
        const options = { state: state as LocalState, ...(wire === "timed" ? { clock } : {}) };
        const remote = new RemoteState(options);
        this.remotes.push(remote);
        return remote.state;
      },
      async turn() {
        await turns(CALL_TURNS);
        const [nextMs] = clock.pendingMs;
        if (nextMs !== undefined) await clock.advance(nextMs);
      },
      quiet: () => turns(12 * CALL_TURNS),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const remote of this.remotes) await remote[Symbol.asyncDispose]();
  }
}

async function run(
  act: (driver: WorldDriver, options?: EngineSubject["options"]) => Promise<void>,
): Promise<void> {
  await using world = new FarWorld("timeless");
  await act(world.driver);
}

engineConformance({ name: "createEngine() over the wire", options: {}, run });

for (const [name, options] of Object.entries({ bare: {}, cached: { cachedKinds: ALL_KINDS } })) {
  Deno.test(`createEngine() over the wire, ${name}, lives through a restart of the other machine`, async () => {
    await using far = new FarWorld("timed");
    await using world = new EngineWorld({ name, options }, {}, far.driver);
    const [remote] = far.remotes;
    if (remote === undefined) throw new Error("Cannot restart: there is no server");
    await world.engine.register(transformController(INT_TO_STR));
    world.start();
    await world.put(INTS, "a", "1");
    await world.becomes(STRS, "a", "<1>");
    // Its memory stays: watches go on where they were.
    await remote.stop();
    await world.put(INTS, "a", "2");
    await world.put(INTS, "b", "1");
    for (let turns = 0; turns < 20; turns++) await far.driver.turn();
    assertEquals(valueOf(await world.state.get({ ...STRS, id: "a" })), "<1>");
    remote.start();
    await world.becomes(STRS, "a", "<2>");
    await world.becomes(STRS, "b", "<1>");
    // It has forgotten everything: positions are worth nothing, and a new list says what is.
    await remote.stop();
    const anew = memoryState({ clock: far.clock, random: new FakeRandom(5) });
    await anew.create(item(INTS, "c", "3"));
    remote.start(anew);
    await world.until(() => anew.listNow(STRS).map(valueOf).join() === "<3>");
    await anew.create(item(INTS, "d", "4"));
    await world.until(() => anew.listNow(STRS).map(valueOf).join() === "<3>,<4>");
    assertEquals(world.engine.controllers().map(({ phase }) => phase), ["running"]);
  });
}
