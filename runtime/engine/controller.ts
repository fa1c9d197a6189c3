/** What a controller is and what it may do. */
import type { Kind, Phase, Pointer, Resource } from "../core/resource.ts";
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

/**
 * Reads what is declared as input or output. Kinds the engine caches are read from its cache, which waits until it is
 * filled, and may be older than what the controller itself wrote.
 *
 * @throws {StateError} `access-denied` for anything else.
 */
export interface Reader {
  get(pointer: Pointer, options?: CallOptions): Promise<Resource>;
  list(kind: Kind, options?: ListOptions): Promise<readonly Resource[]>;
  /** From the state, cached or not. */
  getUncached(pointer: Pointer, options?: CallOptions): Promise<Resource>;
  /** From the state, cached or not. */
  listUncached(kind: Kind, options?: ListOptions): Promise<readonly Resource[]>;
  /**
   * A signal that aborts when the resource is torn down or destroyed, and no later than the run or the job that asked.
   * Already aborted where the resource is missing or being torn down.
   */
  contextWithTeardown(pointer: Pointer, options?: CallOptions): Promise<AbortSignal>;
}

/** In whose name something is made. */
export interface CreateWriteOptions extends CallOptions {
  /** "" is nobody; the controller itself unless given. */
  readonly owner?: "";
}

export interface ModifyWriteOptions extends CreateWriteOptions {
  /** Must be the phase of what is there; "running" unless given. */
  readonly expectedPhase?: Phase | "any";
}

/** In whose name something is ended. */
export interface EndWriteOptions extends CallOptions {
  /** Who owns it; the controller itself unless given. */
  readonly owner?: string;
}

/**
 * Writes what is declared as output, as the controller; finalizers on strong, q-primary and q-mapped inputs.
 *
 * With a rate limit a call waits for its turn first, and rejects with `<verb> rate limited: …` when the engine stops
 * meanwhile.
 *
 * @throws {StateError} `access-denied`, and whatever the state refuses.
 */
export interface Writer {
  create(resource: Resource, options?: CreateWriteOptions): Promise<Resource>;
  update(
    resource: Resource,
    options?: CallOptions & Pick<UpdateOptions, "expectedPhase">,
  ): Promise<Resource>;
  /** Gives what is stored then, created or changed. */
  modify(empty: Resource, change: Change, options?: ModifyWriteOptions): Promise<Resource>;
  teardown(pointer: Pointer, options?: EndWriteOptions): Promise<boolean>;
  destroy(pointer: Pointer, options?: EndWriteOptions): Promise<void>;
  addFinalizer(pointer: Pointer, ...finalizers: readonly string[]): Promise<void>;
  /** A resource that is gone is fine. */
  removeFinalizer(pointer: Pointer, ...finalizers: readonly string[]): Promise<void>;
}

/** What a running controller is given. Its methods are called on it; taken off it they do not work. */
export interface ControllerContext extends Reader, Writer {
  /** Aborts when the engine stops, and when the run it was given to has ended. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** One turn per trigger, the first at once; triggers meanwhile are one. Ends when `signal` aborts. */
  reconciles(): AsyncIterable<void>;
  /** Wakes the controller itself. */
  queueReconcile(): void;
  /**
   * Replaces the inputs, wholly or not at all. Waits until changes of new kinds are seen.
   *
   * @throws {Error} An input stands twice or is of a kind for queue controllers, or a watch cannot be opened.
   */
  updateInputs(inputs: readonly Input[]): Promise<void>;
  /** The next back-off starts at 0.5 s again. To be called after each good turn. */
  resetRestartBackoff(): void;
  /** From here on every write is noted, for {@linkcode ControllerContext.cleanupOutputs}. */
  startTrackingOutputs(): void;
  /** Destroys what the controller owns of `kinds` and did not write since tracking started. */
  cleanupOutputs(...kinds: readonly Kind[]): Promise<void>;
  /** Counts a turn that looked at so many inputs, and how long it took so far: for the metrics alone. */
  noteCycle(inputItems: number): void;
}
