/** A wish that a controller makes of what it knows. */
import { isPhaseConflict } from "../core/errors.ts";
import type { Resource } from "../core/resource.ts";
import type { ControllerContext } from "../engine/controller.ts";

/** Creates the wish or gives it this spec. One that is torn down just then is left: its end wakes the controller. */
export async function keepWish(
  context: Pick<ControllerContext, "modify">,
  wish: Resource,
): Promise<void> {
  try {
    await context.modify(wish, (current) => ({ ...current, spec: wish.spec }));
  } catch (error) {
    if (!isPhaseConflict(error)) throw error;
  }
}
