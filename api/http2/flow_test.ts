// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { ReceiveWindow, SendWindow } from "./flow.ts";

Deno.test("ReceiveWindow allows what it has, and tells of what is given back by halves", () => {
  const window = new ReceiveWindow(100);
  assertEquals(window.receive(100), true);
  assertEquals(window.giveBack(49), 0);
  assertEquals(window.giveBack(1), 50);
  assertEquals(window.receive(50), true);
  assertEquals(window.receive(1), false);
});

Deno.test("SendWindow may grow to 2^31-1", () => {
  const window = new SendWindow(1);
  assertEquals(window.grow(2 ** 31 - 2), true);
  assertEquals(window.grow(1), false);
});
