/** What happened to a resource whose type is known. */
import type { Resource } from "./resource.ts";
import type { StateError } from "./errors.ts";

/** {@linkcode import("./state.ts").WatchEvent} with typed specs. */
export type TypedEvent<Spec> =
  & {
    /** Opaque position to go on from; treat it as read-only. */
    readonly bookmark?: Uint8Array;
    /** As of {@linkcode import("./state.ts").WatchEvent}. */
    readonly revision?: bigint;
  }
  & (
    | { readonly event: "created"; readonly resource: Resource<Spec> }
    | {
      readonly event: "updated";
      readonly resource: Resource<Spec>;
      readonly old: Resource<Spec>;
    }
    /** The last stored resource; undefined as the first event of a watch on a missing one. */
    | { readonly event: "destroyed"; readonly resource: Resource<Spec> | undefined }
    /** The initial list is complete. */
    | { readonly event: "bootstrapped" }
    /** Only a position. */
    | { readonly event: "noop" }
    /** The watch is over. */
    | { readonly event: "errored"; readonly error: StateError }
  );
