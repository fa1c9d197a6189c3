// @ts-types="../../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { assert as check, bigInt, integer, property } from "fast-check";
import { StateError } from "./errors.ts";
import { compareTimestamps, formatTimestamp, parseTimestamp } from "./timestamp.ts";

Deno.test("formatTimestamp() agrees with the calendar of JavaScript", () => {
  check(
    property(integer({ min: -62_135_596_800, max: 253_402_300_799 }), (seconds) => {
      const text = formatTimestamp({ seconds: BigInt(seconds), nanos: 0 });
      assertEquals(text, new Date(seconds * 1000).toISOString().replace(".000", ""));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("formatTimestamp() writes the last day of a cycle of 400 years", () => {
  assertEquals(formatTimestamp({ seconds: 951_782_400n, nanos: 0 }), "2000-02-29T00:00:00Z");
  assertEquals(formatTimestamp({ seconds: 951_868_799n, nanos: 0 }), "2000-02-29T23:59:59Z");
  assertEquals(formatTimestamp({ seconds: 951_868_800n, nanos: 0 }), "2000-03-01T00:00:00Z");
});

Deno.test("parseTimestamp() reads what formatTimestamp() writes", () => {
  const seconds = bigInt({ min: -62_135_596_800n, max: 253_402_300_799n });
  check(property(seconds, integer({ min: 0, max: 999_999_999 }), (seconds, nanos) => {
    assertEquals(parseTimestamp(formatTimestamp({ seconds, nanos })), { seconds, nanos });
  }));
});

Deno.test("parseTimestamp() reads every form of RFC 3339", () => {
  const cases: Readonly<Record<string, readonly [bigint, number]>> = {
    "1970-01-01T00:00:00Z": [0n, 0],
    "2026-01-02T03:04:05Z": [1_767_323_045n, 0],
    "2026-01-02t03:04:05.5z": [1_767_323_045n, 500_000_000],
    "2026-01-02T03:04:05.123456789+01:30": [1_767_317_645n, 123_456_789],
    "2026-01-01T22:04:05-05:00": [1_767_323_045n, 0],
    "1969-12-31T23:59:59.999Z": [-1n, 999_000_000],
    "2024-02-29T00:00:00Z": [1_709_164_800n, 0],
    "2000-02-29T00:00:00Z": [951_782_400n, 0],
    "2026-01-02T23:59:00-23:59": [1_767_484_680n, 0],
    "9999-12-31T23:59:59Z": [253_402_300_799n, 0],
  };
  for (const [text, [seconds, nanos]] of Object.entries(cases)) {
    assertEquals(parseTimestamp(text), { seconds, nanos });
  }
});

Deno.test("parseTimestamp() refuses what is no time", () => {
  const bad = ["", "now", "2026-13-01T00:00:00Z", "2023-02-29T00:00:00Z", "2026-01-01 00:00:00Z"];
  bad.push(
    "2026-01-01T24:00:00Z",
    "2026-01-01T00:00:60Z",
    "2026-01-01T00:00:00",
    "0000-01-01T00:00:00Z",
  );
  bad.push("2026-01-01T00:00:00.1234567890Z", "0001-01-01T00:00:00+01:00");
  bad.push(
    "x2026-01-01T00:00:00Z",
    "2026-01-01T00:00:00Zx",
    "2026-00-01T00:00:00Z",
    "2026-01-00T00:00:00Z",
    "2026-01-01T00:60:00Z",
    "2026-04-31T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2026-01-01T00:00:00+24:00",
    "2026-01-01T00:00:00+00:60",
    "9999-12-31T23:59:59-00:01",
    "0000-12-31T23:59:59Z",
    "0001-01-01T00:00:00+00:01",
  );
  for (const text of bad) assertThrows(() => parseTimestamp(text), StateError, "Cannot read time");
  // No more of it than a line can hold.
  const shown = `Cannot read time "${"a".repeat(64)}": it may be like`;
  assertThrows(() => parseTimestamp("a".repeat(999)), StateError, shown);
});

Deno.test("compareTimestamps() looks at nanoseconds where the seconds are the same", () => {
  const times = [[-1n, 5], [0n, 0], [0n, 1], [1n, 0]] as const;
  for (const [index, [seconds, nanos]] of times.entries()) {
    for (const [other, [otherSeconds, otherNanos]] of times.entries()) {
      const outcome = compareTimestamps({ seconds, nanos }, {
        seconds: otherSeconds,
        nanos: otherNanos,
      });
      assertEquals(Math.sign(outcome), Math.sign(index - other));
    }
  }
});

Deno.test("formatTimestamp() writes as few digits as it takes, or none", () => {
  const write = (nanos: number) => formatTimestamp({ seconds: 0n, nanos }).slice(19);
  assertEquals([0, 500_000_000, 1_000, 1].map(write), ["Z", ".500Z", ".000001Z", ".000000001Z"]);
  const whole = formatTimestamp({ seconds: 0n, nanos: 5 }, { fraction: "none" });
  assertEquals(whole, "1970-01-01T00:00:00Z");
  assertThrows(
    () => formatTimestamp({ seconds: 2n ** 40n, nanos: 0 }),
    RangeError,
    "years 1 to 9999",
  );
  assertThrows(
    () => formatTimestamp({ seconds: -62_135_596_801n, nanos: 0 }),
    RangeError,
    "years 1 to 9999",
  );
});

Deno.test("parseTimestamp() reads the first and the last second of the years 1 to 9999, from any offset", () => {
  const [first, last] = [{ seconds: -62_135_596_800n, nanos: 0 }, {
    seconds: 253_402_300_799n,
    nanos: 0,
  }];
  for (const text of ["0001-01-01T00:00:00Z", "0000-12-31T23:00:00-01:00"]) {
    assertEquals(parseTimestamp(text), first);
  }
  assertEquals(parseTimestamp("9999-12-31T23:59:59Z"), last);
});
