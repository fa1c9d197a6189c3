/** What a controller writes: what it declared, in its own name, and no faster than it may. */
import type { Metadata, Pointer, Resource } from "../core/resource.ts";
import type { Cause, Change, State } from "../core/state.ts";
import { isNotFound } from "../core/errors.ts";
import { withMetadata } from "../core/metadata.ts";
import { type Declared, requireFinalizers, requireWrite } from "./access.ts";
import { errorText } from "./error_text.ts";
import type { Writer } from "./controller.ts";
import type { RateLimiter } from "./rate_limit.ts";

/** What is lent to a writer. */
export interface WriterHost {
  readonly state: State;
  /** Ends waits for the rate limit. */
  readonly signal: AbortSignal;
  /** Asked at every call: inputs change. */
  readonly declared: () => Declared;
  /** Asked at every call: what the controller was shown last. */
  readonly cause: () => Cause;
  readonly limiter: RateLimiter | undefined;
  /** Told of every resource that is wanted. */
  readonly onWrite: (pointer: Pointer) => void;
}

export function writer(host: WriterHost): Writer {
  const { declared } = host;
  return {
    ...resourceWriter(host, declared().name),
    ...finalizerWriter(host),
  };
}

type ResourceWriter = Omit<Writer, "addFinalizer" | "removeFinalizer">;

function resourceWriter(host: WriterHost, name: string): ResourceWriter {
  const { state, declared, cause, onWrite } = host;
  const written = async (
    metadata: Metadata,
    verb: "create" | "update" | "modify",
  ): Promise<void> => {
    await admitted(host, verb);
    requireWrite(declared(), metadata, verb);
    // Noted before the call: one that fails still tells that the resource is wanted.
    onWrite(metadata);
  };
  const ended = async (pointer: Pointer, verb: "teardown" | "destroy"): Promise<void> => {
    await admitted(host, verb);
    requireWrite(declared(), pointer, verb);
  };
  return {
    async create(resource, options) {
      await written(resource.metadata, "create");
      return await state.create(resource, { owner: name, ...options, cause: cause() });
    },
    async update(resource, options) {
      await written(resource.metadata, "update");
      const mine = ownedBy(resource, name);
      return await state.update(mine, { ...options, owner: name, cause: cause() });
    },
    async modify(empty, change, options) {
      await written(empty.metadata, "modify");
      const owner = options?.owner ?? name;
      const owning: Change = async (current) => ownedBy(await change(current), owner);
      return await state.modify(empty, owning, { ...options, owner, cause: cause() });
    },
    async teardown(pointer, options) {
      await ended(pointer, "teardown");
      return await state.teardown(pointer, { owner: name, ...options, cause: cause() });
    },
    async destroy(pointer, options) {
      await ended(pointer, "destroy");
      await state.destroy(pointer, { owner: name, ...options, cause: cause() });
    },
  };
}

function finalizerWriter(host: WriterHost): Pick<Writer, "addFinalizer" | "removeFinalizer"> {
  const { state, declared, cause } = host;
  return {
    async addFinalizer(pointer, ...finalizers) {
      await admitted(host, "add finalizer");
      requireFinalizers(declared(), pointer);
      await state.addFinalizer(pointer, finalizers, { cause: cause() });
    },
    async removeFinalizer(pointer, ...finalizers) {
      await admitted(host, "remove finalizer");
      requireFinalizers(declared(), pointer);
      try {
        await state.removeFinalizer(pointer, finalizers, { cause: cause() });
      } catch (error) {
        if (!isNotFound(error)) throw error; // Gone, and the finalizer with it.
      }
    },
  };
}

/** Waits for the controller's turn to write. */
async function admitted({ limiter, signal }: WriterHost, verb: string): Promise<void> {
  try {
    await limiter?.take(signal);
  } catch (error) {
    throw new Error(`${verb} rate limited: ${errorText(error)}`, { cause: error });
  }
}

/** What a controller writes stays its own, however the resource was made. */
function ownedBy(resource: Resource, owner: string): Resource {
  return resource.metadata.owner === owner ? resource : withMetadata(resource, { owner });
}
