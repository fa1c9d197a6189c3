/** What is done before a resource may go. */
import type { Kind, Resource } from "../../core/resource.ts";
import type { Query } from "../../core/state.ts";
import type { ControllerContext, Input, Output } from "../controller.ts";
import { SkipError } from "../requeue.ts";
import { endResource } from "./holding.ts";
import { ItemErrors } from "./item_errors.ts";
import { bareKind } from "./typed_kind.ts";

/** Deals with what hangs on a resource that is to go. */
export interface CleanupHandler<In = unknown> {
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
  /** @throws {SkipError} It is not done, and the next change may do it. */
  cleanUp(input: Resource<In>, context: ControllerContext): Promise<void>;
}

/** Which resources of which kind hang on an input. */
export interface Hanging<In> {
  readonly kind: Kind;
  readonly query: (input: Resource<In>) => Query;
}

/** Waits until nothing hangs on the input. */
export function hasNoOutputs<In>({ kind, query }: Hanging<In>): CleanupHandler<In> {
  return {
    inputs: [{ ...bareKind(kind), kind: "weak" }],
    outputs: [],
    async cleanUp(input, context): Promise<void> {
      // From the state: what a cache does not show yet would be left behind.
      const left = await context.listUncached(bareKind(kind), { query: query(input) });
      if (left.length > 0) throw waitFor(left.length, kind);
    },
  };
}

/** Ends what hangs on the input and belongs to nobody, or to one of `extraOwners`; what is another's is left alone. */
export function removeOutputs<In>(
  { kind, query, extraOwners = [] }: Hanging<In> & { readonly extraOwners?: readonly string[] },
): CleanupHandler<In> {
  return {
    inputs: [{ ...bareKind(kind), kind: "destroy-ready" }],
    outputs: [{ type: kind.type, kind: "shared" }],
    async cleanUp(input, context): Promise<void> {
      const errors = new ItemErrors();
      let left = 0;
      const hanging = await context.listUncached(bareKind(kind), { query: query(input) });
      for (const { metadata } of hanging) {
        const { owner } = metadata;
        if (owner !== "" && !extraOwners.includes(owner)) continue;
        await errors.guard(async () => {
          if (!await endResource(context, metadata, owner)) left++;
        });
      }
      errors.throwIfAny();
      if (left > 0) throw waitFor(left, kind);
    },
  };
}

/**
 * All of `handlers`, in order, until the first that throws.
 *
 * @throws {Error} Two of them have the same resources for inputs of different kinds.
 */
export function combineHandlers<In>(
  ...handlers: readonly CleanupHandler<In>[]
): CleanupHandler<In> {
  return {
    inputs: merged(handlers.flatMap(({ inputs }) => inputs), ({ namespace, type, id }) => [
      namespace,
      type,
      id,
    ]),
    outputs: merged(handlers.flatMap(({ outputs }) => outputs), ({ type }) => [type]),
    async cleanUp(input, context): Promise<void> {
      for (const handler of handlers) await handler.cleanUp(input, context);
    },
  };
}

function merged<Item extends Input | Output>(
  items: readonly Item[],
  keyOf: (item: Item) => readonly unknown[],
): readonly Item[] {
  const byKey = new Map<string, Item>();
  for (const item of items) {
    const key = JSON.stringify(keyOf(item));
    const known = byKey.get(key);
    if (known !== undefined && known.kind !== item.kind) {
      throw new Error(
        `Cannot combine handlers: "${item.type}" is ${known.kind} for one and ${item.kind} for another`,
      );
    }
    byKey.set(key, item);
  }
  return [...byKey.values()];
}

function waitFor(count: number, { type }: Kind): SkipError {
  return new SkipError(`waiting for ${count} of ${type}`);
}
