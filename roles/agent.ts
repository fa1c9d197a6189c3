/**
 * The part of the agent that is the same on a machine and on a host: state, types, controllers and the API over them.
 */
import { createApi } from "../api/api.ts";
import type { Api } from "../api/api.ts";
import type { MachinePort } from "../api/machine_port.ts";
import type { Clock, Log, Random } from "../runtime/core/ports.ts";
import type { ResourceTypes } from "../runtime/core/resource_types.ts";
import { bootStepController } from "../runtime/controllers/runtime/boot_steps.ts";
import { machineStatusController } from "../runtime/controllers/runtime/machine_status.ts";
import { watchOverrunController } from "../runtime/controllers/runtime/watch_overruns.ts";
import { createEngine } from "../runtime/engine/engine.ts";
import type { Engine } from "../runtime/engine/engine.ts";
import { registerTypes } from "../runtime/resources/meta.ts";
import { MACHINE_NAMESPACES, machineTypes } from "../runtime/resources/machine_types.ts";
import { type MemoryState, memoryState } from "../runtime/state/memory.ts";
import { systemClock } from "../runtime/system/clock.ts";
import { systemRandom } from "../runtime/system/random.ts";
import { graphPort } from "./graph_port.ts";
import { overrunSource } from "./overrun_source.ts";
import { stepSource } from "./step_source.ts";
import type { MachineView } from "./machine_view.ts";
import type { Timeline } from "./timeline.ts";

/** Watch history of a kind, in events: begins small, since most kinds are. */
const HISTORY = { initial: 8, maximum: 1_024, gap: 4 };

/** What an agent is made of. */
export interface AgentParts {
  readonly log: Log;
  readonly timeline: Timeline;
  readonly view: MachineView;
}

/** State and controllers. Nothing runs before `engine.run`. */
export interface Agent {
  readonly state: MemoryState;
  readonly types: ResourceTypes;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Makes the state with its types, and the controllers every agent has. */
export async function createAgent(parts: AgentParts): Promise<Agent> {
  const { log, timeline, view } = parts;
  const clock = systemClock();
  const random = systemRandom();
  const types = machineTypes();
  const state = memoryState({ clock, random, history: HISTORY });
  await registerTypes(state, { namespaces: MACHINE_NAMESPACES, types });

  const engine = createEngine({ state, clock, random, log: log.named("engine") });
  await engine.register(bootStepController(stepSource(timeline)));
  await engine.register(machineStatusController(view));
  await engine.register(watchOverrunController(overrunSource(engine)));
  return { state, types, engine, clock, random, log };
}

/** What the API of an agent is told besides. */
export interface ListeningParts {
  readonly view: MachineView;
  readonly machine: MachinePort;
  /** Bearer token of the TCP listener; without one only health and version answer there. */
  readonly token: string | undefined;
  /** Address the TCP listener is bound to; a Host header may name it. */
  readonly hostname: string;
  /** Aborts when the agent ends: streams and listeners end. */
  readonly signal: AbortSignal;
}

/** What every listener of an agent is told. */
export interface Listening {
  readonly handle: Api["handle"];
  /** The same for what comes over HTTP/2. */
  readonly handler: Api["exchange"];
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Makes the API over an agent. */
export function createListening(agent: Agent, parts: ListeningParts): Listening {
  const { state, types, engine, clock, random, log } = agent;
  const { view, machine, token, hostname, signal } = parts;
  const api = createApi({
    state,
    types,
    machine,
    graph: graphPort({ engine, state, types, residentBytes: () => Deno.memoryUsage().rss }),
    health: () => view.health(),
    reservedOwner: (name) => engine.controllers().some((controller) => controller.name === name),
    log,
    clock,
    random,
    signal,
    hosts: [hostname],
    ...(token === undefined ? {} : { token }),
  });
  return { handle: api.handle, handler: api.exchange, clock, log: log.named("listener"), signal };
}
