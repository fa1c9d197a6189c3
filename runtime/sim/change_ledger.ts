/** What became of the resources that were written to. */
import type { Pointer, Resource } from "../core/resource.ts";
import { withMetadata } from "../core/metadata.ts";
import { resourceEquals } from "../core/resource_equality.ts";
import { utf8Compare } from "../core/text_order.ts";
import { pointerKey } from "../engine/pointer_key.ts";
import type { ObservedWrite } from "./observed_writes.ts";

/** A resource that is otherwise than it was. */
export interface SimulatedChange {
  readonly pointer: Pointer;
  /** Undefined: there was none. */
  readonly before: Resource | undefined;
  /** Undefined: there is none. */
  readonly after: Resource | undefined;
}

export class ChangeLedger {
  readonly #changes = new Map<string, SimulatedChange>();
  readonly #writes = new Map<string, number>();

  add({ pointer, before, after, actor }: ObservedWrite): void {
    if (actor !== undefined) this.#writes.set(actor, this.writesOf(actor) + 1);
    const key = pointerKey(pointer);
    const known = this.#changes.get(key);
    this.#changes.set(key, { pointer, before: known === undefined ? before : known.before, after });
  }

  /** How often that controller wrote. */
  writesOf(actor: string): number {
    return this.#writes.get(actor) ?? 0;
  }

  /** In order of the names. What ended as it began, versions and times aside, is none. */
  changes(): readonly SimulatedChange[] {
    return [...this.#changes.values()].filter(isOther).sort((a, b) =>
      utf8Compare(a.pointer.namespace, b.pointer.namespace) ||
      utf8Compare(a.pointer.type, b.pointer.type) || utf8Compare(a.pointer.id, b.pointer.id)
    );
  }
}

function isOther({ before, after }: SimulatedChange): boolean {
  if (before === undefined || after === undefined) return before !== after;
  return !resourceEquals(before, withMetadata(after, { version: before.metadata.version }));
}
