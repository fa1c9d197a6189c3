// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { BufferBudget, type Holder } from "./output_budget.ts";

/** A connection that lets go of all it holds when it is expelled. */
class FakeHolder implements Holder {
  buffered = 0;
  expelled = 0;
  readonly #budget: BufferBudget;

  constructor(budget: BufferBudget) {
    this.#budget = budget;
  }

  hold(bytes: number): void {
    this.buffered += bytes;
    this.#budget.change(this, bytes);
  }

  expel(): void {
    this.expelled++;
    const { buffered } = this;
    this.buffered = 0;
    this.#budget.change(this, -buffered);
  }
}

Deno.test("BufferBudget.change() expels who holds most beyond the bound, and nobody at it", () => {
  const budget = new BufferBudget(100);
  const [first, second, third] = [1, 2, 3].map(() => new FakeHolder(budget));
  first?.hold(30);
  second?.hold(40);
  third?.hold(30);
  assertEquals(budget.bytes, 100);
  assertEquals([first, second, third].map((holder) => holder?.expelled), [0, 0, 0]);
  first?.hold(1);
  assertEquals([first, second, third].map((holder) => holder?.expelled), [0, 1, 0]);
  assertEquals(budget.bytes, 61);
});

Deno.test("BufferBudget.change() takes the first of two that hold as much", () => {
  const budget = new BufferBudget(100);
  const holders = [new FakeHolder(budget), new FakeHolder(budget)];
  for (const holder of holders) holder.hold(50);
  holders[1]?.hold(0);
  assertEquals(holders.map(({ expelled }) => expelled), [0, 0]);
  const third = new FakeHolder(budget);
  third.hold(1);
  assertEquals(holders.map(({ expelled }) => expelled), [1, 0]);
});

Deno.test("BufferBudget.change() of fewer bytes expels nobody, and forgets who holds none", () => {
  const budget = new BufferBudget(10);
  const holder = new FakeHolder(budget);
  holder.hold(8);
  holder.hold(-1);
  assertEquals(budget.bytes, 7);
  // It keeps its place while it holds anything.
  const other = new FakeHolder(budget);
  other.hold(4);
  assertEquals([holder.expelled, other.expelled, budget.bytes], [1, 0, 4]);
  other.hold(-4);
  assertEquals(budget.bytes, 0);
  // One that lets go of nothing is told once for each growth, and nobody else is.
  let told = 0;
  const stubborn: Holder = { buffered: 20, expel: () => told++ };
  budget.change(stubborn, 20);
  budget.change(stubborn, -5);
  budget.change(stubborn, 0);
  assertEquals([told, holder.expelled, other.expelled, budget.bytes], [1, 1, 0, 15]);
});
