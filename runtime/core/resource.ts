/**
 * The shape of every resource: who it is, in which state, and what it says.
 *
 * A resource is immutable to every holder and therefore shared, never copied.
 */

/** Undefined is COSI's "undefined" version and equals only itself. Otherwise 1n … 2n ** 64n - 1n. */
export type Version = bigint | undefined;

/** Whether a resource is wanted, or everybody is asked to let go of it. */
export type Phase = "running" | "tearingDown";

/** A point in time; nanoseconds survive the wire both ways. */
export interface Timestamp {
  /** Seconds since 1970-01-01T00:00:00Z; may be negative. */
  readonly seconds: bigint;
  /** 0 … 999 999 999, counted forward in time. */
  readonly nanos: number;
}

/** What the resources of one list have in common. */
export interface Kind {
  readonly namespace: string;
  readonly type: string;
}

/** Names one resource. */
export interface Pointer extends Kind {
  readonly id: string;
}

/** Everything about a resource but its content. */
export interface Metadata extends Pointer {
  readonly version: Version;
  readonly phase: Phase;
  /** Controller or caller that owns the resource; "" is nobody. */
  readonly owner: string;
  /** Who must let go before the resource can be destroyed: a set, in order of insertion. */
  readonly finalizers: readonly string[];
  /** Null prototype: "__proto__" is a key like any other. */
  readonly labels: Readonly<Record<string, string>>;
  /** Null prototype, and no query looks at them. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly created: Timestamp;
  readonly updated: Timestamp;
}

/** One thing the machine is or should be. Immutable to every holder. */
export interface Resource<Spec = unknown> {
  readonly metadata: Metadata;
  readonly spec: Spec;
}
