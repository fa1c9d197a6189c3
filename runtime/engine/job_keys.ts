/** Names of the jobs of a queue controller: no two jobs have the same. */
import type { Kind, Pointer } from "../core/resource.ts";
import { sameKind } from "./access.ts";
import { pointerKey } from "./pointer_key.ts";
import type { QueueInput } from "./queue_controller.ts";

/** Begins every name that is no id. */
const LONG = "\0";

/** To reconcile one of the first primary kind is named by the id as it is: a text made anew is hashed anew. */
export class JobKeys {
  readonly #first: Kind | undefined;

  constructor(inputs: readonly QueueInput[]) {
    this.#first = inputs.find(({ kind }) => kind === "q-primary");
  }

  reconcile(pointer: Pointer): string {
    const { id } = pointer;
    const isShort = this.#first !== undefined && sameKind(this.#first, pointer) &&
      !id.startsWith(LONG);
    return isShort ? id : `${LONG}reconcile ${pointerKey(pointer)}`;
  }

  map(pointer: Pointer): string {
    return `${LONG}map ${pointerKey(pointer)}`;
  }
}
