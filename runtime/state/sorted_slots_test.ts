// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import type { LabelQuery } from "../core/state.ts";
import type { Resource } from "../core/resource.ts";
import { newMetadata } from "../core/metadata.ts";
import { LabelIndex } from "./label_index.ts";
import { type Slot, SortedSlots } from "./sorted_slots.ts";

function item(id: string, app = "a"): Resource {
  const metadata = newMetadata({ namespace: "n", type: "Items.n.dev", id, labels: { app } });
  return { metadata, spec: {} };
}

function ids(resources: readonly Resource[] | undefined): readonly string[] | undefined {
  return resources?.map(({ metadata }) => metadata.id);
}

function equal(key: string, value: string): readonly LabelQuery[] {
  return [[{ key, operation: "equal", values: [value], invert: false }]];
}

/** Writes as a collection does. */
class Table {
  readonly slots = new Map<string, Slot>();
  readonly sorted = new SortedSlots(() => true);
  readonly index = new LabelIndex();

  put(resource: Resource): void {
    const { id } = resource.metadata;
    const known = this.slots.get(id);
    const old = known?.resource;
    const slot = known ?? { id, resource };
    slot.resource = resource;
    if (known === undefined) {
      this.slots.set(id, slot);
      this.sorted.add(slot);
    }
    this.index.changed(slot, old);
  }

  drop(id: string): void {
    const slot = this.slots.get(id);
    if (slot === undefined) throw new RangeError(`Cannot drop ${id}: it is not there`);
    const old = slot.resource;
    slot.resource = undefined;
    this.slots.delete(id);
    this.sorted.leave();
    this.index.changed(slot, old);
  }
}

/** Enough for an index to be made. */
function table(): Table {
  const made = new Table();
  for (let index = 0; index < 64; index++) made.put(item(`filler-${100 + index}`, "filler"));
  return made;
}

Deno.test("SortedSlots.list() is in order of UTF-8 bytes, in whatever order the slots came", () => {
  const made = new Table();
  for (const id of ["m", "z", "a"]) made.put(item(id));
  assertEquals(ids(made.sorted.list()), ["a", "m", "z"]);
  for (const id of ["\u{1f600}", "n", "\uffee", "b"]) made.put(item(id));
  const all = ["a", "b", "m", "n", "z", "\uffee", "\u{1f600}"];
  assertEquals(ids(made.sorted.list()), all);
});

Deno.test("SortedSlots shows what was created again once, and nothing that was destroyed", () => {
  const made = new Table();
  for (const id of ["c", "a", "b"]) made.put(item(id));
  made.drop("b");
  made.put(item("b"));
  assertEquals(ids(made.sorted.list()), ["a", "b", "c"]);
  for (let round = 0; round < 500; round++) {
    made.drop("a");
    made.put(item("a"));
  }
  made.drop("c");
  assertEquals(ids(made.sorted.list()), ["a", "b"]);
  assertEquals(made.sorted.size, 2);
});

Deno.test("LabelIndex.narrow() follows labels that change, come back and go", () => {
  const whole = table();
  const of = (app: string) => ids(whole.index.narrow(equal("app", app), whole.slots));
  const blue = () => of("blue");
  assertEquals(blue(), []);
  whole.put(item("b", "blue"));
  whole.put(item("a", "blue"));
  assertEquals(blue(), ["a", "b"]);
  whole.put(item("a", "red"));
  whole.put(item("a", "blue"));
  assertEquals(blue(), ["a", "b"]);
  whole.put(item("b", "red"));
  assertEquals(blue(), ["a"]);
  assertEquals(of("red"), ["b"]);
  whole.drop("a");
  assertEquals(blue(), []);
});

Deno.test("LabelIndex.narrow() shows once what came more often, and nothing that came and left", () => {
  const whole = table();
  const blue = () => ids(whole.index.narrow(equal("app", "blue"), whole.slots));
  whole.put(item("m", "blue"));
  assertEquals(blue(), ["m"]);
  for (const id of ["c", "z"]) {
    for (const app of ["blue", "red", "blue"]) whole.put(item(id, app));
  }
  for (const app of ["blue", "red"]) whole.put(item("n", app));
  assertEquals(blue(), ["c", "m", "z"]);
});

Deno.test("LabelIndex.narrow() leaves alone what it cannot narrow", () => {
  const { index, slots } = table();
  const [query = []] = equal("app", "filler");
  assertEquals(index.narrow(undefined, slots), undefined);
  assertEquals(index.narrow([query, query], slots), undefined);
  assertEquals(index.narrow([query.map((term) => ({ ...term, invert: true }))], slots), undefined);
  assertEquals(index.narrow(equal("app", "filler"), new Map()), undefined);
  assertEquals(index.narrow(equal("app", "filler"), slots)?.length, 64);
});

Deno.test("LabelIndex.narrow() indexes the first eight keys that are asked for, and no more", () => {
  const { index, slots } = table();
  for (let key = 0; key < 8; key++) {
    assertEquals(index.narrow(equal(`key-${key}`, "x"), slots), []);
  }
  assertEquals(index.narrow(equal("app", "filler"), slots), undefined);
});
