// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { framed } from "../tests/fakes/grpc_client.ts";
import { JsonDepth, JsonMessagesDepth } from "./json_depth.ts";
import { JSON_DEPTH_MAX } from "./limits.ts";

/** Whether the text is too deep, whatever the size of its pieces. */
function isTooDeep(text: string): boolean {
  const bytes = new TextEncoder().encode(text);
  const verdicts = [1, 2, 3, 7, bytes.length].map((size) => {
    const depth = new JsonDepth();
    let found = false;
    for (let at = 0; at < bytes.length && !found; at += size) {
      found = depth.take(bytes, at, Math.min(bytes.length, at + size));
    }
    return found;
  });
  assertEquals(new Set(verdicts).size, 1, text);
  return verdicts[0] === true;
}

Deno.test("JsonDepth counts arrays and objects that are open at once, to the level", () => {
  for (const [open, close] of [["[", "]"], ['{"a":', "}"], ['[{"a":', "}]"]] as const) {
    const levels = open.length === 6 ? JSON_DEPTH_MAX / 2 : JSON_DEPTH_MAX;
    assertEquals(isTooDeep(open.repeat(levels) + close.repeat(levels)), false, open);
    assertEquals(isTooDeep(open.repeat(levels + 1)), true, open);
  }
  assertEquals(isTooDeep(`[${"[],".repeat(1000)}{}${",{}".repeat(1000)}]`), false);
});

Deno.test("JsonDepth takes brackets within strings for text, escaped quotes too", () => {
  const many = "[".repeat(JSON_DEPTH_MAX + 1);
  assertEquals(isTooDeep(`["${many}"]`), false);
  assertEquals(isTooDeep(`["\\"${many}"]`), false);
  assertEquals(isTooDeep(`["\\\\",${many}`), true);
  assertEquals(isTooDeep(`{"${many}\\\\\\"${many}":"ä€"}`), false);
  assertEquals(isTooDeep(`["ä"${many}`), true);
});

Deno.test("JsonMessagesDepth counts each message by itself, and no prefix", () => {
  const half = new TextEncoder().encode("[".repeat(JSON_DEPTH_MAX));
  // Its length is a bracket.
  const bracket = new TextEncoder().encode(`"${"[".repeat(0x5b - 2)}"`);
  const whole = [half, new Uint8Array(0), half, ...Array.from({ length: 100 }, () => bracket)]
    .map((message) => framed(message));
  const deep = framed(new TextEncoder().encode("[".repeat(JSON_DEPTH_MAX + 1)));
  for (const size of [1, 2, 5, 6, 64, 69, 1000]) {
    const depth = new JsonMessagesDepth();
    const bytes = Uint8Array.from(whole.flatMap((message) => [...message]));
    for (let at = 0; at < bytes.length; at += size) {
      assertEquals(depth.take(bytes.subarray(at, at + size)), false, `${size} at ${at}`);
    }
    assertEquals(depth.take(deep), true);
  }
});
