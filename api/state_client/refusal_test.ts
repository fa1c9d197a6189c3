// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertStrictEquals } from "@std/assert";
import { Code, ConnectError } from "@connectrpc/connect";
import { type Failure, type Refusal, StateError } from "../../runtime/core/errors.ts";
import { codeOf, type StateCall } from "../errors.ts";
import { type CallFacts, refusal } from "./refusal.ts";

const NAME = { namespace: "default", type: "os/path", id: "a" };
const AT_2 = { ...NAME, version: 2n };
const EXPECTED = { version: 2n, phase: "running" } as const;

/** What a state in this process refuses, and the calls that may. */
const REFUSED: readonly (readonly [Failure, readonly StateCall[]])[] = [
  [{ refusal: "not-found", pointer: NAME }, ["Get", "Create", "Update", "Destroy", "Teardown"]],
  [{ refusal: "already-exists", pointer: NAME }, ["Create"]],
  [
    { refusal: "version-conflict", pointer: AT_2, expected: 2n, actual: 7n },
    ["Update"],
  ],
  [
    { refusal: "version-conflict", pointer: AT_2, expected: 2n, actual: undefined },
    ["Update"],
  ],
  [
    { refusal: "owner-conflict", pointer: AT_2, owner: 'a "b"' },
    ["Create", "Update", "Destroy", "Teardown", "TeardownAndDestroy"],
  ],
  [
    { refusal: "phase-conflict", pointer: AT_2, expected: "running" },
    ["Update", "Teardown", "TeardownAndDestroy"],
  ],
  [
    { refusal: "pending-finalizers", pointer: AT_2, finalizers: ["F", "G"] },
    ["Destroy", "TeardownAndDestroy"],
  ],
  [{ refusal: "invalid-bookmark", detail: "it is short" }, ["Watch"]],
  [{ refusal: "invalid-query", detail: "the id expression is no RE2" }, ["List", "Watch"]],
  [{ refusal: "invalid-resource", pointer: NAME, detail: "it is none" }, ["Create", "Update"]],
  [{ refusal: "unsupported", operation: "label_query" }, ["Watch", "List"]],
  [{ refusal: "access-denied", detail: "not yours" }, ["Get", "List", "Create", "Watch"]],
  [{ refusal: "overrun", detail: "too many wait" }, ["Create", "Watch"]],
  [{ refusal: "closed", detail: "it stops" }, ["Get", "Update", "Watch"]],
];

function factsOf(call: StateCall): CallFacts {
  if (call === "List") return { call };
  return { call, pointer: NAME, ...(call === "Update" ? { expected: EXPECTED } : {}) };
}

Deno.test("refusal() reads back what our server makes of each refusal", () => {
  for (const [failure, calls] of REFUSED) {
    const said = new StateError(failure);
    for (const call of calls) {
      const error = new ConnectError(said.message, codeOf(failure.refusal, call));
      const read = refusal(error, factsOf(call));
      if (!(read instanceof StateError)) throw new Error(`${call}: ${read}`);
      assertEquals(read.failure, failure, call);
      assertEquals(read.message, said.message);
      assertStrictEquals(read.cause, error);
    }
  }
});

Deno.test("refusal() takes the words of official servers, and tells by call and code without any", () => {
  const cases: readonly (readonly [StateCall, Code, string, Refusal])[] = [
    ["Update", Code.FailedPrecondition, "", "version-conflict"],
    [
      "Update",
      Code.InvalidArgument,
      "resource os/path(default/a@2) is not in phase running",
      "phase-conflict",
    ],
    ["Destroy", Code.FailedPrecondition, "", "pending-finalizers"],
    ["Watch", Code.FailedPrecondition, "invalid bookmark", "invalid-bookmark"],
    ["Watch", Code.Unknown, "cannot use tail events with bookmark", "invalid-query"],
    [
      "Teardown",
      Code.Unknown,
      "resource os/path(default/a@2) is not in phase running",
      "phase-conflict",
    ],
    ["Get", Code.Unauthenticated, "who are you", "access-denied"],
    ["Get", Code.DeadlineExceeded, "the operation timed out", "closed"],
    ["Get", Code.Canceled, "", "closed"],
  ];
  for (const [call, code, words, expected] of cases) {
    const read = refusal(new ConnectError(words, code), factsOf(call));
    assertEquals(read instanceof StateError && read.failure.refusal, expected, `${call} ${words}`);
  }
});

Deno.test("refusal() leaves alone what is no refusal", () => {
  const strangers = [
    new Error("not found"),
    new ConnectError("internal", Code.Internal),
    new ConnectError("broken", Code.Unknown),
    undefined,
  ];
  for (const stranger of strangers) {
    assertStrictEquals(refusal(stranger, factsOf("Get")), stranger);
  }
});
