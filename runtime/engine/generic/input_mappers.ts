/** Which primaries a change of another input concerns. */
import { isNotFound } from "../../core/errors.ts";
import { labelsMatch } from "../../core/query.ts";
import type { Resource } from "../../core/resource.ts";
import type { LabelQuery } from "../../core/state.ts";
import type { QueueContext, ReducedMetadata } from "../queue_controller.ts";
import { type TypedKind, understood } from "./typed_kind.ts";

/** Gives ids of primaries. */
export type InputMapper = (
  changed: ReducedMetadata,
  context: QueueContext,
) => readonly string[] | Promise<readonly string[]>;

/** The primary of the same id. */
export function mapToSameId(): InputMapper {
  return ({ id }) => [id];
}

/** No primary: the input is read, and that is all. */
export function mapToNone(): InputMapper {
  return () => [];
}

/** The primary whose id the label says, where it is set and the other labels match `conditions`. */
export function mapByLabel(label: string, conditions: LabelQuery = []): InputMapper {
  return ({ labels }) => {
    const id = Object.hasOwn(labels, label) ? labels[label] : undefined;
    return id === undefined || !labelsMatch([conditions], labels) ? [] : [id];
  };
}

/** What `map` makes of the resource as it is now; nothing where it is gone. */
export function mapByContent<Spec>(
  kind: TypedKind<Spec>,
  map: (resource: Resource<Spec>, context: QueueContext) => readonly string[],
): InputMapper {
  return async (changed, context) => {
    try {
      return map(understood(kind, await context.get(changed)), context);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return [];
    }
  };
}
