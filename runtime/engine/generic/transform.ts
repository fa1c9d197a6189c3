/** A controller that keeps one resource for each resource of another kind, looking at all of them at every turn. */
import { isOwnerConflict, isPhaseConflict } from "../../core/errors.ts";
import type { Kind, Metadata, Pointer, Resource } from "../../core/resource.ts";
import type { Query } from "../../core/state.ts";
import type { Controller, ControllerContext, Input, Output } from "../controller.ts";
import { isSkip } from "../requeue.ts";
import { endResource, hold } from "./holding.ts";
import { ItemErrors } from "./item_errors.ts";
import { bareKind, type TypedKind, understood } from "./typed_kind.ts";

/** What {@linkcode transformController} is told. */
export interface Transform<In = unknown, Out = unknown> {
  readonly name: string;
  readonly input: TypedKind<In>;
  /** Resources of it that the controller does not own are never touched. */
  readonly output: TypedKind<Out>;
  /** The output of an input, as it is before anything is known of it; undefined: it has none. */
  readonly map: (input: Resource<In>) => Resource<Out> | undefined;
  /**
   * The output as it should be. `SkipError` leaves it as it is, any other error is reported when all other items were
   * looked at. It may run more than once for one turn.
   */
  readonly transform: (
    input: Resource<In>,
    output: Resource<Out>,
    context: ControllerContext,
  ) => Resource<Out> | Promise<Resource<Out>>;
  /** Which inputs are looked at; all unless given. */
  readonly query?: Query;
  readonly extraInputs?: readonly Input[];
  readonly extraOutputs?: readonly Output[];
  /** `exclusive` unless given. */
  readonly outputKind?: Output["kind"];
  /**
   * Holds every input by a finalizer of the controller's name until its output is gone. Asked first whether an input may
   * go: what it throws keeps the output, `SkipError` in silence.
   */
  readonly finalizerRemoval?: (
    input: Resource<In>,
    context: ControllerContext,
  ) => void | Promise<void>;
  /** Outputs stay until their inputs are destroyed. Not together with `finalizerRemoval`. */
  readonly ignoreTearingDown?: true;
  /** Calls `wake` whenever another turn is wanted, until `signal` aborts. */
  readonly follow?: (wake: () => void, signal: AbortSignal) => void;
  readonly beforeCycle?: (context: ControllerContext) => Promise<void>;
  readonly afterCycle?: (context: ControllerContext) => Promise<void>;
  /** Called whenever a run ends. */
  readonly onShutdown?: () => void;
}

/**
 * Keeps an output while there is a running input that has one, and ends it otherwise.
 *
 * @throws {Error} `finalizerRemoval` together with `ignoreTearingDown`.
 */
export function transformController<In, Out>(transform: Transform<In, Out>): Controller {
  const { name, input, output, finalizerRemoval, ignoreTearingDown } = transform;
  if (finalizerRemoval !== undefined && ignoreTearingDown) {
    throw new Error(
      `Cannot make controller "${name}": finalizerRemoval and ignoreTearingDown exclude each other`,
    );
  }
  const isOneKind = input.namespace === output.namespace && input.type === output.type;
  return {
    name,
    inputs: [
      { ...bareKind(input), kind: finalizerRemoval === undefined ? "weak" : "strong" },
      ...(isOneKind ? [] : [{ ...bareKind(output), kind: "destroy-ready" } as const]),
      ...transform.extraInputs ?? [],
    ],
    outputs: [
      { type: output.type, kind: transform.outputKind ?? "exclusive" },
      ...transform.extraOutputs ?? [],
    ],
    async run(context): Promise<void> {
      try {
        transform.follow?.(() => context.queueReconcile(), context.signal);
        for await (const _ of context.reconciles()) await new Cycle(transform, context).run();
      } finally {
        transform.onShutdown?.();
      }
    },
  };
}

