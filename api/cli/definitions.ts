/** The resource types a machine has, and the one somebody means. */
import { CommandError, EXIT } from "../client/command_error.ts";
import { nearNames } from "./near_names.ts";
import {
  ResourceDefinitionSpec_Sensitivity as Sensitivity,
  ResourceDefinitionSpecSchema,
} from "../../proto/gen/cosi/resource/meta/meta_pb.ts";
import { State } from "../../proto/gen/cosi/resource/state_pb.ts";
import { fromBinary } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";

const META_NAMESPACE = "meta";
const DEFINITION_TYPE = "ResourceDefinitions.meta.cosi.dev";

/** Types of one machine: some 150 in the largest known; more is a machine that does not stop. */
const DEFINITIONS_MAX = 4096;

/** A resource type as its machine describes it. */
export interface Definition {
  readonly type: string;
  readonly displayType: string;
  readonly namespace: string;
  readonly aliases: readonly string[];
  /** Every name but the full type, lower-cased. */
  readonly allAliases: readonly string[];
  readonly columns: readonly { readonly name: string; readonly jsonPath: string }[];
  /** Whether administrators alone may read such resources. */
  readonly isSensitive: boolean;
}

/** Asks for all types, in order of their ids. */
export async function fetchDefinitions(
  transport: Transport,
  options: { readonly signal: AbortSignal },
): Promise<readonly Definition[]> {
  const request = { namespace: META_NAMESPACE, type: DEFINITION_TYPE, options: {} };
  const definitions: Definition[] = [];
  for await (
    const { resource } of createClient(State, transport).list(request, { signal: options.signal })
  ) {
    const spec = fromBinary(
      ResourceDefinitionSpecSchema,
      resource?.spec?.protoSpec ?? new Uint8Array(0),
    );
    if (spec.resourceType === "") continue;
    definitions.push({
      type: spec.resourceType,
      displayType: spec.displayType,
      namespace: spec.defaultNamespace,
      aliases: spec.aliases,
      allAliases: spec.allAliases,
      columns: spec.printColumns,
      isSensitive: spec.sensitivity !== Sensitivity.NON_SENSITIVE,
    });
    if (definitions.length > DEFINITIONS_MAX) {
      throw new CommandError(
        EXIT.failed,
        `cannot list types: the machine has more than ${DEFINITIONS_MAX}`,
      );
    }
  }
  return definitions;
}

/**
 * The type that `name` names: the full type, or an alias of only one; in any case.
 *
 * @throws {CommandError} `notFound` with names like it, `usage` when several types have the alias.
 */
export function resolveType(name: string, definitions: readonly Definition[]): Definition {
  const wanted = name.toLowerCase();
  // A full type is never ambiguous, whoever has it for an alias.
  const exact = definitions.find(({ type }) => type.toLowerCase() === wanted);
  if (exact !== undefined) return exact;
  const found = definitions.filter(({ allAliases }) =>
    allAliases.some((alias) => alias.toLowerCase() === wanted)
  );
  const [first] = found;
  if (first === undefined) {
    const names = definitions.flatMap(({ type, allAliases }) => [type, ...allAliases]);
    const near = nearNames(name, names);
    const advice = near.length === 0
      ? `"strata types" lists them`
      : `did you mean ${near.join(" or ")}?`;
    throw new CommandError(EXIT.notFound, `no resource type "${name}": ${advice}`);
  }
  if (found.length > 1) {
    const types = found.map(({ type }) => type).join(", ");
    throw new CommandError(EXIT.usage, `resource type "${name}" is ambiguous: it may be ${types}`);
  }
  return first;
}
