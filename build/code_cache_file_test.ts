// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { BuildError } from "./build_error.ts";
import { type CodeCacheFile, decodeCodeCache, encodeCodeCache } from "./code_cache_file.ts";

const entry = (specifier: string, length: number) => ({
  specifier,
  kind: 0,
  sourceHash: 0x1234_5678_9abc_def0n,
  data: new Uint8Array(length).fill(length),
});

const FILE: CodeCacheFile = {
  key: 0xfedc_ba98_7654_3210n,
  entries: [entry("file:///tmp/a.js", 7), entry("file:///tmp/ü.js", 0), {
    ...entry("z", 3),
    kind: 1,
  }],
};

Deno.test("decodeCodeCache() reads what encodeCodeCache() makes", () => {
  assertEquals(decodeCodeCache(encodeCodeCache(FILE)), FILE);
  assertEquals(decodeCodeCache(encodeCodeCache({ key: 1n, entries: [] })).entries, []);
});

Deno.test("encodeCodeCache() gives the same bytes whatever the order of the entries", () => {
  const turned = { ...FILE, entries: FILE.entries.toReversed() };
  assertEquals(encodeCodeCache(turned), encodeCodeCache(FILE));
});

Deno.test("encodeCodeCache() lays numbers and texts where the runtime looks for them", () => {
  const a = { ...entry("ab", 1), data: new TextEncoder().encode("a") };
  const bytes = encodeCodeCache({ key: 2n, entries: [a] });
  assertEquals([...bytes], [
    ...[2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0],
    ...[24, 0, 0, 0, 0, 0, 0, 0],
    ...[0x61, 0, 0x61, 0x62, 2, 0, 0, 0],
    ...[0xf0, 0xde, 0xbc, 0x9a, 0x78, 0x56, 0x34, 0x12],
    // XXH64 of "a", as the hash's own tests have it.
    ...[0x5b, 0x6e, 0x8c, 0xa9, 0xf1, 0xc4, 0x4e, 0xd2],
  ]);
});

Deno.test("decodeCodeCache() refuses every file that is cut off or too long", () => {
  const whole = encodeCodeCache(FILE);
  for (let length = 0; length < whole.length; length++) {
    assertThrows(
      () => decodeCodeCache(whole.subarray(0, length)),
      BuildError,
      "Cannot read the code cache",
    );
  }
  const longer = new Uint8Array([...whole, 0]);
  assertThrows(() => decodeCodeCache(longer), BuildError, "1 bytes are left over");
});

Deno.test("decodeCodeCache() refuses entries whose parts do not fit", () => {
  const bytes = encodeCodeCache({ key: 2n, entries: [entry("ab", 1)] });
  const short = bytes.slice(0, 12 + 8 + 20);
  new DataView(short.buffer).setBigUint64(12, 20n, true);
  assertThrows(() => decodeCodeCache(short), BuildError, "an entry has 20 bytes");
  const long = bytes.slice();
  new DataView(long.buffer).setUint32(long.length - 20, 4, true);
  assertThrows(() => decodeCodeCache(long), BuildError, "a specifier is longer than its entry");
});

Deno.test("decodeCodeCache() refuses an entry whose bytes were changed", () => {
  const bytes = encodeCodeCache({ key: 2n, entries: [entry("ab", 1)] });
  bytes[12 + 8] = 2;
  assertThrows(() => decodeCodeCache(bytes), BuildError, 'the bytes of "ab" have another hash');
});
