/** The names of resource types: what they may be, and the shorter names that follow from them. */
import { StateError } from "./errors.ts";

const NAME_REGEXP = /^[A-Z][A-Za-z0-9-]+$/;
const SUFFIX_REGEXP = /^[a-z][a-z0-9-]+(\.[a-z][a-z0-9-]+)*$/;

/** A type's name, taken apart: `MountSpecs.fs.strata` is `MountSpecs` and `fs.strata`. */
export interface TypeName {
  readonly name: string;
  readonly suffix: string;
}

/** Names that find a type besides the type itself. */
export interface TypeAliases {
  /** Short names: the given ones, the singular and the initials. */
  readonly aliases: readonly string[];
  /** All of them: the lower-cased name, alone and with the beginnings of the suffix, and the short ones. */
  readonly allAliases: readonly string[];
}

/**
 * Takes a resource type's name apart. That the name is a plural is checked where types are registered.
 *
 * @throws {StateError} `invalid-resource`, with the first rule the type breaks.
 */
export function parseTypeName(type: string): TypeName {
  const dot = type.indexOf(".");
  const name = type.slice(0, dot);
  const suffix = type.slice(dot + 1);
  if (dot === -1) throw invalid(type, "missing suffix");
  if (name === "") throw invalid(type, "name is empty");
  if (suffix === "") throw invalid(type, "suffix is empty");
  if (name === name.toLowerCase()) throw invalid(type, "name should be in CamelCase");
  if (!NAME_REGEXP.test(name)) throw invalid(type, `name doesn't match "${NAME_REGEXP.source}"`);
  if (!SUFFIX_REGEXP.test(suffix)) {
    throw invalid(type, `suffix doesn't match "${SUFFIX_REGEXP.source}"`);
  }
  return { name, suffix };
}

/**
 * The singular of a plural name by three rules of spelling: `…ies` is `…y`; `…sses, …uses, …shes, …ches, …xes, …zes`
 * lose `es`; any other `…s` is lost. Names with another singular (`Caches`, `Leases`) are declared with theirs.
 */
export function singularName(name: string): string {
  if (/[^aeiou]ies$/.test(name)) return `${name.slice(0, -3)}y`;
  if (/(ss|us|sh|ch|x|z)es$/.test(name)) return name.slice(0, -2);
  return name.endsWith("s") ? name.slice(0, -1) : name;
}

/** The names that follow from a type. */
export function typeAliases(
  { name, suffix }: TypeName,
  given: { readonly displayType: string; readonly aliases: readonly string[] },
): TypeAliases {
  const lowered = name.toLowerCase();
  const aliases = [...given.aliases, given.displayType.toLowerCase()];
  const initials = name.replaceAll(/[^A-Z]/g, "");
  if (initials.length > 1) {
    aliases.push(initials.toLowerCase());
    if (!initials.endsWith("S")) aliases.push(`${initials.toLowerCase()}s`);
  }
  const labels = suffix.split(".");
  const dotted = labels.slice(1).map((_, count) =>
    `${lowered}.${labels.slice(0, count + 1).join(".")}`
  );
  return { aliases, allAliases: [lowered, ...dotted, ...aliases] };
}

function invalid(type: string, rule: string): StateError {
  const detail = `error validating resource definition "${type.slice(0, 256)}": ${rule}`;
  return new StateError({ refusal: "invalid-resource", detail });
}
