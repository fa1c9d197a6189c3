/** The resource types a process knows, found by type or by any of their shorter names. */
import type { ResourceDefinition } from "./definition.ts";
import { StateError } from "./errors.ts";

/** Resource types by name. */
export interface ResourceTypes {
  /** By the full type, as written. */
  byType(type: string): ResourceDefinition | undefined;
  /** By type or alias in any case. More than one: the name is ambiguous. */
  find(name: string): readonly ResourceDefinition[];
  /** In the order they were given. */
  all(): readonly ResourceDefinition[];
}

/** @throws {StateError} `invalid-resource`: two definitions have one type, whatever the case. */
export function resourceTypes(definitions: readonly ResourceDefinition[]): ResourceTypes {
  const all = Object.freeze([...definitions]);
  const byType = new Map<string, ResourceDefinition>();
  const byName = new Map<string, ResourceDefinition[]>();
  for (const definition of all) {
    const lowered = definition.type.toLowerCase();
    if (byName.get(lowered)?.some(({ type }) => type.toLowerCase() === lowered)) {
      const detail = `type "${definition.type}" is defined twice`;
      throw new StateError({ refusal: "invalid-resource", detail });
    }
    byType.set(definition.type, definition);
    for (const name of new Set([lowered, ...definition.allAliases])) {
      const key = name.toLowerCase();
      byName.set(key, [...byName.get(key) ?? [], definition]);
    }
  }
  return {
    byType: (type) => byType.get(type),
    find(name) {
      const found = byName.get(name.toLowerCase()) ?? [];
      // A full type is never ambiguous, whoever has it for an alias.
      const exact = found.filter(({ type }) => type.toLowerCase() === name.toLowerCase());
      return exact.length > 0 ? exact : [...found];
    },
    all: () => all,
  };
}
