/** A controller that lets resources go only when what hangs on them was dealt with. */
import type { Resource } from "../../core/resource.ts";
import type { Controller, ControllerContext } from "../controller.ts";
import { isSkip } from "../requeue.ts";
import type { CleanupHandler } from "./cleanup_handlers.ts";
import { hold } from "./holding.ts";
import { ItemErrors } from "./item_errors.ts";
import { bareKind, type TypedKind, understood } from "./typed_kind.ts";

/** What {@linkcode cleanupController} is told. */
export interface Cleanup<In = unknown> {
  readonly name: string;
  readonly input: TypedKind<In>;
  readonly handler: CleanupHandler<In>;
}

/**
 * Holds every resource of `input` by a finalizer of the controller's name. When one is to go, the handler is asked: once
 * it returns, the resource is let go; after `SkipError` it waits for the next change.
 */
export function cleanupController<In>(cleanup: Cleanup<In>): Controller {
  const { name, input, handler } = cleanup;
  return {
    name,
    inputs: [{ ...bareKind(input), kind: "strong" }, ...handler.inputs],
    outputs: handler.outputs,
    async run(context): Promise<void> {
      for await (const _ of context.reconciles()) {
        const errors = new ItemErrors();
        for (const resource of await context.list(bareKind(input))) {
          await errors.guard(() => look(cleanup, context, resource));
        }
        errors.throwIfAny();
        context.resetRestartBackoff();
      }
    },
  };
}

async function look<In>(
  { name, input, handler }: Cleanup<In>,
  context: ControllerContext,
  resource: Resource,
): Promise<void> {
  const { metadata } = resource;
  const isHeld = metadata.finalizers.includes(name);
  if (metadata.phase === "running") {
    if (!isHeld) await hold(context, metadata, name);
    return;
  }
  if (!isHeld) return;
  try {
    await handler.cleanUp(understood(input, resource), context);
  } catch (error) {
    if (!isSkip(error)) throw error;
    return;
  }
  await context.removeFinalizer(metadata, name);
}
