/** The context of a transform: its job's, and one wish more. */
import type { Kind, Pointer, Resource } from "../../core/resource.ts";
import type { CallOptions, Change, ListOptions } from "../../core/state.ts";
import type { Log } from "../../core/ports.ts";
import type { CreateWriteOptions, EndWriteOptions, ModifyWriteOptions } from "../controller.ts";
import type { QueueContext } from "../queue_controller.ts";

/** What a transform is given besides its resources. */
export interface QueueTransformContext extends QueueContext {
  /** What the transform returns is written, and the input is looked at again after so many milliseconds. */
  requeueAfter(milliseconds: number): void;
}

/** Passes everything on: a job's context is no plain object that could be copied. */
export class TransformContext implements QueueTransformContext {
  readonly #job: QueueContext;
  readonly requeueAfter: (milliseconds: number) => void;

  constructor(job: QueueContext, requeueAfter: (milliseconds: number) => void) {
    this.#job = job;
    this.requeueAfter = requeueAfter;
  }

  get signal(): AbortSignal {
    return this.#job.signal;
  }

  get log(): Log {
    return this.#job.log;
  }

  get(pointer: Pointer, options?: CallOptions): Promise<Resource> {
    return this.#job.get(pointer, options);
  }

  list(kind: Kind, options?: ListOptions): Promise<readonly Resource[]> {
    return this.#job.list(kind, options);
  }

  getUncached(pointer: Pointer, options?: CallOptions): Promise<Resource> {
    return this.#job.getUncached(pointer, options);
  }

  listUncached(kind: Kind, options?: ListOptions): Promise<readonly Resource[]> {
    return this.#job.listUncached(kind, options);
  }

  contextWithTeardown(pointer: Pointer, options?: CallOptions): Promise<AbortSignal> {
    return this.#job.contextWithTeardown(pointer, options);
  }

  create(resource: Resource, options?: CreateWriteOptions): Promise<Resource> {
    return this.#job.create(resource, options);
  }

  update(...args: Parameters<QueueContext["update"]>): Promise<Resource> {
    return this.#job.update(...args);
  }

  modify(empty: Resource, change: Change, options?: ModifyWriteOptions): Promise<Resource> {
    return this.#job.modify(empty, change, options);
  }

  teardown(pointer: Pointer, options?: EndWriteOptions): Promise<boolean> {
    return this.#job.teardown(pointer, options);
  }

  destroy(pointer: Pointer, options?: EndWriteOptions): Promise<void> {
    return this.#job.destroy(pointer, options);
  }

  addFinalizer(pointer: Pointer, ...finalizers: readonly string[]): Promise<void> {
    return this.#job.addFinalizer(pointer, ...finalizers);
  }

  removeFinalizer(pointer: Pointer, ...finalizers: readonly string[]): Promise<void> {
    return this.#job.removeFinalizer(pointer, ...finalizers);
  }
}
