// @ts-types="../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { eventLoopTurn } from "./turn.ts";

/** A chain of promises longer than any of ours. */
const LINKS = 10_000;

Deno.test("eventLoopTurn() comes after every reaction, and the reactions of those", async () => {
  let links = 0;
  const chain = async (): Promise<void> => {
    while (links < LINKS) await Promise.resolve(links++);
    queueMicrotask(() => links++);
  };
  const running = chain();
  await eventLoopTurn();
  assertEquals(links, LINKS + 1);
  await running;
});
