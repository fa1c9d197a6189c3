/** Somebody outside the engine, who creates, changes and ends resources as users do. */
import { isConflict, isNotFound, isOverrun } from "../../runtime/core/errors.ts";
import type { Kind, Pointer, Resource } from "../../runtime/core/resource.ts";
import type { State } from "../../runtime/core/state.ts";
import type { Simulation } from "../../runtime/sim/simulation.ts";
import { item, valueOf } from "../fakes/engine_house.ts";

/** Creates a resource, or gives it another content. */
export async function put(
  state: State,
  { id, value, labels = {}, ...kind }: Pointer & {
    readonly value: string;
    readonly labels?: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const wanted = item(kind, id, value, labels);
  await state.modify(wanted, ({ metadata }) => ({ ...wanted, metadata }));
}

/** Waits until the resource has that content. */
export async function becomes(
  state: State,
  { value, ...pointer }: Pointer & { readonly value: string },
): Promise<void> {
  await shows(state, pointer, (resource) => valueOf(resource) === value);
}

/** Waits until somebody holds the resource. */
export async function held(state: State, pointer: Pointer): Promise<void> {
  await shows(state, pointer, ({ metadata }) => metadata.finalizers.length > 0);
}

/** Tears a resource down and destroys it when everybody let go, however often somebody comes in between. */
export async function end(state: State, pointer: Pointer): Promise<void> {
  await state.teardown(pointer);
  for (;;) {
    try {
      return await state.destroy(pointer);
    } catch (error) {
      if (isNotFound(error)) return;
      if (!isConflict(error)) throw error;
      await letGo(state, pointer);
    }
  }
}

/** Waits until nobody holds the resource, which nobody does when it is gone. */
async function letGo(state: State, pointer: Pointer): Promise<void> {
  await shows(state, pointer, ({ metadata }) => metadata.finalizers.length === 0);
}

/** Waits until the resource is so, and looks again when too much happened meanwhile. */
async function shows(
  state: State,
  pointer: Pointer,
  predicate: (resource: Resource) => boolean,
): Promise<void> {
  for (;;) {
    try {
      return void await state.watchFor(pointer, { predicate });
    } catch (error) {
      if (!isOverrun(error)) throw error;
    }
  }
}

/** What is left, one line a resource; versions and times aside. */
export function left(simulation: Pick<Simulation, "listNow">, kinds: readonly Kind[]): string[] {
  return kinds.flatMap((kind) =>
    simulation.listNow(kind).map((resource) => {
      const { type, id, phase, owner, finalizers, labels } = resource.metadata;
      const parts = [
        `${type}/${id}=${valueOf(resource)}`,
        ...(phase === "running" ? [] : [phase]),
        ...(owner === "" ? [] : [`of ${owner}`]),
        ...[...finalizers].sort().map((name) => `held by ${name}`),
        ...Object.entries(labels).sort().map(([key, value]) => `${key}:${value}`),
      ];
      return parts.join(" ");
    })
  );
}
