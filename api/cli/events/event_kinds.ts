/** Which kinds there are to watch. */
import { CommandError, EXIT } from "../../client/command_error.ts";
import { type Definition, resolveType } from "../definitions.ts";
import { GraphService } from "../../../proto/gen/strata/runtime/v1/graph_pb.ts";
import type { Kind } from "../../../runtime/core/resource.ts";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";

/** Kinds watched at once: each is a stream, and a machine grants a caller some five hundred. */
export const KINDS_MAX = 400;

/** What was asked for. */
export interface WantedKinds {
  /** Names of types; none are all. */
  readonly types: readonly string[];
  /** Only this one; by default every one where a type is known to be. */
  readonly namespace: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * The kinds: types in their default namespaces, and in those where the machine's graph says that they are.
 *
 * @throws {CommandError} `notFound` for a type that is not there, `usage` for too many kinds.
 */
export async function eventKinds(
  transport: Transport,
  { definitions, wanted }: {
    readonly definitions: readonly Definition[];
    readonly wanted: WantedKinds;
  },
): Promise<readonly Kind[]> {
  const chosen = wanted.types.length === 0
    ? definitions
    : wanted.types.map((name) => resolveType(name, definitions));
  const { namespace } = wanted;
  const kinds = new Map<string, Kind>();
  const add = (kind: Kind): void => void kinds.set(`${kind.namespace}/${kind.type}`, kind);
  for (const { type, namespace: usual } of chosen) add({ namespace: namespace ?? usual, type });
  if (namespace === undefined) {
    const types = new Set(chosen.map(({ type }) => type));
    for (const kind of await knownKinds(transport, wanted.signal)) {
      if (types.has(kind.type)) add(kind);
    }
  }
  if (kinds.size <= KINDS_MAX) return [...kinds.values()];
  throw new CommandError(
    EXIT.usage,
    `cannot watch ${kinds.size} kinds at once, at most ${KINDS_MAX}: name types, or a namespace by -n`,
  );
}

/** Kinds of which resources exist or existed; none where the machine does not tell, or not us. */
async function knownKinds(transport: Transport, signal: AbortSignal): Promise<readonly Kind[]> {
  try {
    const { kinds } = await createClient(GraphService, transport).graph({}, { signal });
    return kinds.filter(({ namespace }) => namespace !== "")
      .map(({ namespace, type }) => ({ namespace, type }));
  } catch (error) {
    const { code } = ConnectError.from(error);
    if (code === Code.Unimplemented || code === Code.PermissionDenied) return [];
    throw error;
  }
}
