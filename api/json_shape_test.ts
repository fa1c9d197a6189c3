// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { framed } from "../tests/fakes/grpc_client.ts";
import { HALF_CHARACTER, JsonMessagesShape, JsonShape, TOO_DEEP } from "./json_shape.ts";
import { JSON_DEPTH_MAX } from "./limits.ts";

/** What is wrong with the text, whatever the size of its pieces. */
function faultOf(text: string): string | undefined {
  const bytes = new TextEncoder().encode(text);
  const verdicts = [1, 2, 3, 7, bytes.length].map((size) => {
    const shape = new JsonShape();
    let found: string | undefined;
    for (let at = 0; at < bytes.length && found === undefined; at += size) {
      found = shape.take(bytes, at, Math.min(bytes.length, at + size));
    }
    return found;
  });
  assertEquals(new Set(verdicts).size, 1, text);
  return verdicts[0];
}

function isTooDeep(text: string): boolean {
  const fault = faultOf(text);
  assertEquals(fault ?? TOO_DEEP, TOO_DEEP);
  return fault === TOO_DEEP;
}

Deno.test("JsonShape counts arrays and objects that are open at once, to the level", () => {
  for (const [open, close] of [["[", "]"], ['{"a":', "}"], ['[{"a":', "}]"]] as const) {
    const levels = open.length === 6 ? JSON_DEPTH_MAX / 2 : JSON_DEPTH_MAX;
    assertEquals(isTooDeep(open.repeat(levels) + close.repeat(levels)), false, open);
    assertEquals(isTooDeep(open.repeat(levels + 1)), true, open);
  }
  assertEquals(isTooDeep(`[${"[],".repeat(1000)}{}${",{}".repeat(1000)}]`), false);
});

Deno.test("JsonShape takes brackets within strings for text, escaped quotes too", () => {
  const many = "[".repeat(JSON_DEPTH_MAX + 1);
  assertEquals(isTooDeep(`["${many}"]`), false);
  assertEquals(isTooDeep(`["\\"${many}"]`), false);
  assertEquals(isTooDeep(`["\\\\",${many}`), true);
  assertEquals(isTooDeep(`{"${many}\\\\\\"${many}":"ä€"}`), false);
  assertEquals(isTooDeep(`["ä"${many}`), true);
});

Deno.test("JsonMessagesShape passes compressed messages by, and looks at those behind them", () => {
  const deep = new TextEncoder().encode("[".repeat(JSON_DEPTH_MAX + 1));
  for (const size of [1, 4, 5, 1000]) {
    const shape = new JsonMessagesShape();
    const bytes = Uint8Array.from([...framed(deep, 1), ...framed(deep, 1)]);
    for (let at = 0; at < bytes.length; at += size) {
      assertEquals(shape.take(bytes.subarray(at, at + size)), undefined, `${size} at ${at}`);
    }
    assertEquals(shape.take(framed(deep)), TOO_DEEP);
  }
});

Deno.test("JsonMessagesShape counts each message by itself, and no prefix", () => {
  const half = new TextEncoder().encode("[".repeat(JSON_DEPTH_MAX));
  // Its length is a bracket.
  const bracket = new TextEncoder().encode(`"${"[".repeat(0x5b - 2)}"`);
  const whole = [half, new Uint8Array(0), half, ...Array.from({ length: 100 }, () => bracket)]
    .map((message) => framed(message));
  const deep = framed(new TextEncoder().encode("[".repeat(JSON_DEPTH_MAX + 1)));
  for (const size of [1, 2, 5, 6, 64, 69, 1000]) {
    const shape = new JsonMessagesShape();
    const bytes = Uint8Array.from(whole.flatMap((message) => [...message]));
    for (let at = 0; at < bytes.length; at += size) {
      assertEquals(shape.take(bytes.subarray(at, at + size)), undefined, `${size} at ${at}`);
    }
    assertEquals(shape.take(deep), TOO_DEEP);
  }
});

Deno.test("JsonShape refuses half of a surrogate pair, and knows a whole one from a text that looks like one", () => {
  const halves = [
    "\\ud800",
    "\\uDFFF",
    "a\\udbffb",
    "\\ud800\\n",
    "\\ud83d\\u0041",
    "\\ud800\\ud800",
  ];
  for (const text of halves) assertEquals(faultOf(`["${text}"]`), HALF_CHARACTER, text);
  for (const text of ["\\ude00\\ud83d", "\\ud83d\\ude00\\udc00"]) {
    assertEquals(faultOf(`{"${text}":1}`), HALF_CHARACTER, text);
  }
  const whole = [
    "\\ud83d\\ude00",
    "\\uD83D\\uDE00x\\u0041",
    "\\\\ud800",
    "\\u00e9\\ud7ff\\ue000",
    "\u{1f600}",
  ];
  for (const text of whole) assertEquals(faultOf(`["${text}"]`), undefined, text);
});
