/** Resources about resources: the namespaces and the types that exist. Informational: a state takes any. */
import {
  NamespaceSpecSchema,
  ResourceDefinitionSpec_Sensitivity,
  ResourceDefinitionSpecSchema,
} from "../../proto/gen/cosi/resource/meta/meta_pb.ts";
import { defineResource, type ResourceDefinition } from "../core/definition.ts";
import type { ResourceTypes } from "../core/resource_types.ts";
import type { Resource } from "../core/resource.ts";
import type { CoreState } from "../core/state.ts";
import { requirePluralName } from "./plural_name.ts";

/** Owner and namespace of everything here; no caller may write as it. */
export const META = "meta";

/** A namespace that exists; the id is its name. Written once at start. */
export const namespaceType = defineResource({
  descriptor: NamespaceSpecSchema,
  type: "Namespaces.meta.cosi.dev",
  namespace: META,
  aliases: ["ns"],
});

/** A resource type that exists; the id is the type in lower case. Written once at start. */
export const resourceDefinitionType = defineResource({
  descriptor: ResourceDefinitionSpecSchema,
  type: "ResourceDefinitions.meta.cosi.dev",
  namespace: META,
  aliases: ["api-resources"],
  printColumns: [{ name: "Aliases", jsonPath: "{.aliases[:]}" }],
});

/** The resource that tells of a type. */
export function resourceDefinitionOf(definition: ResourceDefinition): Resource {
  return resourceDefinitionType.newResource(definition.type.toLowerCase(), {
    resourceType: definition.type,
    displayType: definition.displayType,
    defaultNamespace: definition.namespace,
    aliases: [...definition.aliases],
    allAliases: [...definition.allAliases],
    printColumns: definition.printColumns.map(({ name, jsonPath }) => ({ name, jsonPath })),
    sensitivity: definition.sensitivity === "sensitive"
      ? ResourceDefinitionSpec_Sensitivity.SENSITIVE
      : ResourceDefinitionSpec_Sensitivity.NON_SENSITIVE,
  });
}

/** What {@linkcode registerTypes} is told. */
export interface Registration {
  readonly namespaces: readonly { readonly name: string; readonly description: string }[];
  readonly types: ResourceTypes;
}

/**
 * Creates the resources that tell of namespaces and types, as owner `meta`.
 *
 * @throws {StateError} `invalid-resource`: a type's name is no plural, and nothing was created; `already-exists` the
 * second time.
 */
export async function registerTypes(state: CoreState, registration: Registration): Promise<void> {
  const { namespaces, types } = registration;
  for (const { type } of types.all()) requirePluralName(type);
  const resources = [
    ...types.all().map(resourceDefinitionOf),
    ...namespaces.map(({ name, description }) => namespaceType.newResource(name, { description })),
  ];
  for (const resource of resources) {
    await state.create(resource, { owner: META, cause: { actor: META } });
  }
}
