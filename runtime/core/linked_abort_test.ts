// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { linkedAbort } from "./linked_abort.ts";

Deno.test("linkedAbort() aborts with the reason of the first source that does", () => {
  const [one, two] = [new AbortController(), new AbortController()];
  const linked = linkedAbort(one.signal, two.signal);
  two.abort("two");
  one.abort("one");
  assertEquals([linked.signal.aborted, linked.signal.reason], [true, "two"]);
});

Deno.test("linkedAbort() is aborted from the start when a source is", () => {
  const linked = linkedAbort(new AbortController().signal, AbortSignal.abort("before"));
  assertEquals(linked.signal.reason, "before");
});

Deno.test("linkedAbort() lets go of its sources when it is disposed of", () => {
  const source = new AbortController();
  const linked = linkedAbort(source.signal);
  linked[Symbol.dispose]();
  source.abort();
  assertEquals(linked.signal.aborted, false);
});
