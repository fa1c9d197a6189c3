/** Queries of a state as messages. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type IDQuerySchema,
  type LabelQuerySchema,
  LabelTerm_Operation as Operation,
} from "../../proto/gen/cosi/resource/resource_pb.ts";
import { StateError } from "../../runtime/core/errors.ts";
import type { LabelOperation, Query } from "../../runtime/core/state.ts";
import { ID_REGEXP_LENGTH_MAX } from "../limits.ts";

const OPERATIONS = {
  "exists": Operation.EXISTS,
  "equal": Operation.EQUAL,
  "in": Operation.IN,
  "lt": Operation.LT,
  "lte": Operation.LTE,
  "lt-numeric": Operation.LT_NUMERIC,
  "lte-numeric": Operation.LTE_NUMERIC,
} as const satisfies Record<LabelOperation, Operation>;

/** The parts of a query, as the options of a list and of a watch have them. */
export interface QueryMessage {
  readonly labelQuery: MessageInitShape<typeof LabelQuerySchema>[];
  readonly idQuery?: MessageInitShape<typeof IDQuerySchema>;
}

/**
 * The message of a query.
 *
 * @throws {StateError} `invalid-query`: the id expression is longer than a state takes, whatever the server would.
 */
export function queryMessage({ id, labels }: Query = {}): QueryMessage {
  if (id !== undefined && id.length > ID_REGEXP_LENGTH_MAX) {
    const detail = `the id expression has ${id.length} characters, and may have ` +
      `${ID_REGEXP_LENGTH_MAX}`;
    throw new StateError({ refusal: "invalid-query", detail });
  }
  const labelQuery = (labels ?? []).map((terms) => ({
    terms: terms.map(({ key, operation, values, invert }) => ({
      key,
      op: OPERATIONS[operation],
      value: [...values],
      invert,
    })),
  }));
  return { labelQuery, ...(id === undefined || id === "" ? {} : { idQuery: { regexp: id } }) };
}
