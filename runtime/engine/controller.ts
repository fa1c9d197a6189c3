/** What a controller is and what it may do. */
import type { Kind, Pointer, Resource } from "../core/resource.ts";
import type { CallOptions, Change, ListOptions, UpdateOptions } from "../core/state.ts";
import type { Log } from "../core/ports.ts";

/** A kind, or one resource of it, whose changes wake the controller. */
export interface Input extends Kind {
  readonly id?: string;
  /**
   * `strong` and `weak` wake alike; only `strong` allows to change finalizers. `destroy-ready` wakes when the
   * resource is tearing down and no finalizer is left.
   */
  readonly kind: "strong" | "weak" | "destroy-ready";
}

/** A type the controller writes, in any namespace. */
export interface Output {
  readonly type: string;
  /** `exclusive`: no other controller may declare it. */
  readonly kind: "exclusive" | "shared";
}

/** Keeps a part of the world as the resources say, or the resources as the world is. */
export interface Controller {
  /** `<domain>.<Name>Controller`; owner of what it writes, and name of its finalizers. */
  readonly name: string;
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
  /**
   * Runs until `context.signal` aborts. Returning ends the controller for good; throwing runs it again after a
   * back-off of 0.5 s × 1.5 each time, ± 50 %, at most 60 s.
   */
  run(context: ControllerContext): Promise<void>;
}

/** Reads what is declared as input or output. @throws {StateError} `access-denied` for anything else. */
export interface Reader {
  get(pointer: Pointer, options?: CallOptions): Promise<Resource>;
  list(kind: Kind, options?: ListOptions): Promise<readonly Resource[]>;
}

/** Writes what is declared as output, as the controller; finalizers on strong inputs. @throws {StateError} */
export interface Writer {
  create(resource: Resource): Promise<Resource>;
  update(resource: Resource, options?: Pick<UpdateOptions, "expectedPhase">): Promise<Resource>;
  modify(
    empty: Resource,
    change: Change,
    options?: Pick<UpdateOptions, "expectedPhase">,
  ): Promise<Resource>;
  teardown(pointer: Pointer): Promise<boolean>;
  destroy(pointer: Pointer): Promise<void>;
  addFinalizer(pointer: Pointer, ...finalizers: readonly string[]): Promise<void>;
  /** A resource that is gone is fine. */
  removeFinalizer(pointer: Pointer, ...finalizers: readonly string[]): Promise<void>;
}

/** What a running controller is given. */
export interface ControllerContext extends Reader, Writer {
  /** Aborts when the engine stops. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** One turn per trigger, the first at once; triggers meanwhile are one. Ends when `signal` aborts. */
  reconciles(): AsyncIterable<void>;
  /** Wakes the controller itself. */
  queueReconcile(): void;
  /** Replaces the inputs. */
  updateInputs(inputs: readonly Input[]): Promise<void>;
  /** The next back-off starts at 0.5 s again. To be called after each good turn. */
  resetRestartBackoff(): void;
  /** From here on every write is noted, for {@linkcode ControllerContext.cleanupOutputs}. */
  startTrackingOutputs(): void;
  /** Destroys what the controller owns of `kinds` and did not write since tracking started. */
  cleanupOutputs(...kinds: readonly Kind[]): Promise<void>;
}
