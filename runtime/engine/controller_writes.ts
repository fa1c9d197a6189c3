/** What a controller writes: what it declared, in its own name, and no faster than it may. */
import type { Pointer, Resource } from "../core/resource.ts";
import type { CallOptions, Cause, Change, UpdateOptions } from "../core/state.ts";
import { isNotFound } from "../core/errors.ts";
import { withOwner } from "../core/metadata.ts";
import { requireFinalizers, requireWrite } from "./access.ts";
import { errorText } from "./error_text.ts";
import type {
  CreateWriteOptions,
  EndWriteOptions,
  ModifyWriteOptions,
  Writer,
} from "./controller.ts";
import {
  attempt,
  ControllerReads,
  type ReaderHost,
  type ReaderLife,
  type ReadPaths,
  readPaths,
} from "./controller_reads.ts";
import type { RateLimiter } from "./rate_limit.ts";

/** What is lent to a controller that reads and writes. */
export interface CallHost extends ReaderHost, ReadPaths {
  /** The controller's. */
  readonly name: string;
  readonly limiter: RateLimiter | undefined;
}

export function callHost(parts: Omit<CallHost, keyof ReadPaths>): CallHost {
  return { ...parts, ...readPaths(parts) };
}

/** How long a writer lasts, and why it writes. */
export interface CallLife extends ReaderLife {
  /** Asked at every write: what the controller was shown last. */
  readonly cause: Cause;
  /** Told of every resource that is wanted. */
  noteWrite(pointer: Pointer): void;
}

export class ControllerCalls extends ControllerReads implements Writer {
  readonly #host: CallHost;
  readonly #life: CallLife;

  constructor(host: CallHost, life: CallLife) {
    super(host, life);
    this.#host = host;
    this.#life = life;
  }

  create(resource: Resource, options?: CreateWriteOptions): Promise<Resource> {
    return this.#admitted("create", () => {
      this.#requireWrite(resource.metadata, "create");
      const { state, name } = this.#host;
      const { cause } = this.#life;
      return state.create(resource, { owner: name, ...options, cause });
    });
  }

  update(
    resource: Resource,
    options?: CallOptions & Pick<UpdateOptions, "expectedPhase">,
  ): Promise<Resource> {
    return this.#admitted("update", () => {
      this.#requireWrite(resource.metadata, "update");
      const { state, name: owner } = this.#host;
      const { cause } = this.#life;
      return state.update(ownedBy(resource, owner), { ...options, owner, cause });
    });
  }

  modify(empty: Resource, change: Change, options?: ModifyWriteOptions): Promise<Resource> {
    return this.#admitted("modify", () => {
      this.#requireWrite(empty.metadata, "modify");
      const { state, name } = this.#host;
      const { cause } = this.#life;
      const owner = options?.owner ?? name;
      return state.modify(empty, owning(change, { empty, owner }), { ...options, owner, cause });
    });
  }

  teardown(pointer: Pointer, options?: EndWriteOptions): Promise<boolean> {
    return this.#admitted("teardown", () => {
      const { state, name, declared } = this.#host;
      requireWrite(declared(), pointer, "teardown");
      return state.teardown(pointer, { owner: name, ...options, cause: this.#life.cause });
    });
  }

  destroy(pointer: Pointer, options?: EndWriteOptions): Promise<void> {
    return this.#admitted("destroy", () => {
      const { state, name, declared } = this.#host;
      requireWrite(declared(), pointer, "destroy");
      return state.destroy(pointer, { owner: name, ...options, cause: this.#life.cause });
    });
  }

  addFinalizer(pointer: Pointer, ...finalizers: readonly string[]): Promise<void> {
    return this.#admitted("add finalizer", () => {
      const { state, declared } = this.#host;
      requireFinalizers(declared(), pointer);
      return state.addFinalizer(pointer, finalizers, { cause: this.#life.cause });
    });
  }

  removeFinalizer(pointer: Pointer, ...finalizers: readonly string[]): Promise<void> {
    return this.#admitted("remove finalizer", async () => {
      const { state, declared } = this.#host;
      requireFinalizers(declared(), pointer);
      try {
        await state.removeFinalizer(pointer, finalizers, { cause: this.#life.cause });
      } catch (error) {
        if (!isNotFound(error)) throw error; // Gone, and the finalizer with it.
      }
    });
  }

  #requireWrite(pointer: Pointer, verb: "create" | "update" | "modify"): void {
    requireWrite(this.#host.declared(), pointer, verb);
    // Noted before the call: one that fails still tells that the resource is wanted.
    this.#life.noteWrite(pointer);
  }

  /** Acts when it is the controller's turn to write: at once, where there is no limit. */
  #admitted<T>(verb: string, act: () => Promise<T>): Promise<T> {
    return this.#host.limiter === undefined ? attempt(act) : this.#limited(verb, act);
  }

  async #limited<T>(verb: string, act: () => Promise<T>): Promise<T> {
    try {
      await this.#host.limiter?.take(this.#life.signal);
    } catch (error) {
      throw new Error(`${verb} rate limited: ${errorText(error)}`, { cause: error });
    }
    return await act();
  }
}

/** What `change` makes stays the owner's; what it makes of `empty` the state gives to who writes it, where it is nobody's. */
function owning(
  change: Change,
  { empty, owner }: { readonly empty: Resource; readonly owner: string },
): Change {
  return (current) => {
    const changed = change(current);
    if (changed instanceof Promise) return changed.then((made) => ownedBy(made, owner));
    if (current === empty && changed.metadata.owner === "") return changed;
    return ownedBy(changed, owner);
  };
}

/** What a controller writes stays its own, however the resource was made. */
function ownedBy(resource: Resource, owner: string): Resource {
  return resource.metadata.owner === owner ? resource : withOwner(resource, owner);
}
