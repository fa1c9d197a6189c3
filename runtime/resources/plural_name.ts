/** The one rule of naming types that takes a dictionary of English. */
// @ts-types="types/pluralize.d.ts"
import pluralize from "pluralize";
import { StateError } from "../core/errors.ts";
import { parseTypeName } from "../core/type_name.ts";

/** @throws {StateError} `invalid-resource`: the type's name breaks a rule; that it is a plural is the last of them. */
export function requirePluralName(type: string): void {
  const { name } = parseTypeName(type);
  if (pluralize.isPlural(name)) return;
  const detail = `error validating resource definition "${type}": name should be plural`;
  throw new StateError({ refusal: "invalid-resource", detail });
}
