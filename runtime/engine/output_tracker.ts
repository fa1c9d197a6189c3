/** Which resources a controller wrote since it began to count. */
import type { Pointer } from "../core/resource.ts";
import { pointerKey } from "./pointer_key.ts";

export class OutputTracker {
  #written: Set<string> | undefined;

  /** Begins to count. @throws {Error} It did already. */
  start(): void {
    if (this.#written !== undefined) {
      throw new Error("Cannot track outputs: they are tracked already");
    }
    this.#written = new Set();
  }

  /** Forgets everything. */
  stop(): void {
    this.#written = undefined;
  }

  /** @throws {Error} It does not count. */
  requireStarted(): void {
    if (this.#written === undefined) {
      throw new Error("Cannot clean up outputs: they are not tracked, call startTrackingOutputs()");
    }
  }

  /** Notes a write. */
  add(pointer: Pointer): void {
    this.#written?.add(pointerKey(pointer));
  }

  /** Whether it was written since. */
  has(pointer: Pointer): boolean {
    return this.#written?.has(pointerKey(pointer)) ?? false;
  }
}
