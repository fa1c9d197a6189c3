/** The end of a resource that a controller made and somebody else may hold. */
import type { Metadata } from "../core/resource.ts";
import type { ControllerContext } from "../engine/controller.ts";

/**
 * Destroys a resource of the controller, or tears it down while others hold it by finalizers: then a `destroy-ready`
 * input of its kind wakes the controller when it may be destroyed.
 *
 * @returns Whether it is gone.
 */
export async function retire(
  context: Pick<ControllerContext, "teardown" | "destroy">,
  metadata: Metadata,
): Promise<boolean> {
  if (metadata.finalizers.length > 0 && !await context.teardown(metadata)) return false;
  await context.destroy(metadata);
  return true;
}
