// @ts-types="../../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { StateError } from "../core/errors.ts";
import {
  type AnyInput,
  type Declared,
  requireFinalizers,
  requireList,
  requireRead,
  requireWrite,
} from "./access.ts";

const KIND = { namespace: "n", type: "T" };
const POINTER = { ...KIND, id: "a" };

const INPUTS: readonly AnyInput["kind"][] = [
  "weak",
  "strong",
  "destroy-ready",
  "q-primary",
  "q-mapped",
  "q-mapped-destroy-ready",
];
const FINALIZER_INPUTS = ["strong", "q-primary", "q-mapped"];
const VERBS = ["create", "update", "modify", "teardown", "destroy"] as const;

function declared(parts: Partial<Declared>): Declared {
  return { name: "X", inputs: [], outputs: [], ...parts };
}

/** Undefined where it is allowed, else why it is not. */
function refusal(act: () => void): string | undefined {
  try {
    act();
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    assertEquals(error.failure.refusal, "access-denied");
    return error.message;
  }
  return undefined;
}

for (const kind of INPUTS) {
  const inputs = [{ ...KIND, kind } as AnyInput];
  for (const verb of VERBS) {
    Deno.test(`requireWrite() refuses ${verb} on a ${kind} input`, () => {
      assertEquals(
        refusal(() => requireWrite(declared({ inputs }), POINTER, verb)),
        `resource "n"/"T" is not an output for controller "X", ${verb} attempted on "a"`,
      );
    });
  }
  for (const verb of ["addFinalizer", "removeFinalizer"]) {
    const allowed = FINALIZER_INPUTS.includes(kind);
    const does = allowed ? "allows" : "refuses";
    Deno.test(`requireFinalizers() ${does} ${verb} on a ${kind} input`, () => {
      assertEquals(
        refusal(() => requireFinalizers(declared({ inputs }), POINTER)),
        allowed ? undefined : 'attempt to change finalizers for resource "n"/"T", ' +
          'not an input with Strong dependency for controller "X"',
      );
    });
  }
  Deno.test(`requireRead() and requireList() allow a ${kind} input`, () => {
    requireRead(declared({ inputs }), POINTER);
    requireList(declared({ inputs }), KIND);
  });
}

for (const kind of ["exclusive", "shared"] as const) {
  const outputs = [{ type: "T", kind }];
  Deno.test(`requireWrite() allows every verb on a ${kind} output, in any namespace`, () => {
    for (const verb of VERBS) {
      requireWrite(declared({ outputs }), { ...POINTER, namespace: "anywhere" }, verb);
    }
    requireRead(declared({ outputs }), { ...POINTER, namespace: "anywhere" });
    requireList(declared({ outputs }), { ...KIND, namespace: "anywhere" });
  });

  Deno.test(`requireFinalizers() refuses a ${kind} output`, () => {
    assertThrows(() => requireFinalizers(declared({ outputs }), POINTER), StateError);
  });
}

Deno.test("an input with an id allows that id alone, and no list", () => {
  const one = declared({ inputs: [{ ...POINTER, kind: "strong" }] });
  requireRead(one, POINTER);
  requireFinalizers(one, POINTER);
  const query = 'attempt to query resource "n"/"T", not input or output for controller "X"';
  assertEquals(refusal(() => requireRead(one, { ...POINTER, id: "b" })), query);
  assertEquals(refusal(() => requireList(one, KIND)), query);
  assertThrows(() => requireFinalizers(one, { ...POINTER, id: "b" }), StateError);
  assertThrows(() => requireRead(one, { ...POINTER, namespace: "m" }), StateError);
  assertThrows(() => requireRead(one, { ...POINTER, type: "U" }), StateError);
});
