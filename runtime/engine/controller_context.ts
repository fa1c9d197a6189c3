/** The context of a running controller: the state, as far as the controller declared it, in the controller's name. */
import { requireWrite } from "./access.ts";
import type { Kind } from "../core/resource.ts";
import type { ControllerContext, Input } from "./controller.ts";
import { type CallHost, ControllerCalls } from "./controller_writes.ts";
import type { Cause } from "../core/state.ts";
import type { OutputTracker } from "./output_tracker.ts";

/** What the engine lends to a context, besides its calls. */
export interface RunHost {
  readonly signal: AbortSignal;
  /** Asked at every write: what the controller was shown last. */
  readonly cause: () => Cause;
  readonly tracker: OutputTracker;
  /** Resolves to whether there is another turn. */
  readonly nextTurn: () => Promise<boolean>;
  readonly queueReconcile: () => void;
  readonly updateInputs: (inputs: readonly Input[]) => Promise<void>;
  readonly resetRestartBackoff: () => void;
  readonly noteCycle: (inputItems: number) => void;
}

export function controllerContext(calls: CallHost, run: RunHost): ControllerContext {
  return new RunContext(calls, run);
}

class RunContext extends ControllerCalls implements ControllerContext {
  readonly #calls: CallHost;
  readonly #run: RunHost;

  constructor(calls: CallHost, run: RunHost) {
    super(calls, {
      signal: run.signal,
      get cause() {
        return run.cause();
      },
      noteWrite: (pointer) => run.tracker.add(pointer),
    });
    this.#calls = calls;
    this.#run = run;
  }

  /** No generator, which would wait some more between the trigger and its turn. */
  reconciles(): AsyncIterableIterator<void> {
    const { nextTurn } = this.#run;
    let hasEnded = false;
    return {
      async next() {
        hasEnded ||= !await nextTurn();
        return { done: hasEnded, value: undefined };
      },
      return() {
        hasEnded = true;
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  queueReconcile(): void {
    this.#run.queueReconcile();
  }

  updateInputs(inputs: readonly Input[]): Promise<void> {
    return this.#run.updateInputs(inputs);
  }

  resetRestartBackoff(): void {
    this.#run.resetRestartBackoff();
  }

  noteCycle(inputItems: number): void {
    this.#run.noteCycle(inputItems);
  }

  startTrackingOutputs(): void {
    this.#run.tracker.start();
  }

  async cleanupOutputs(...kinds: readonly Kind[]): Promise<void> {
    const { name, state, declared } = this.#calls;
    const { tracker } = this.#run;
    tracker.requireStarted();
    for (const kind of kinds) {
      requireWrite(declared(), { ...kind, id: "" }, "destroy");
      for (const { metadata } of await state.list(kind)) {
        if (metadata.owner !== name || tracker.has(metadata)) continue;
        await this.destroy(metadata);
      }
    }
    tracker.stop();
    this.#run.resetRestartBackoff();
  }
}
