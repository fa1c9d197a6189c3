/** How generic controllers hold what they read, and end what they made. */
import { isNotFound } from "../../core/errors.ts";
import type { Pointer } from "../../core/resource.ts";
import type { Writer } from "../controller.ts";

/**
 * Tears a resource down and destroys it, unless finalizers hold it: then a `destroy-ready` input of its kind wakes the
 * controller when it may be destroyed.
 *
 * @param owner Whose it is; the controller's unless given.
 * @returns Whether it is gone, which it is as well where there never was one.
 */
export async function endResource(
  writes: Pick<Writer, "teardown" | "destroy">,
  pointer: Pointer,
  owner?: string,
): Promise<boolean> {
  const options = owner === undefined ? {} : { owner };
  try {
    if (!await writes.teardown(pointer, options)) return false;
    await writes.destroy(pointer, options);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return true;
}

/** Adds a finalizer. @returns Whether the resource is there; one that is gone needs none. */
export async function hold(
  writes: Pick<Writer, "addFinalizer">,
  pointer: Pointer,
  finalizer: string,
): Promise<boolean> {
  try {
    await writes.addFinalizer(pointer, finalizer);
    return true;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return false;
  }
}
