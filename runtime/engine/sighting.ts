/** A change, as those who depend on it are shown it. */
import type { Metadata } from "../core/resource.ts";
import type { Cause } from "../core/state.ts";
import { takenCause } from "../core/write_options.ts";
import type { AnyInput } from "./access.ts";

/** An event without its kind and content: controllers look at what is, not at what happened. */
export interface Sighting {
  readonly metadata: Metadata;
  /** Which write of its namespace it was; absent where nothing was written just now. */
  readonly revision: bigint | undefined;
}

/** What there is of a kind after events of it were lost. */
export interface Relisted {
  /** Undefined where the contents of the kind are not followed. */
  readonly present: ReadonlyMap<string, Metadata> | undefined;
  /** As they were last known, those that are no more. */
  readonly vanished: readonly Metadata[];
}

/** Who depends on inputs. Nothing here may throw or wait. */
export interface Dependent {
  readonly name: string;
  /** A resource that the input covers changed. */
  notify(input: AnyInput, sighting: Sighting): void;
  /** Events of the input's kind were lost. */
  relisted(input: AnyInput, relisted: Relisted): void;
}

/** Why a controller writes that was shown this event last. */
export function causeOf(actor: string, sighting: Sighting | undefined): Cause {
  const revision = sighting?.revision;
  if (sighting === undefined || revision === undefined) return takenCause({ actor });
  return takenCause({ actor, event: { revision, pointer: sighting.metadata } });
}
