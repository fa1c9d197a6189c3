/** An engine on a state of its own, and controllers to try it with. */
import { newMetadata } from "../../runtime/core/metadata.ts";
import { OpaqueSpec } from "../../runtime/core/opaque.ts";
import type { Kind, Resource } from "../../runtime/core/resource.ts";
import type { State } from "../../runtime/core/state.ts";
import { watchFor } from "../../runtime/core/watch_for.ts";
import { isNotFound } from "../../runtime/core/errors.ts";
import type { Controller, ControllerContext } from "../../runtime/engine/controller.ts";
import type { ControllerStatus } from "../../runtime/engine/controller_status.ts";
import { createEngine, type Engine, type EngineOptions } from "../../runtime/engine/engine.ts";
import { memoryState } from "../../runtime/state/memory.ts";
import { FakeClock } from "./clock.ts";
import { FakeLog } from "./log.ts";
import { FakeRandom } from "./random.ts";

export const INTS: Kind = { namespace: "default", type: "test/int" };
export const STRS: Kind = { namespace: "default", type: "test/str" };

/** A resource whose content is a text. */
export function item(
  { namespace, type }: Kind,
  id: string,
  value: string,
  labels: Readonly<Record<string, string>> = {},
): Resource {
  const spec = new OpaqueSpec(new TextEncoder().encode(value), "");
  return { metadata: newMetadata({ namespace, type, id, labels }), spec };
}

/** The content of {@linkcode item}. */
export function valueOf({ spec }: Resource): string {
  return spec instanceof OpaqueSpec ? new TextDecoder().decode(spec.proto()) : "";
}

/** An engine and what it runs on. */
export interface House extends AsyncDisposable {
  readonly state: State;
  readonly clock: FakeClock;
  readonly log: FakeLog;
  readonly engine: Engine;
  readonly stop: AbortController;
  /** Runs the engine; resolves when it ended. */
  start(): Promise<void>;
}

/** An engine on a state of its own; disposing of it ends it and waits for the end. */
export function house(
  wrap: (state: State) => State = (state) => state,
  options: Partial<EngineOptions> = {},
): House {
  const clock = new FakeClock();
  const random = new FakeRandom();
  const log = new FakeLog();
  const history = { initial: 8, maximum: 8, gap: 1 };
  const state = memoryState({ clock, random, history });
  const engine = createEngine({ state: wrap(state), clock, random, log, ...options });
  const stop = new AbortController();
  let running: Promise<void> | undefined;
  return {
    state,
    clock,
    log,
    engine,
    stop,
    start: () => running = engine.run(stop.signal),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

/** A controller made of its parts: with `turn` it does that at every turn. */
export function controller(
  name: string,
  parts: Partial<Controller> & { readonly turn?: (context: ControllerContext) => unknown },
): Controller {
  return {
    name,
    inputs: [],
    outputs: [],
    async run(context) {
      for await (const _ of context.reconciles()) await parts.turn?.(context);
    },
    ...parts,
  };
}

/** Maps ints to strs one by one; an int is held until its str is gone. */
export function intToStr(): Controller {
  const name = "test.IntToStrController";
  return controller(name, {
    inputs: [{ ...INTS, kind: "strong" }, { ...STRS, kind: "destroy-ready" }],
    outputs: [{ type: STRS.type, kind: "exclusive" }],
    async turn(context) {
      for (const int of await context.list(INTS)) {
        const { id, phase } = int.metadata;
        if (phase === "running") {
          await context.addFinalizer(int.metadata, name);
          const wanted = item(STRS, id, `<${valueOf(int)}>`);
          await context.modify(wanted, ({ metadata }) => ({ ...wanted, metadata }));
          continue;
        }
        const ready = await context.teardown({ ...STRS, id }).catch((error) => {
          if (!isNotFound(error)) throw error;
          return undefined;
        });
        if (ready === false) continue;
        if (ready) await context.destroy({ ...STRS, id });
        await context.removeFinalizer(int.metadata, name);
      }
    },
  });
}

/** Waits for a str of that content. */
export function becomes(state: State, id: string, value: string): Promise<Resource> {
  return watchFor(state, { ...STRS, id }, {
    events: ["created", "updated"],
    predicate: (resource) => valueOf(resource) === value,
  });
}

/** Resolves when the controllers are as wanted; looks again whenever the event loop turned. */
export async function until(
  engine: Engine,
  wanted: (controllers: readonly ControllerStatus[]) => boolean,
): Promise<void> {
  while (!wanted(engine.controllers())) await new Promise((resolve) => setTimeout(resolve, 0));
}
