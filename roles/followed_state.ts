/** The machine's own resources, watched so that their changes become events. */
import type { EventFacts } from "../api/event_port.ts";
import type { Log } from "../runtime/core/ports.ts";
import type { Kind, Resource } from "../runtime/core/resource.ts";
import type { State, WatchEvent } from "../runtime/core/state.ts";
import { bootStep, machineStatus } from "../runtime/resources/runtime.ts";
import { serviceStatus } from "../runtime/resources/service.ts";
import { machineStatusEvents, serviceEvents, stepEvents } from "./event_sources.ts";
import type { MachineEvents } from "./machine_events.ts";

/** What a change of a resource tells. */
type Tell = (before: Resource | undefined, after: Resource) => readonly EventFacts[];

/** The kinds that tell events. */
const FOLLOWED: readonly (readonly [Kind, Tell])[] = [
  [machineStatus, (before, after) => {
    if (!machineStatus.is(after)) return [];
    return machineStatusEvents(
      before && machineStatus.is(before) ? before.spec : undefined,
      after.spec,
    );
  }],
  [bootStep, (before, after) => {
    if (!bootStep.is(after)) return [];
    const old = before && bootStep.is(before) ? before.spec : undefined;
    return stepEvents(after.metadata.id, { before: old, after: after.spec });
  }],
  [serviceStatus, (before, after) => {
    if (!serviceStatus.is(after)) return [];
    const old = before && serviceStatus.is(before) ? before.spec : undefined;
    return serviceEvents(after.metadata.id, { before: old, after: after.spec });
  }],
];

/**
 * Tells `events` of each change, those before it began included, until `signal` aborts. A watch that is overtaken begins
 * again, and what was told is not told twice.
 */
export async function followState(
  state: State,
  events: Pick<MachineEvents, "publish">,
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  const following = FOLLOWED.map(async ([{ namespace, type }, tell]) => {
    const known = new Map<string, Resource>();
    const kind = { namespace, type };
    try {
      while (!signal.aborted) {
        const watch = await state.watchKind(kind, { bootstrapContents: true, signal });
        await follow(watch, known, (before, after) => {
          for (const facts of tell(before, after)) events.publish(facts);
        });
      }
    } catch (error) {
      if (!signal.aborted) log.write("error", `no more events of ${type}`, { error });
    }
  });
  await Promise.all(following);
}

/** Follows one watch to its end. @param known What was told of, by id: no more than there are resources. */
async function follow(
  watch: AsyncIterable<WatchEvent>,
  known: Map<string, Resource>,
  changed: (before: Resource | undefined, after: Resource) => void,
): Promise<void> {
  const there = new Set<string>();
  for await (const event of watch) {
    switch (event.event) {
      case "created":
      case "updated": {
        const { resource } = event;
        const { id } = resource.metadata;
        there.add(id);
        changed(known.get(id), resource);
        known.set(id, resource);
        break;
      }
      case "destroyed":
        there.delete(event.resource.metadata.id);
        known.delete(event.resource.metadata.id);
        break;
      case "bootstrapped":
        for (const id of known.keys()) if (!there.has(id)) known.delete(id);
        break;
      default:
        break;
    }
  }
}
