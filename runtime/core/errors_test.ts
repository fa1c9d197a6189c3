// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import {
  type Failure,
  isAccessDenied,
  isClosed,
  isOverrun,
  isUnsupported,
  reference,
  StateError,
  stateErrorOf,
} from "./errors.ts";

const pointer = { namespace: "n", type: "Items.n.dev", id: "a", version: 3n };
const IT = "Items.n.dev(n/a@3)";

Deno.test("StateError writes its message from the facts of every refusal", () => {
  const detail = "the detail";
  const finalizers = ["one", "two"];
  const cases: readonly (readonly [Failure, string])[] = [
    [{ refusal: "not-found", pointer }, `resource ${IT} doesn't exist`],
    [{ refusal: "already-exists", pointer }, `resource ${IT} already exists`],
    [
      { refusal: "already-exists", pointer, version: 5n },
      "resource Items.n.dev(n/a@5) already exists",
    ],
    [
      { refusal: "version-conflict", pointer, expected: 1n, actual: undefined },
      "resource Items.n.dev(n/a@1) update conflict: " +
      'expected version "1", actual version "undefined"',
    ],
    [{ refusal: "owner-conflict", pointer, owner: "me" }, `resource ${IT} is owned by "me"`],
    [
      { refusal: "phase-conflict", pointer, expected: "running" },
      `resource ${IT} is not in phase running`,
    ],
    [
      { refusal: "pending-finalizers", pointer, finalizers },
      `resource ${IT} has pending finalizers [one two]`,
    ],
    [{ refusal: "invalid-bookmark", detail }, "invalid watch bookmark: the detail"],
    [{ refusal: "invalid-query", detail }, "invalid query: the detail"],
    [{ refusal: "invalid-resource", detail }, "invalid resource: the detail"],
    [{ refusal: "invalid-resource", pointer, detail }, `invalid resource ${IT}: the detail`],
    [{ refusal: "unsupported", operation: "fly" }, "operation fly is not supported"],
    [{ refusal: "access-denied", detail }, detail],
    [{ refusal: "overrun", detail }, detail],
    [{ refusal: "closed", detail }, detail],
  ];
  for (const [failure, message] of cases) {
    const error = new StateError(failure);
    assertEquals([error.name, error.message], ["StateError", message]);
  }
});

Deno.test("reference() shows the version it is given before the pointer's own", () => {
  assertEquals(reference(pointer), IT);
  assertEquals(reference(pointer, 7n), "Items.n.dev(n/a@7)");
  assertEquals(reference({ ...pointer, version: undefined }), "Items.n.dev(n/a@undefined)");
});

Deno.test("stateErrorOf() looks through sixteen wrappings at most, and never for ever", () => {
  const inner = new StateError({ refusal: "closed", detail: "" });
  const wrapped = (times: number): unknown =>
    times === 0 ? inner : new Error("", { cause: wrapped(times - 1) });
  assertEquals(stateErrorOf(wrapped(15)), inner);
  assertEquals(stateErrorOf(wrapped(16)), undefined);
  const loop = new Error("");
  loop.cause = loop;
  assertEquals([stateErrorOf(loop), stateErrorOf("no error")], [undefined, undefined]);
});

Deno.test("isUnsupported(), isAccessDenied(), isOverrun() and isClosed() tell their own refusal alone", () => {
  const detail = "no";
  const errors = [
    new StateError({ refusal: "unsupported", operation: "fly" }),
    new StateError({ refusal: "access-denied", detail }),
    new StateError({ refusal: "overrun", detail }),
    new StateError({ refusal: "closed", detail }),
  ];
  for (const [at, is] of [isUnsupported, isAccessDenied, isOverrun, isClosed].entries()) {
    assertEquals(errors.map(is), errors.map((_, index) => index === at));
  }
});
