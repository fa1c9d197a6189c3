/** What a state offers: the seams that back-ends, controllers, the wire and the command line share. */
import type { Kind, Phase, Pointer, Resource } from "./resource.ts";
import type { StateError } from "./errors.ts";

/** Who wrote, and what moved them to it. Kept in the event log, never on the COSI wire. */
export interface Cause {
  /** A controller's name, or the caller's identity. */
  readonly actor: string;
  /** The newest event the controller had been shown. */
  readonly event?: CauseEvent;
  /** Names the call. */
  readonly request?: string;
}

/** Names one write. */
export interface CauseEvent {
  /** Counts the writes of the namespace. */
  readonly revision: bigint;
  /** What was written; without it nobody can go back to that write. */
  readonly pointer?: Pointer;
}

/** Comparisons of a {@linkcode LabelTerm}; the numeric ones take units, as contracts of COSI say. */
export type LabelOperation =
  | "exists"
  | "equal"
  | "in"
  | "lt"
  | "lte"
  | "lt-numeric"
  | "lte-numeric";

/** One condition on labels; three-valued: an undefined comparison never matches, inverted or not. */
export interface LabelTerm {
  readonly key: string;
  readonly operation: LabelOperation;
  readonly values: readonly string[];
  readonly invert: boolean;
}

/** Terms that must all hold; none match everything. */
export type LabelQuery = readonly LabelTerm[];

