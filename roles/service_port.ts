/** What the wire asks of services, answered by their supervisor. */
import { MachineError } from "../api/machine_port.ts";
import type { LogRequest, ServiceFacts, ServicePort, ServiceUsage } from "../api/service_port.ts";
import type { ServiceRunner } from "../runtime/controllers/services/service_runner.ts";
import {
  type ServiceChange,
  type ServiceView,
  stateName,
} from "../runtime/controllers/services/service_view.ts";
import type { Supervisor } from "../runtime/controllers/services/supervisor.ts";
import type { Timestamp } from "../runtime/core/resource.ts";
import { ServiceHealth } from "../runtime/resources/service.ts";

/** Characters of an unknown name that are repeated. */
const SHOWN_MAX = 64;

/** Makes the port. */
export function servicePort(supervisor: Supervisor): ServicePort {
  const find = (id: string): ServiceRunner => {
    const runner = supervisor.runner(id);
    if (runner !== undefined && !runner.isOver) return runner;
    const name = JSON.stringify(id.slice(0, SHOWN_MAX));
    const known = supervisor.ids.join(", ") || "nothing: there is no service";
    throw new MachineError("not-found", `Cannot find service ${name}: it may be ${known}`);
  };
  const operable = (id: string, verb: string): ServiceRunner => {
    const runner = find(id);
    if (runner.plan?.operable === true) return runner;
    if (runner.plan === undefined) {
      throw new MachineError("invalid", `Cannot ${verb} service "${id}": ${runner.view.message}`);
    }
    throw new MachineError(
      "precondition",
      `Service "${id}" does not allow operators to ${verb} it`,
    );
  };
  return {
    list: () => supervisor.ids.flatMap((id) => factsOf(supervisor, id)),
    start(id) {
      const runner = operable(id, "start");
      const wasAlive = runner.isAlive && !runner.isEnding;
      runner.start();
      return wasAlive ? `Service "${id}" runs already` : `Service "${id}" is being started`;
    },
    stop(id) {
      const runner = operable(id, "stop");
      const wasAlive = runner.isAlive;
      runner.stop();
      return wasAlive ? `Service "${id}" is being stopped` : `Service "${id}" does not run`;
    },
    restart(id) {
      operable(id, "restart").restart();
      return `Service "${id}" is being restarted`;
    },
    usage: () => supervisor.ids.flatMap((id) => usageOf(supervisor, id)),
    logs: () => supervisor.ids,
    async *readLog(id, request) {
      yield* piecesOf(find(id), request);
    },
  };
}

async function* piecesOf(
  { log }: ServiceRunner,
  request: LogRequest,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const records of log.read(request)) {
    const [first] = records;
    if (records.length === 1 && first !== undefined) yield first.lines;
    else yield joined(records.map(({ lines }) => lines));
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function factsOf(supervisor: Supervisor, id: string): readonly ServiceFacts[] {
  const runner = supervisor.runner(id);
  if (runner === undefined || runner.isOver) return [];
  const events = supervisor.changes(id).map(({ message, state, time }: ServiceChange) => ({
    message,
    state,
    time: nanosOf(time),
  }));
  return [{ id, state: stateName(runner.view.state), events, health: healthOf(runner.view) }];
}

function healthOf({ health, healthMessage, healthSince }: ServiceView): ServiceFacts["health"] {
  return {
    known: health !== ServiceHealth.UNSPECIFIED,
    healthy: health === ServiceHealth.HEALTHY,
    message: healthMessage,
    changed: healthSince === undefined ? 0n : nanosOf(healthSince),
  };
}

function usageOf(supervisor: Supervisor, id: string): readonly ServiceUsage[] {
  const runner = supervisor.runner(id);
  const usage = runner?.usage();
  if (runner === undefined || usage === undefined) return [];
  return [{ id, pid: runner.view.pid, memory: usage.memory, cpu: usage.cpuUs * 1_000n }];
}

function nanosOf({ seconds, nanos }: Timestamp): bigint {
  return seconds * 1_000_000_000n + BigInt(nanos);
}
