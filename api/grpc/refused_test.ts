// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { Code } from "@connectrpc/connect";
import { REFUSALS_PREPARED_MAX } from "../limits.ts";
import { answerHeaders } from "./answer_headers.ts";
import { PreparedRefusals, Refused } from "./refused.ts";

const PLAIN = answerHeaders("application/grpc", false);

Deno.test("PreparedRefusals gives the same frozen list for a refusal that comes again", () => {
  const refusals = new PreparedRefusals();
  const refused = () => new Refused(Code.NotFound, "no ä");
  const once = refusals.of(PLAIN, refused());
  assertEquals(once, [...PLAIN, "grpc-status", "5", "grpc-message", "no %C3%A4"]);
  const again = refusals.of(PLAIN, refused());
  assertEquals(again, once);
  assert(Object.isFrozen(again));
  assertStrictEquals(refusals.of(PLAIN, refused()), again);
});

Deno.test("PreparedRefusals tells codes, messages and headers apart", () => {
  const refusals = new PreparedRefusals();
  const seen = new Set<string>();
  for (const type of ["application/grpc", "application/grpc+proto"]) {
    for (const gzip of [false, true]) {
      for (const code of [Code.NotFound, Code.Internal]) {
        for (const message of ["", "a", "b"]) {
          const headers = answerHeaders(type, gzip);
          for (let time = 0; time < 3; time++) {
            const pairs = refusals.of(headers, new Refused(code, message));
            assertEquals(pairs.slice(0, headers.length), headers);
            seen.add(pairs.join("\n"));
          }
        }
      }
    }
  }
  assertEquals(seen.size, 24);
});

Deno.test("PreparedRefusals forgets the oldest, and keeps none of a long message", () => {
  const refusals = new PreparedRefusals();
  const first = new Refused(Code.NotFound, "first");
  refusals.of(PLAIN, first);
  const kept = refusals.of(PLAIN, first);
  for (let index = 0; index < REFUSALS_PREPARED_MAX; index++) {
    assertStrictEquals(refusals.of(PLAIN, first) === kept, true, `${index}`);
    if (index < REFUSALS_PREPARED_MAX - 1) {
      refusals.of(PLAIN, new Refused(Code.NotFound, `${index}`));
    }
  }
  refusals.of(PLAIN, new Refused(Code.NotFound, "one more"));
  assertEquals(refusals.of(PLAIN, first) === kept, false);
  const long = new Refused(Code.NotFound, "x".repeat(201));
  refusals.of(PLAIN, long);
  assert(!Object.isFrozen(refusals.of(PLAIN, long)));
});

Deno.test("Refused.toError() is the same to be thrown", () => {
  const { code, rawMessage } = new Refused(Code.NotFound, "none").toError();
  assertEquals([code, rawMessage], [Code.NotFound, "none"]);
});
