/** Places of resources in order of id, put into order when somebody reads it: a write costs the same in any order. */
import type { Resource } from "../core/resource.ts";
import { utf8Compare } from "../core/text_order.ts";

/** Where the newest version of one resource is, until it is destroyed; one created again gets another slot. */
export interface Slot {
  readonly id: string;
  /** Undefined once it is destroyed. */
  resource: Resource | undefined;
}

/** Slots that left are forgotten when they are more than those that stayed, and more than this. */
const LEFT_MAX = 64;

/** Those slots of a collection whose resource belongs here. */
export class SortedSlots {
  readonly #belongs: (resource: Resource) => boolean;
  /** In order of id; some may have left. */
  #ordered: Slot[] = [];
  /** In order of their coming; some may have left again, or be in `#ordered` from an earlier stay. */
  #came: Slot[] = [];
  #left = 0;
  #size = 0;

  constructor(belongs: (resource: Resource) => boolean) {
    this.#belongs = belongs;
  }

  /** Slots that belong here. */
  get size(): number {
    return this.#size;
  }

  /** A slot whose resource belongs here, and did not until now. */
  add(slot: Slot): void {
    this.#came.push(slot);
    this.#size++;
  }

  /** The resource of a slot does not belong here any more. */
  leave(): void {
    this.#left++;
    this.#size--;
    if (this.#left > LEFT_MAX && this.#left > this.#size) this.#settle();
  }

  /** The resources in order of id. A copy: later writes do not show. */
  list(): Resource[] {
    this.#settle();
    const resources: Resource[] = [];
    for (const { resource } of this.#ordered) if (resource !== undefined) resources.push(resource);
    return resources;
  }

  #settle(): void {
    if (this.#left === 0 && this.#came.length === 0) return;
    if (this.#left > 0) {
      this.#ordered = this.#ordered.filter(this.#isHere);
      this.#came = this.#came.filter(this.#isHere);
      this.#left = 0;
    }
    const came = this.#came.sort((a, b) => utf8Compare(a.id, b.id));
    this.#came = [];
    this.#ordered = merged(this.#ordered, came);
  }

  readonly #isHere = ({ resource }: Slot): boolean =>
    resource !== undefined && this.#belongs(resource);
}

/** Both in one order; a slot that is in both, or twice in one, is there once. */
function merged(ordered: Slot[], came: readonly Slot[]): Slot[] {
  const first = came[0];
  const last = ordered.at(-1);
  const behind = first === undefined || last === undefined || utf8Compare(last.id, first.id) < 0;
  const all = behind ? ordered : [];
  if (!behind) {
    let next = 0;
    for (const slot of ordered) {
      for (let other = came[next]; other !== undefined; other = came[++next]) {
        if (utf8Compare(other.id, slot.id) > 0) break;
        if (other !== all.at(-1)) all.push(other);
      }
      if (slot !== all.at(-1)) all.push(slot);
    }
    came = came.slice(next);
  }
  for (const slot of came) if (slot !== all.at(-1)) all.push(slot);
  return all;
}
