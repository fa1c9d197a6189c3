/** What the inputs of a controller may be, and their order. */
import { utf8Compare } from "../core/text_order.ts";
import type { AnyInput } from "./access.ts";
import type { Flavour } from "./dependency_database.ts";

/** In the order of COSI's own numbers. */
const KINDS: Readonly<Record<Flavour, readonly AnyInput["kind"][]>> = {
  controller: ["weak", "strong", "destroy-ready"],
  queue: ["q-primary", "q-mapped", "q-mapped-destroy-ready"],
};
const KIND_ORDER: readonly AnyInput["kind"][] = Object.freeze([
  ...KINDS.controller,
  ...KINDS.queue,
]);

/**
 * @throws {Error} An input is of a kind that is not for this flavour of controller, or two of them are about the same
 * resources.
 */
export function requireInputs(
  name: string,
  { flavour, inputs }: { readonly flavour: Flavour; readonly inputs: readonly AnyInput[] },
): void {
  for (const input of inputs) {
    if (!KINDS[flavour].includes(input.kind)) {
      const may = KINDS[flavour].join(", ");
      throw new Error(`invalid input kind ${input.kind} for controller "${name}", may be ${may}`);
    }
  }
  const sorted = [...inputs].sort(compareInputs);
  for (const [at, input] of sorted.entries()) {
    const next = sorted[at + 1];
    if (next === undefined || !sameKeys(input, next)) continue;
    const { namespace, type, id } = input;
    const shown = `"${namespace}"/"${type}"${id === undefined ? "" : `/"${id}"`}`;
    throw new Error(`duplicate controller input: "${name}" -> ${shown}`);
  }
}

/** Orders inputs by namespace, type, id (none first) and kind. */
export function compareInputs(a: AnyInput, b: AnyInput): number {
  return utf8Compare(a.namespace, b.namespace) || utf8Compare(a.type, b.type) ||
    compareIds(a.id, b.id) || KIND_ORDER.indexOf(a.kind) - KIND_ORDER.indexOf(b.kind);
}

/** Whether two inputs are about the same resources, whichever their kinds. */
export function sameKeys(a: AnyInput, b: AnyInput): boolean {
  return a.namespace === b.namespace && a.type === b.type && a.id === b.id;
}

/** Whether two inputs say the same. */
export function sameInput(a: AnyInput, b: AnyInput | undefined): boolean {
  return b !== undefined && sameKeys(a, b) && a.kind === b.kind;
}

function compareIds(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  return utf8Compare(a, b);
}
