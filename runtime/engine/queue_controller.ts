/** What a queue controller is: one that is called for one resource at a time. */
import type { Kind, Metadata, Phase, Pointer } from "../core/resource.ts";
import type { Log } from "../core/ports.ts";
import type { Output, Reader, Writer } from "./controller.ts";

/** A kind, or one resource of it, whose changes queue jobs. */
export interface QueueInput extends Kind {
  readonly id?: string;
  /**
   * `q-primary`: every resource is reconciled at the start and after each change. `q-mapped`: a change is mapped to
   * primaries. `q-mapped-destroy-ready`: the same, only when the resource is tearing down and no finalizer is left.
   */
  readonly kind: "q-primary" | "q-mapped" | "q-mapped-destroy-ready";
}

/** What is told of a change. Of a destroyed resource it is what was known last. */
export interface ReducedMetadata extends Pointer {
  readonly phase: Phase;
  readonly labels: Readonly<Record<string, string>>;
  readonly finalizersEmpty: boolean;
}

/** What a queue controller declares; read once, when it is registered. */
export interface QueueSettings {
  readonly inputs: readonly QueueInput[];
  readonly outputs: readonly Output[];
  /** Jobs at a time, from 1, which is the default, to {@linkcode CONCURRENCY_MAX}. Never two of one item. */
  readonly concurrency?: number;
  /**
   * Runs beside the jobs. Throwing runs it again after a back-off, which begins anew when it lived for more than a
   * minute; returning ends it for good.
   */
  readonly run?: (context: QueueContext) => Promise<void>;
  /** Runs once, after every job and the run hook have ended. */
  readonly shutdown?: () => void | Promise<void>;
}

/** More jobs at a time than this wait for each other's answers anyway. */
export const CONCURRENCY_MAX = 1024;

/** What a job is given. */
export interface QueueContext extends Reader, Writer {
  /** Aborts when the engine stops, and when the job has ended. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * Keeps one resource at a time as it should be.
 *
 * A job that throws is done again after its item's own back-off of 0.5 s × 1.5 each time, ± 50 %, at most 60 s, or at
 * the item's next change. `RequeueError` and `SkipError` say otherwise.
 */
export interface QueueController {
  /** `<domain>.<Name>Controller`; owner of what it writes, and name of its finalizers. */
  readonly name: string;
  readonly settings: QueueSettings;
  /** Called for primaries that are gone as well. */
  reconcile(context: QueueContext, pointer: Pointer): Promise<void>;
  /** Which primaries a changed mapped input concerns. */
  mapInput(context: QueueContext, changed: ReducedMetadata): Promise<readonly Pointer[]>;
}

export function reducedMetadata(metadata: Metadata): ReducedMetadata {
  const { namespace, type, id, phase, labels, finalizers } = metadata;
  return { namespace, type, id, phase, labels, finalizersEmpty: finalizers.length === 0 };
}
