/** A queue controller that keeps one resource for each resource of another kind, one at a time. */
import { isNotFound, isPhaseConflict } from "../../core/errors.ts";
import type { Metadata, Pointer, Resource } from "../../core/resource.ts";
import type { Output } from "../controller.ts";
import type {
  QueueContext,
  QueueController,
  QueueInput,
  QueueSettings,
  ReducedMetadata,
} from "../queue_controller.ts";
import { RequeueError, within } from "../requeue.ts";
import { endResource, hold } from "./holding.ts";
import type { InputMapper } from "./input_mappers.ts";
import { type QueueTransformContext, TransformContext } from "./transform_context.ts";
import { bareKind, type TypedKind, understood } from "./typed_kind.ts";

export type { QueueTransformContext };

/** The output of an input is to be ended for now; the input stays held. */
export class DestroyOutputError extends Error {
  override readonly name = "DestroyOutputError";
}

/** Another input, and which primaries its changes concern. */
export interface MappedInput {
  readonly input: QueueInput & { readonly kind: "q-mapped" | "q-mapped-destroy-ready" };
  /** Gives ids of primaries. */
  readonly map: InputMapper;
}

/** What {@linkcode queueTransformController} is told. */
export interface QueueTransform<In = unknown, Out = unknown> {
  readonly name: string;
  readonly input: TypedKind<In>;
  readonly output: TypedKind<Out>;
  /** The output of an input, as it is before anything is known of it; undefined: the input is not looked at at all. */
  readonly map: (input: Resource<In>) => Resource<Out> | undefined;
  /** The id of the input of an output; undefined: it has none. */
  readonly unmap: (output: ReducedMetadata) => string | undefined;
  /**
   * The output as it should be. `SkipError` leaves it as it is, {@linkcode DestroyOutputError} ends it; after any other
   * error the item backs off. It may run more than once for one job.
   */
  readonly transform: (
    input: Resource<In>,
    output: Resource<Out>,
    context: QueueTransformContext,
  ) => Resource<Out> | Promise<Resource<Out>>;
  /** Asked before the output of an input that is to go is torn down: what it throws keeps both. */
  readonly finalizerRemoval?: (input: Resource<In>, context: QueueContext) => void | Promise<void>;
  /** An input that is to go counts as running while anybody but these, and the controller itself, holds it. */
  readonly ignoreTeardownUntil?: readonly string[];
  /** An input that is to go counts as running while any of these holds it. */
  readonly ignoreTeardownWhile?: readonly string[];
  readonly mappedInputs?: readonly MappedInput[];
  readonly extraOutputs?: readonly Output[];
  /** `exclusive` unless given. */
  readonly outputKind?: Output["kind"];
  readonly concurrency?: number;
  readonly hooks?: Pick<QueueSettings, "run" | "shutdown">;
}

/** Keeps an output for each input, and holds the input by a finalizer of the controller's name until it is gone. */
export function queueTransformController<In, Out>(
  transform: QueueTransform<In, Out>,
): QueueController {
  const { name, input, output, mappedInputs = [], concurrency } = transform;
  const isOneKind = input.namespace === output.namespace && input.type === output.type;
  if (isOneKind) {
    throw new Error(`Cannot make controller "${name}": input and output are the same kind`);
  }
  return {
    name,
    settings: {
      inputs: [
        { ...bareKind(input), kind: "q-primary" },
        { ...bareKind(output), kind: "q-mapped-destroy-ready" },
        ...mappedInputs.map((mapped) => mapped.input),
      ],
      outputs: [
        { type: output.type, kind: transform.outputKind ?? "exclusive" },
        ...transform.extraOutputs ?? [],
      ],
      ...(concurrency === undefined ? {} : { concurrency }),
      ...transform.hooks,
    },
    reconcile: (context, pointer) => reconcile(transform, context, pointer),
    async mapInput(context, changed) {
      const ids = await idsOf(transform, context, changed);
      return ids.map((id) => ({ ...bareKind(input), id }));
    },
  };
}