/** Which resources of a kind. */
export interface Query {
  /** RE2, searched for anywhere in the id, at most 1024 characters; absent or "" matches all. */
  readonly id?: string;
  /** Any of them must match; absent or empty matches all. */
  readonly labels?: readonly LabelQuery[];
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface ListOptions extends CallOptions {
  readonly query?: Query;
}

export interface CreateOptions extends CallOptions {
  /** Set as the owner; "" or absent is nobody. */
  readonly owner?: string;
  readonly cause?: Cause;
}

export interface UpdateOptions extends CreateOptions {
  /** Must be the current phase; "running" unless given. */
  readonly expectedPhase?: Phase | "any";
}

export type DestroyOptions = CreateOptions;

export interface WatchOptions extends CallOptions {
  /** Replays up to this many past events; 0 or less is none. */
  readonly tailEvents?: number;
  /** Goes on after this position; present but empty is invalid. */
  readonly startFromBookmark?: Uint8Array;
}

export interface KindWatchOptions extends WatchOptions {
  readonly query?: Query;
  /** First every matching resource as `created`, then one `bootstrapped`. */
  readonly bootstrapContents?: boolean;
  /** First a `noop` that carries the position (after `bootstrapped`, where both are asked for). */
  readonly bootstrapBookmark?: boolean;
}

/** What happened to a resource. */
export type WatchEvent =
  & {
    /** Opaque position to go on from. A fresh copy may be asked for; treat it as read-only. */
    readonly bookmark?: Uint8Array;
    /**
     * Which write of its namespace this was, from 1: what {@linkcode Cause.event} of a write names that it led to.
     * Absent where nothing was written just now (the first events of a watch), and from another process.
     */
    readonly revision?: bigint;
  }
  & (
    | { readonly event: "created"; readonly resource: Resource }
    | { readonly event: "updated"; readonly resource: Resource; readonly old: Resource }
    /** The last stored resource; or a tombstone, as the first event of a watch on a missing resource. */
    | { readonly event: "destroyed"; readonly resource: Resource }
    /** The initial list is complete. `resource` is a tombstone with id "". */
    | { readonly event: "bootstrapped"; readonly resource: Resource }
    /** Only a position. `resource` is a tombstone with id "". */
    | { readonly event: "noop"; readonly resource: Resource }
    /** The watch is over. */
    | { readonly event: "errored"; readonly error: StateError }
  );

/** What every back-end offers. Promises, since a back-end may be a disk or another machine. */
export interface CoreState {
  /** @throws {StateError} `not-found`. */
  get(pointer: Pointer, options?: CallOptions): Promise<Resource>;
  /** In ascending order of the id's UTF-8 bytes. @throws {StateError} `invalid-query`. */
  list(kind: Kind, options?: ListOptions): Promise<readonly Resource[]>;
  /** Resolves to what is stored. @throws {StateError} `already-exists`, `invalid-resource`. */
  create(resource: Resource, options?: CreateOptions): Promise<Resource>;
  /**
   * Replaces the resource whose version the given one carries; resolves to what is stored.
   *
   * @throws {StateError} `not-found`, `owner-conflict`, `version-conflict`, `phase-conflict`, in that order.
   */
  update(resource: Resource, options?: UpdateOptions): Promise<Resource>;
  /** @throws {StateError} `not-found`, `owner-conflict`, `pending-finalizers`. */
  destroy(pointer: Pointer, options?: DestroyOptions): Promise<void>;
  /**
   * Rejects when the watch cannot start. The iterable ends in silence when `signal` aborts or it is returned;
   * overrun is one `errored` event and then the end, never a throw.
   *
   * @throws {StateError} `invalid-bookmark`, `invalid-query`, `unsupported`.
   */
  watch(pointer: Pointer, options?: WatchOptions): Promise<AsyncIterable<WatchEvent>>;
  watchKind(kind: Kind, options?: KindWatchOptions): Promise<AsyncIterable<WatchEvent>>;
  watchKindAggregated(
    kind: Kind,
    options?: KindWatchOptions,
  ): Promise<AsyncIterable<readonly WatchEvent[]>>;
  /** Fast path; a filter hides it. Resolves to whether no finalizer is left. */
  teardown?(pointer: Pointer, options?: DestroyOptions): Promise<boolean>;
  /** Fast path; a filter hides it. */
  teardownAndDestroy?(pointer: Pointer, options?: DestroyOptions): Promise<void>;
}

/** What to wait for: all that is given must hold at once. Nothing given: the first event is it. */
export interface WatchConditions {
  /** Any of them. A resource that is there already counts as `created`, a missing one as `destroyed`. */
  readonly events?: readonly WatchEvent["event"][];
  /** What it throws ends the wait. A missing resource is shown as a tombstone. */
  readonly predicate?: (resource: Resource) => boolean | Promise<boolean>;
  /** That it is there and nobody holds it. */
  readonly finalizersEmpty?: true;
  /** Any of them. A missing resource counts as running. */
  readonly phases?: readonly Phase[];
}

/** Changes a resource: gets the current one, gives the wanted one (the same object: no write). */
export type Change = (current: Resource) => Resource | Promise<Resource>;

/** CoreState plus the helpers built on it alone. What controllers' contexts, the wire and the command line use. */
export interface State extends CoreState {
  /** Reads, changes, writes, and again while somebody else writes first. Nothing is written when nothing changes. */
  updateWithConflicts(pointer: Pointer, change: Change, options?: UpdateOptions): Promise<Resource>;
  /**
   * {@linkcode State.updateWithConflicts}, or a create of what `change` makes of `empty` where there is no such
   * resource. The create is not tried again when somebody else is faster.
   */
  modify(empty: Resource, change: Change, options?: UpdateOptions): Promise<Resource>;
  /** {@linkcode State.modify}, which gives the result already, under the other name it has in COSI. */
  modifyWithResult(empty: Resource, change: Change, options?: UpdateOptions): Promise<Resource>;
  /** Asks everybody to let go; resolves to whether no finalizer is left. Twice is once. */
  teardown(pointer: Pointer, options?: DestroyOptions): Promise<boolean>;
  /** Tears down, waits without limit but the signal for the last finalizer, destroys. */
  teardownAndDestroy(pointer: Pointer, options?: DestroyOptions): Promise<void>;
  addFinalizer(
    pointer: Pointer,
    finalizers: readonly string[],
    options?: CreateOptions,
  ): Promise<void>;
  removeFinalizer(
    pointer: Pointer,
    finalizers: readonly string[],
    options?: CreateOptions,
  ): Promise<void>;
  /**
   * Waits, without limit but the signal, for an event that meets all conditions.
   *
   * @returns The resource of that event.
   * @throws {StateError} `invalid-query`: a condition is none; what the watch ended with; `closed` when it ended in
   * silence.
   */
  watchFor(pointer: Pointer, conditions: WatchConditions & CallOptions): Promise<Resource>;
  /**
   * A signal that aborts when the resource is torn down or destroyed, when watching it fails (with that error as its
   * reason), or with `options.signal`. Already aborted where the resource is missing or being torn down.
   *
   * Keeps a watch open until it aborts.
   *
   * @throws {StateError} The watch cannot start.
   */
  contextWithTeardown(pointer: Pointer, options?: CallOptions): Promise<AbortSignal>;
}

/** A state held in this process: reads answer at once from memory. */
export interface LocalState extends State {
  getNow(pointer: Pointer): Resource | undefined;
  /** As {@linkcode CoreState.list}. @throws {StateError} `invalid-query`. */
  listNow(kind: Kind, query?: Query): readonly Resource[];
}
