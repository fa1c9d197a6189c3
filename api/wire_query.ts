/** Queries as they travel in messages, turned into the state's. */
import { Code, ConnectError } from "@connectrpc/connect";
import {
  type IDQuery,
  type LabelQuery as WireLabelQuery,
  type LabelTerm as WireLabelTerm,
  LabelTerm_Operation as Operation,
} from "../proto/gen/cosi/resource/resource_pb.ts";
import type { LabelOperation, LabelTerm, Query } from "../runtime/core/state.ts";
import { ID_REGEXP_LENGTH_MAX, LABEL_TERMS_MAX } from "./limits.ts";

const OPERATIONS = {
  [Operation.EXISTS]: "exists",
  [Operation.NOT_EXISTS]: "exists",
  [Operation.EQUAL]: "equal",
  [Operation.IN]: "in",
  [Operation.LT]: "lt",
  [Operation.LTE]: "lte",
  [Operation.LT_NUMERIC]: "lt-numeric",
  [Operation.LTE_NUMERIC]: "lte-numeric",
} as const satisfies Record<Operation, LabelOperation>;

/** Operations that look at no value, or at any number of them. */
const VALUELESS: readonly LabelOperation[] = ["exists", "in"];

/**
 * Reads the queries of a list or watch.
 *
 * @throws {ConnectError} `InvalidArgument`: a term lacks its value, or a bound is passed; `Unimplemented`: the
 * operation is of a newer version.
 */
export function wireQuery(
  labels: readonly WireLabelQuery[] | undefined,
  id: IDQuery | undefined,
): Query {
  const regexp = id?.regexp ?? "";
  if (regexp.length > ID_REGEXP_LENGTH_MAX) {
    throw invalid(
      `id_query has ${regexp.length} characters, and may have ${ID_REGEXP_LENGTH_MAX}`,
    );
  }
  const count = labels?.reduce((sum, { terms }) => sum + terms.length, 0) ?? 0;
  if (count > LABEL_TERMS_MAX) {
    throw invalid(`label_query has ${count} terms, and may have ${LABEL_TERMS_MAX}`);
  }
  return {
    ...(regexp === "" ? {} : { id: regexp }),
    ...(labels === undefined ? {} : { labels: labels.map(({ terms }) => terms.map(readTerm)) }),
  };
}

function readTerm({ key, op, value, invert }: WireLabelTerm): LabelTerm {
  // Enums are open: a newer client may send a number without a name.
  const operation: LabelOperation | undefined = OPERATIONS[op];
  if (operation === undefined) {
    throw new ConnectError(`label operator ${op} is not supported`, Code.Unimplemented);
  }
  if (value.length === 0 && !VALUELESS.includes(operation)) {
    throw invalid(`label term "${key}" with ${Operation[op]} lacks a value`);
  }
  return { key, operation, values: value, invert: invert || op === Operation.NOT_EXISTS };
}

function invalid(detail: string): ConnectError {
  return new ConnectError(detail, Code.InvalidArgument);
}