/** One turn. */
class Cycle<In, Out> {
  readonly #transform: Transform<In, Out>;
  readonly #context: ControllerContext;
  readonly #errors = new ItemErrors();
  /** Ids of outputs that are to stay. */
  readonly #wanted = new Set<string>();
  /** Inputs that may go when the output of that id is gone. */
  readonly #leaving = new Map<string, Pointer[]>();

  constructor(transform: Transform<In, Out>, context: ControllerContext) {
    this.#transform = transform;
    this.#context = context;
  }

  async run(): Promise<void> {
    const { input, query, beforeCycle, afterCycle } = this.#transform;
    await beforeCycle?.(this.#context);
    const inputs = await this.#context.list(bareKind(input), query === undefined ? {} : { query });
    for (const each of inputs) await this.#errors.guard(() => this.#look(each));
    await this.#endOutputs();
    await this.#releaseInputs();
    await afterCycle?.(this.#context);
    this.#context.noteCycle(inputs.length);
    this.#errors.throwIfAny();
    this.#context.resetRestartBackoff();
  }

  async #look(resource: Resource): Promise<void> {
    const { input, map, ignoreTearingDown } = this.#transform;
    const known = understood(input, resource);
    const empty = map(known);
    if (empty === undefined) return;
    this.#requireOutput(empty.metadata);
    if (resource.metadata.phase === "tearingDown" && !ignoreTearingDown) {
      await this.#leave(known, empty.metadata);
    } else {
      await this.#keep(known, empty);
    }
  }

  /** The input is to go. */
  async #leave(input: Resource<In>, { id }: Metadata): Promise<void> {
    const { name, finalizerRemoval } = this.#transform;
    if (finalizerRemoval === undefined || !input.metadata.finalizers.includes(name)) return;
    try {
      await finalizerRemoval(input, this.#context);
    } catch (error) {
      this.#wanted.add(id);
      if (!isSkip(error)) throw error;
      return;
    }
    this.#leaving.set(id, [...this.#leaving.get(id) ?? [], input.metadata]);
  }

  async #keep(input: Resource<In>, empty: Resource<Out>): Promise<void> {
    const { name, output, transform, finalizerRemoval } = this.#transform;
    this.#wanted.add(empty.metadata.id);
    if (finalizerRemoval !== undefined && !input.metadata.finalizers.includes(name)) {
      if (!await hold(this.#context, input.metadata, name)) return;
    }
    try {
      await this.#context.modify(
        empty,
        (current) => transform(input, understood(output, current), this.#context),
      );
    } catch (error) {
      // Another's, or about to go: there is nothing to write until that changes.
      const isBlocked = isOwnerConflict(error) || isPhaseConflict(error);
      if (!isBlocked && !isSkip(error)) throw error;
    }
  }

  /** Ends outputs that no input wants, and those on their way out: a new one comes when the old one is gone. */
  async #endOutputs(): Promise<void> {
    const { name, output } = this.#transform;
    // From the state: an output that a cache does not show yet would look as if it were gone.
    for (const { metadata } of await this.#context.listUncached(bareKind(output))) {
      const { id, phase, owner } = metadata;
      if (owner !== name) this.#leaving.delete(id);
      else if (phase === "tearingDown" || !this.#wanted.has(id)) {
        let gone = false;
        await this.#errors.guard(async () => {
          gone = await endResource(this.#context, metadata);
        });
        if (!gone) this.#leaving.delete(id);
        else if (this.#wanted.has(id)) this.#context.queueReconcile();
      } else this.#leaving.delete(id);
    }
  }

  /** Lets go of inputs whose output is gone, or never was. */
  async #releaseInputs(): Promise<void> {
    const { name } = this.#transform;
    for (const input of [...this.#leaving.values()].flat()) {
      await this.#errors.guard(() => this.#context.removeFinalizer(input, name));
    }
  }

  #requireOutput(made: Kind): void {
    const { name, output } = this.#transform;
    if (made.type === output.type && made.namespace === output.namespace) return;
    throw new Error(
      `controller "${name}" maps to "${made.namespace}"/"${made.type}", ` +
        `may map to "${output.namespace}"/"${output.type}"`,
    );
  }
}
