// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import {
  array,
  assert as check,
  constantFrom,
  integer,
  oneof,
  property,
  record,
  string,
  tuple,
} from "fast-check";
import { HpackDecoder } from "./hpack_decoder.ts";
import { HpackEncoder } from "./hpack_encoder.ts";

/** Bytes of the greatest table that is tried. */
const TABLE_BYTES_MAX = 8192;

const latin1Unit = integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const text = string({ unit: latin1Unit, maxLength: 40 });
const name = oneof(
  constantFrom(
    ":status",
    ":path",
    "content-type",
    "grpc-status",
    "te",
    "cookie",
    "date",
    "x-a",
    "x-b",
  ),
  text,
);
const value = oneof(
  constantFrom("", "200", "0", "5", "/", "application/grpc", "x".repeat(300), "y".repeat(600)),
  text,
);
const list = array(tuple(name, value), { maxLength: 12 }).map((fields) => fields.flat());
const bounds = array(integer({ min: 0, max: TABLE_BYTES_MAX }), { maxLength: 3 });

/** A few lists, and steps that send one of them by its identity, after new bounds of the table. */
const run = record({
  lists: array(list, { minLength: 1, maxLength: 6 }),
  steps: array(
    record({ bounds, which: integer({ min: 0, max: 5 }), times: integer({ min: 1, max: 4 }) }),
    {
      maxLength: 20,
    },
  ),
});

Deno.test("HpackDecoder gives what HpackEncoder was given, over any bounds of the table", () => {
  check(
    property(run, ({ lists, steps }) => {
      const encoder = new HpackEncoder({ tableBytesMax: TABLE_BYTES_MAX });
      const decoder = new HpackDecoder({ tableBytesMax: 4096, listBytesMax: 1_000_000 });
      for (const step of steps) {
        for (const bytesMax of step.bounds) {
          decoder.settingsAcknowledged(bytesMax);
          encoder.setTableBytesMax(bytesMax);
        }
        const pairs = lists[step.which % lists.length] ?? [];
        for (let times = 0; times < step.times; times++) {
          const decoded = decoder.decode(encoder.encode(pairs));
          assertEquals(decoded.pairs, pairs);
          assertEquals(decoder.tableBytes, encoder.tableBytes);
        }
      }
    }),
    { numRuns: 500 },
  );
});
