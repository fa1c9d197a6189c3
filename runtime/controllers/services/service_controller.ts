/**
 * Has a supervisor run what the ServiceSpecs wish, and says in ServiceStatuses how each service is.
 *
 * A spec is held by the controller's finalizer until nothing of its service is left. What goes wrong with one service is
 * told in its status, or in the log where that cannot be written, and is none of the others'.
 */
import type { ServiceSpec } from "../../../proto/gen/strata/runtime/v1/service_pb.ts";
import type { Clock } from "../../core/ports.ts";
import type { Metadata, Pointer } from "../../core/resource.ts";
import type { Controller, ControllerContext } from "../../engine/controller.ts";
import { endResource, hold } from "../../engine/generic/holding.ts";
import { serviceSpec, ServiceState, serviceStatus } from "../../resources/service.ts";
import { newView, type ServiceView, statusOf } from "./service_view.ts";
import { SERVICES_MAX, type Supervisor } from "./supervisor.ts";

const NAME = "runtime.ServiceController";

/** Milliseconds between two looks at what services take. */
export const MEASURE_MS = 15_000;

/** Joins `supervisor` to the resources; it outlives the controller's runs. */
export function serviceController(supervisor: Supervisor, clock: Clock): Controller {
  return {
    name: NAME,
    inputs: [
      { ...kindOf(serviceSpec), kind: "strong" },
      // Somebody may hold by a finalizer the status of a service that is gone.
      { ...kindOf(serviceStatus), kind: "destroy-ready" },
    ],
    outputs: [{ type: serviceStatus.type, kind: "exclusive" }],
    async run(context: ControllerContext): Promise<void> {
      using _touched = supervisor.onTouch(() => context.queueReconcile());
      measureOften(supervisor, { clock, context });
      const statuses = new Statuses(context, clock);
      for await (const _ of context.reconciles()) {
        await keepServices(supervisor, { context, statuses });
        context.resetRestartBackoff();
      }
    },
  };
}

/** Also tries again what could not be written. */
async function measureOften(
  supervisor: Supervisor,
  { clock, context }: { readonly clock: Clock; readonly context: ControllerContext },
): Promise<void> {
  const { signal } = context;
  while (!signal.aborted) {
    await clock.sleep(MEASURE_MS, { signal }).catch(() => {}); // Aborted: the loop ends.
    if (signal.aborted) return;
    supervisor.measure();
    context.queueReconcile();
  }
}

/** What a turn works with. */
interface Turn {
  readonly context: ControllerContext;
  readonly statuses: Statuses;
}

async function keepServices(supervisor: Supervisor, turn: Turn): Promise<void> {
  const { context, statuses } = turn;
  const wanted = new Map<string, ServiceSpec>();
  const leaving: Metadata[] = [];
  for (const each of await context.list(kindOf(serviceSpec))) {
    const { metadata } = each;
    if (metadata.phase !== "running") leaving.push(metadata);
    else if (serviceSpec.is(each) && await isHeld(supervisor, metadata, context)) {
      wanted.set(metadata.id, each.spec);
    }
  }
  supervisor.apply(wanted);
  for (const id of new Set([...supervisor.ids, ...wanted.keys()])) {
    const runner = supervisor.runner(id);
    if (runner?.isOver !== true) await statuses.write(id, runner?.view);
  }
  for (const metadata of leaving) await release(supervisor, metadata, turn);
  await statuses.endOthers((id) => isThere(supervisor, id) || wanted.has(id));
}

/** Holds the spec. One that cannot be held now is run on where it ran, and not begun. */
async function isHeld(
  supervisor: Supervisor,
  metadata: Metadata,
  context: ControllerContext,
): Promise<boolean> {
  if (metadata.finalizers.includes(NAME)) return true;
  try {
    return await hold(context, metadata, NAME);
  } catch (error) {
    context.log.write("warn", "cannot hold a service's spec", { service: metadata.id, error });
    return isThere(supervisor, metadata.id);
  }
}

function isThere(supervisor: Supervisor, id: string): boolean {
  return supervisor.runner(id)?.isOver === false;
}

/** Lets go of the spec of a service of which nothing is left. */
async function release(supervisor: Supervisor, metadata: Metadata, turn: Turn): Promise<void> {
  const { context, statuses } = turn;
  if (!metadata.finalizers.includes(NAME) || isThere(supervisor, metadata.id)) return;
  try {
    if (await statuses.end(metadata.id)) await context.removeFinalizer(metadata, NAME);
  } catch (error) {
    context.log.write("warn", "cannot release a service's spec", { service: metadata.id, error });
  }
}

/** The statuses, as they were written last. */
class Statuses {
  readonly #context: ControllerContext;
  readonly #clock: Clock;
  readonly #written = new Map<string, ServiceView>();

  constructor(context: ControllerContext, clock: Clock) {
    this.#context = context;
    this.#clock = clock;
  }

  /** Writes what changed. Without a view, the service is one too many. */
  async write(id: string, view: ServiceView | undefined): Promise<void> {
    const before = this.#written.get(id);
    const next = view ?? (before?.message === TOO_MANY ? before : this.#refused());
    if (before === next) return;
    try {
      const init = statusOf(next);
      await this.#context.modify(
        serviceStatus.newResource(id, {}),
        (current) => serviceStatus.withSpec(current, init),
      );
      this.#written.set(id, next);
    } catch (error) {
      this.#written.delete(id);
      this.#context.log.write("warn", "cannot write a service's status", { service: id, error });
    }
  }

  /** @returns Whether it is gone. */
  async end(id: string): Promise<boolean> {
    this.#written.delete(id);
    return await endResource(this.#context, { ...kindOf(serviceStatus), id });
  }

  /** Ends those of services that nobody wants and that are not there. */
  async endOthers(isKept: (id: string) => boolean): Promise<void> {
    for (const { metadata } of await this.#context.list(kindOf(serviceStatus))) {
      if (isKept(metadata.id)) continue;
      try {
        await this.end(metadata.id);
      } catch (error) {
        const service = metadata.id;
        this.#context.log.write("warn", "cannot end a service's status", { service, error });
      }
    }
  }

  #refused(): ServiceView {
    return { ...newView(this.#clock.now()), state: ServiceState.FAILED, message: TOO_MANY };
  }
}

const TOO_MANY = `Cannot run it: there are ${SERVICES_MAX} services, as many as there may be`;

function kindOf({ namespace, type }: Omit<Pointer, "id">): Omit<Pointer, "id"> {
  return { namespace, type };
}
