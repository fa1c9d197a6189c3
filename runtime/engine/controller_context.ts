/** The context of a running controller: the state, as far as the controller declared it, in the controller's name. */
import type { Metadata, Pointer, Resource } from "../core/resource.ts";
import type { Cause, Change, State } from "../core/state.ts";
import type { Log } from "../core/ports.ts";
import { isNotFound } from "../core/errors.ts";
import { withMetadata } from "../core/metadata.ts";
import type { ControllerContext, Input, Reader, Writer } from "./controller.ts";
import {
  type Declared,
  requireFinalizers,
  requireList,
  requireRead,
  requireWrite,
} from "./access.ts";
import type { OutputTracker } from "./output_tracker.ts";

/** What the engine lends to a context. */
export interface ControllerHost {
  readonly state: State;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Asked at every call: inputs change. */
  readonly declared: () => Declared;
  readonly tracker: OutputTracker;
  /** Resolves to whether there is another turn. */
  readonly nextTurn: () => Promise<boolean>;
  readonly queueReconcile: () => void;
  readonly updateInputs: (inputs: readonly Input[]) => Promise<void>;
  readonly resetRestartBackoff: () => void;
}

export function controllerContext(host: ControllerHost): ControllerContext {
  const { state, tracker } = host;
  const owner = host.declared().name;
  const cause: Cause = Object.freeze({ actor: owner });
  return {
    ...reader(host),
    ...writer(host, cause),
    signal: host.signal,
    log: host.log,
    reconciles: () => turns(host),
    queueReconcile: host.queueReconcile,
    updateInputs: host.updateInputs,
    resetRestartBackoff: host.resetRestartBackoff,
    startTrackingOutputs: () => tracker.start(),
    async cleanupOutputs(...kinds) {
      tracker.requireStarted();
      for (const kind of kinds) {
        requireWrite(host.declared(), { ...kind, id: "" }, "destroy");
        for (const { metadata } of await state.list(kind)) {
          if (metadata.owner !== owner || tracker.has(metadata)) continue;
          await state.destroy(metadata, { owner, cause });
        }
      }
      tracker.stop();
      host.resetRestartBackoff();
    },
  };
}

function reader({ state, declared }: ControllerHost): Reader {
  return {
    async get(pointer, options) {
      requireRead(declared(), pointer);
      return await state.get(pointer, options);
    },
    async list(kind, options) {
      requireList(declared(), kind);
      return await state.list(kind, options);
    },
  };
}

function writer({ state, declared, tracker }: ControllerHost, cause: Cause): Writer {
  const owner = declared().name;
  const written = (metadata: Metadata, verb: "create" | "update" | "modify"): void => {
    requireWrite(declared(), metadata, verb);
    // Noted before the call: one that fails still tells that the resource is wanted.
    tracker.add(metadata);
  };
  const ended = (pointer: Pointer, verb: "teardown" | "destroy"): void =>
    requireWrite(declared(), pointer, verb);
  return {
    async create(resource) {
      written(resource.metadata, "create");
      return await state.create(resource, { owner, cause });
    },
    async update(resource, options) {
      written(resource.metadata, "update");
      return await state.update(owned(resource, owner), { ...options, owner, cause });
    },
    async modify(empty, change, options) {
      written(empty.metadata, "modify");
      const owning: Change = async (current) => owned(await change(current), owner);
      return await state.modify(empty, owning, { ...options, owner, cause });
    },
    async teardown(pointer) {
      ended(pointer, "teardown");
      return await state.teardown(pointer, { owner, cause });
    },
    async destroy(pointer) {
      ended(pointer, "destroy");
      await state.destroy(pointer, { owner, cause });
    },
    async addFinalizer(pointer, ...finalizers) {
      requireFinalizers(declared(), pointer);
      await state.addFinalizer(pointer, finalizers, { cause });
    },
    async removeFinalizer(pointer, ...finalizers) {
      requireFinalizers(declared(), pointer);
      try {
        await state.removeFinalizer(pointer, finalizers, { cause });
      } catch (error) {
        if (!isNotFound(error)) throw error; // Gone, and the finalizer with it.
      }
    },
  };
}

/** What a controller writes stays its own, however the resource was made. */
function owned(resource: Resource, owner: string): Resource {
  return resource.metadata.owner === owner ? resource : withMetadata(resource, { owner });
}

async function* turns(host: ControllerHost): AsyncGenerator<void> {
  while (await host.nextTurn()) yield;
}
