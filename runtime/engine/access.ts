/** What a controller may touch: what it declared. */
import type { Kind, Metadata, Pointer } from "../core/resource.ts";
import { StateError } from "../core/errors.ts";
import type { Input, Output } from "./controller.ts";
import type { QueueInput } from "./queue_controller.ts";

/** An input of either flavour of controller. */
export type AnyInput = Input | QueueInput;

/** A controller's declarations as they are now. */
export interface Declared {
  readonly name: string;
  readonly inputs: readonly AnyInput[];
  readonly outputs: readonly Output[];
}

/** What a writer attempts. */
export type WriteVerb = "create" | "update" | "modify" | "teardown" | "destroy";

/** Inputs whose finalizers a controller may change: it can be trusted to see them go. */
const FINALIZER_INPUTS: readonly AnyInput["kind"][] = Object.freeze([
  "strong",
  "q-primary",
  "q-mapped",
]);

/** @throws {StateError} `access-denied`: neither an output, nor an input that covers the id. */
export function requireRead(declared: Declared, pointer: Pointer): void {
  if (isOutput(declared, pointer.type)) return;
  for (const input of declared.inputs) if (covers(input, pointer)) return;
  throw unreadable(declared, pointer);
}

/** @throws {StateError} `access-denied`: neither an output, nor an input of all ids. */
export function requireList(declared: Declared, kind: Kind): void {
  if (isOutput(declared, kind.type)) return;
  if (declared.inputs.some((input) => sameKind(input, kind) && input.id === undefined)) return;
  throw unreadable(declared, kind);
}

/** @throws {StateError} `access-denied`: no output. */
export function requireWrite(declared: Declared, pointer: Pointer, verb: WriteVerb): void {
  if (isOutput(declared, pointer.type)) return;
  const detail = `resource ${named(pointer)} is not an output for controller "${declared.name}", ` +
    `${verb} attempted on "${pointer.id}"`;
  throw new StateError({ refusal: "access-denied", detail });
}

/** @throws {StateError} `access-denied`: no input that covers the id and allows it. */
export function requireFinalizers(declared: Declared, pointer: Pointer): void {
  for (const input of declared.inputs) {
    if (FINALIZER_INPUTS.includes(input.kind) && covers(input, pointer)) return;
  }
  const detail = `attempt to change finalizers for resource ${named(pointer)}, ` +
    `not an input with Strong dependency for controller "${declared.name}"`;
  throw new StateError({ refusal: "access-denied", detail });
}

/** Whether everybody let go of a resource that is to end. */
export function isDestroyReady({ phase, finalizers }: Metadata): boolean {
  return phase === "tearingDown" && finalizers.length === 0;
}

/** Whether the input is of this kind, whichever its id. */
export function sameKind(input: Kind, kind: Kind): boolean {
  return input.type === kind.type && input.namespace === kind.namespace;
}

function covers(input: AnyInput, pointer: Pointer): boolean {
  return sameKind(input, pointer) && (input.id === undefined || input.id === pointer.id);
}

function isOutput({ outputs }: Declared, type: string): boolean {
  for (const output of outputs) if (output.type === type) return true;
  return false;
}

function unreadable({ name }: Declared, kind: Kind): StateError {
  const detail = `attempt to query resource ${named(kind)}, not input or output for ` +
    `controller "${name}"`;
  return new StateError({ refusal: "access-denied", detail });
}

function named({ namespace, type }: Kind): string {
  return `"${namespace}"/"${type}"`;
}
