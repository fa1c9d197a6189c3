/** A whole agent without a machine: state, engine, two chained controllers, and the API over them. */
import { type Api, createApi } from "../../api/api.ts";
import { graphPort } from "../../roles/graph_port.ts";
import { overrunSource } from "../../roles/overrun_source.ts";
import { watchOverrunController } from "../../runtime/controllers/runtime/watch_overruns.ts";
import type { Kind } from "../../runtime/core/resource.ts";
import { createEngine, type Engine } from "../../runtime/engine/engine.ts";
import { machineTypes } from "../../runtime/resources/machine_types.ts";
import type { HistoryOptions } from "../../runtime/state/event_ring.ts";
import { type MemoryState, memoryState } from "../../runtime/state/memory.ts";
import { FakeMachine } from "./api.ts";
import { FakeClock } from "./clock.ts";
import { controller, INTS, item, STRS } from "./engine_house.ts";
import { FakeLog } from "./log.ts";
import { FakeRandom } from "./random.ts";

/** Made of strs. */
export const OUTS: Kind = { namespace: "outs", type: "test/out" };

/** Bytes that the process says it takes. */
export const RESIDENT_BYTES = 4096;

/** What runs. */
export interface CausalHouse extends AsyncDisposable {
  readonly state: MemoryState;
  readonly engine: Engine;
  readonly clock: FakeClock;
  readonly api: Api;
  /** Asks over a unix socket. */
  ask(path: string, init?: RequestInit): Promise<Response>;
}

/** Starts it: ints become strs by a controller, strs become outs by a queue controller. */
export async function causalHouse(history: HistoryOptions = {}): Promise<CausalHouse> {
  const clock = new FakeClock();
  const random = new FakeRandom();
  const log = new FakeLog();
  const stop = new AbortController();
  const state = memoryState({ clock, random, history });
  const types = machineTypes();
  const engine = createEngine({ state, clock, random, log });
  await engine.register(strs());
  await engine.registerQueue(outs());
  await engine.register(watchOverrunController(overrunSource(engine)));
  const api = createApi({
    state,
    types,
    machine: new FakeMachine(),
    graph: graphPort({ engine, state, types, residentBytes: () => RESIDENT_BYTES }),
    health: () => ({ ready: true, unmet: [] }),
    reservedOwner: () => false,
    log,
    clock,
    random,
    signal: stop.signal,
  });
  const running = engine.run(stop.signal);
  await clock.advance(0);
  return {
    state,
    engine,
    clock,
    api,
    ask: (path, init) =>
      api.handle(new Request(`http://localhost${path}`, init), { transport: "unix" }),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

/** Throws when there is an int named `bad`. */
function strs() {
  return controller("test.StrController", {
    inputs: [{ ...INTS, kind: "strong" }],
    outputs: [{ type: STRS.type, kind: "exclusive" }],
    async turn(context) {
      for (const { metadata: { id, version } } of await context.list(INTS)) {
        if (id === "bad") throw new Error("a bad int");
        const wanted = item(STRS, id, `${version}`);
        await context.modify(wanted, ({ metadata }) => ({ ...wanted, metadata }));
      }
    },
  });
}

function outs(): Parameters<Engine["registerQueue"]>[0] {
  return {
    name: "test.OutController",
    settings: {
      inputs: [{ ...STRS, kind: "q-primary" }],
      outputs: [{ type: OUTS.type, kind: "shared" }],
    },
    async reconcile(context, { id }) {
      const { spec } = await context.get({ ...STRS, id });
      const wanted = item(OUTS, id, "");
      await context.modify(wanted, ({ metadata }) => ({ metadata, spec }));
    },
    mapInput: () => Promise.resolve([]),
  };
}