async function idsOf<In, Out>(
  { output, unmap, mappedInputs = [] }: QueueTransform<In, Out>,
  context: QueueContext,
  changed: ReducedMetadata,
): Promise<readonly string[]> {
  const { namespace, type } = changed;
  if (type === output.type && namespace === output.namespace) {
    const id = unmap(changed);
    return id === undefined ? [] : [id];
  }
  const ids = new Set<string>();
  for (const mapped of mappedInputs) {
    if (mapped.input.type !== type || mapped.input.namespace !== namespace) continue;
    for (const id of await mapped.map(changed, context)) ids.add(id);
  }
  return [...ids];
}

async function reconcile<In, Out>(
  transform: QueueTransform<In, Out>,
  context: QueueContext,
  pointer: Pointer,
): Promise<void> {
  const found = await unlessMissing(() => context.get(pointer));
  if (found === undefined) return;
  const input = understood(transform.input, found);
  const empty = transform.map(input);
  if (empty === undefined) return;
  const job = new Job(transform, { context, input, empty });
  if (input.metadata.phase === "running" || ignoresTeardown(transform, input.metadata)) {
    await job.keep();
  } else {
    await job.leave();
  }
}

function ignoresTeardown<In, Out>(
  { name, ignoreTeardownUntil, ignoreTeardownWhile }: QueueTransform<In, Out>,
  { finalizers }: Metadata,
): boolean {
  // One that was never held by us had no output, and must not get one now.
  if (!finalizers.includes(name)) return false;
  const isHeldByOthers = ignoreTeardownUntil !== undefined &&
    finalizers.some((other) => other !== name && !ignoreTeardownUntil.includes(other));
  return isHeldByOthers || finalizers.some((held) => ignoreTeardownWhile?.includes(held));
}

/** One input, and its output. */
class Job<In, Out> {
  readonly #transform: QueueTransform<In, Out>;
  readonly #context: QueueContext;
  readonly #input: Resource<In>;
  readonly #empty: Resource<Out>;

  constructor(
    transform: QueueTransform<In, Out>,
    parts: {
      readonly context: QueueContext;
      readonly input: Resource<In>;
      readonly empty: Resource<Out>;
    },
  ) {
    this.#transform = transform;
    this.#context = parts.context;
    this.#input = parts.input;
    this.#empty = parts.empty;
  }

  /** The output is to be there. */
  async keep(): Promise<void> {
    const { name } = this.#transform;
    const { metadata } = this.#input;
    if (!metadata.finalizers.includes(name) && !await hold(this.#context, metadata, name)) return;
    // An output on its way out must be gone before a new one is made.
    while (await this.#write() === "blocked") {
      if (!await endResource(this.#context, this.#empty.metadata)) return;
    }
  }

  /** Writes the output, or ends it where the transform says so; not while there is one that is to go. */
  async #write(): Promise<"written" | "blocked"> {
    let requeueMs = 0;
    let isSeen = false;
    try {
      await this.#context.modify(this.#empty, (current) => {
        isSeen = true;
        requeueMs = 0;
        return this.#made(current, (milliseconds) => requeueMs = milliseconds);
      });
    } catch (error) {
      if (!isSeen && isPhaseConflict(error)) return "blocked";
      if (within(error, DestroyOutputError) === undefined) throw error;
      await endResource(this.#context, this.#empty.metadata);
      return "written";
    }
    if (requeueMs > 0) throw new RequeueError(requeueMs);
    return "written";
  }

  /** The input is to go: its output first. */
  async leave(): Promise<void> {
    const { name, finalizerRemoval } = this.#transform;
    await finalizerRemoval?.(this.#input, this.#context);
    if (!await endResource(this.#context, this.#empty.metadata)) return;
    await this.#context.removeFinalizer(this.#input.metadata, name);
  }

  #made(
    current: Resource,
    requeueAfter: (milliseconds: number) => void,
  ): Resource<Out> | Promise<Resource<Out>> {
    const { output, transform } = this.#transform;
    const context = new TransformContext(this.#context, requeueAfter);
    return transform(this.#input, understood(output, current), context);
  }
}

async function unlessMissing(get: () => Promise<Resource>): Promise<Resource | undefined> {
  try {
    return await get();
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return undefined;
  }
}
