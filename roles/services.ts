/** Services of a machine: the supervisor on its kernel, its controller, and what the wire and the end need of it. */
import type { ServicePort } from "../api/service_port.ts";
import type { Kernel } from "../fs/kernel/kernel.ts";
import { SyscallError } from "../fs/kernel/syscall_error.ts";
import { serviceController } from "../runtime/controllers/services/service_controller.ts";
import type { ServiceChange } from "../runtime/controllers/services/service_view.ts";
import type {
  HealthProbe,
  ServiceProcesses,
} from "../runtime/controllers/services/service_world.ts";
import { Supervisor } from "../runtime/controllers/services/supervisor.ts";
import type { LogLevel } from "../runtime/core/ports.ts";
import type { Agent } from "./agent.ts";
import { type HeadStart, withHeadStart } from "./head_start.ts";
import { healthProbe } from "./health_probes.ts";
import { serviceCgroups } from "./service_cgroups.ts";
import { serviceConditions } from "./service_conditions.ts";
import { servicePort } from "./service_port.ts";

/** What services stand on. */
export type ServicesAgent = Pick<Agent, "engine" | "clock" | "random" | "log">;

/** What the machine has of its services. */
export interface Services {
  readonly port: ServicePort;
  /** As {@linkcode Supervisor.onChange}. */
  onChange(listener: (change: ServiceChange) => void): Disposable;
  /** As {@linkcode Supervisor.stopAll}. */
  stopAll(deadlineMs: number): Promise<readonly string[]>;
}

/**
 * Registers the controller of services. What it runs lives in cgroups below {@linkcode CGROUP}.services, which
 * `prepareCgroups` makes.
 *
 * @param options `probe` asks whether services are well, by sockets and programs unless given. `face` is what was begun
 * before.
 */
export async function startServices(
  agent: ServicesAgent,
  kernel: Kernel,
  { face, probe }: {
    readonly face?: HeadStart | undefined;
    readonly probe?: HealthProbe | undefined;
  } = {},
): Promise<Services> {
  const { engine, clock, random } = agent;
  const log = agent.log.named("services");
  const supervisor = new Supervisor({
    processes: withHeadStart(serviceProcesses(kernel), face),
    cgroups: serviceCgroups(kernel),
    conditions: serviceConditions(kernel),
    probe: probe ?? healthProbe({ kernel, clock, random }),
    clock,
    random,
    log,
  });
  supervisor.onChange(({ id, state, message }) => {
    log.write(LEVELS.get(state) ?? "info", `${id}: ${state}`, message === "" ? {} : { message });
  });
  await engine.register(serviceController(supervisor, clock));
  return {
    port: servicePort(supervisor),
    onChange: (listener) => supervisor.onChange(listener),
    stopAll: (deadlineMs) => supervisor.stopAll(deadlineMs),
  };
}

/** States that are more, or less, than information. */
const LEVELS: ReadonlyMap<string, LogLevel> = new Map([["Failed", "warn"], ["Starting", "debug"]]);

/** Processes as the kernel starts them; a signal to one that has ended is fine. */
export function serviceProcesses(kernel: Kernel): ServiceProcesses {
  return {
    start: (request) => kernel.startProcess(request),
    signal(pid, signal) {
      try {
        kernel.signalProcess(pid, signal);
      } catch (error) {
        if (!(error instanceof SyscallError && error.is("ESRCH"))) throw error; // It ended: fine.
      }
    },
  };
}
