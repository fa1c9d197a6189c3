/** Which resources carry a label of a value, for the keys that queries ask for. */
import type { Resource } from "../core/resource.ts";
import type { LabelQuery } from "../core/state.ts";
import { type Slot, SortedSlots } from "./sorted_slots.ts";

/** Keys of one kind that are indexed; each costs every create and every change of a label a look-up. */
const KEYS_MAX = 8;
/** Resources from which on looking at all of them costs more than an index. */
const WORTH_AN_INDEX = 64;

/** Slots by the value of a label. */
type Values = Map<string, SortedSlots>;

export class LabelIndex {
  /** Keys that were asked for. */
  readonly #keys = new Map<string, Values>();

  /**
   * The resources among which all that match are, in order of id; exactly those where the query is one term.
   * Undefined where that may be any.
   *
   * @param slots All there are.
   */
  narrow(
    labels: readonly LabelQuery[] | undefined,
    slots: ReadonlyMap<string, Slot>,
  ): Resource[] | undefined {
    const [query, ...others] = labels ?? [];
    if (query === undefined || others.length > 0 || slots.size < WORTH_AN_INDEX) return undefined;
    for (const { key, operation, invert, values: [value] } of query) {
      if (operation !== "equal" || invert || value === undefined) continue;
      const values = this.#keys.get(key) ?? this.#build(key, slots);
      return values === undefined ? undefined : values.get(value)?.list() ?? [];
    }
    return undefined;
  }

  /** Tells that the resource of a slot, not undefined, took the place of another, or of none. */
  changed(slot: Slot, old: Resource | undefined): void {
    const labels = slot.resource?.metadata.labels;
    const before = old?.metadata.labels;
    if (labels === before || this.#keys.size === 0) return;
    for (const [key, values] of this.#keys) {
      const [is, was] = [valueOf(labels, key), valueOf(before, key)];
      if (is === was) continue;
      if (was !== undefined) leave(values, was);
      if (is !== undefined) enter(values, { key, value: is, slot });
    }
  }

  #build(key: string, slots: ReadonlyMap<string, Slot>): Values | undefined {
    if (this.#keys.size >= KEYS_MAX) return undefined;
    const values: Values = new Map();
    for (const slot of slots.values()) {
      const value = valueOf(slot.resource?.metadata.labels, key);
      if (value !== undefined) enter(values, { key, value, slot });
    }
    this.#keys.set(key, values);
    return values;
  }
}

function enter(
  values: Values,
  { key, value, slot }: { readonly key: string; readonly value: string; readonly slot: Slot },
): void {
  let slots = values.get(value);
  if (slots === undefined) {
    slots = new SortedSlots(({ metadata }) => valueOf(metadata.labels, key) === value);
    values.set(value, slots);
  }
  slots.add(slot);
}

function leave(values: Values, value: string): void {
  const slots = values.get(value);
  slots?.leave();
  if (slots?.size === 0) values.delete(value);
}

/** The value of a label; those who destroyed the resource leave none. */
function valueOf(labels: Resource["metadata"]["labels"] | undefined, key: string) {
  return labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
}
