/** What is known of a controller while it lives. */
import type { Timestamp } from "../core/resource.ts";
import type { AnyInput } from "./access.ts";
import type { Output } from "./controller.ts";
import type { Flavour } from "./dependency_database.ts";
import type { Sighting } from "./sighting.ts";

/** Where a controller is in its life. */
export type ControllerPhase = "registered" | "running" | "backing-off" | "ended";

export interface ControllerStatus {
  readonly name: string;
  readonly flavour: Flavour;
  /** Of a queue controller never `backing-off`: its items do that, each by itself. */
  readonly phase: ControllerPhase;
  readonly inputs: readonly AnyInput[];
  readonly outputs: readonly Output[];
  /** How often it was started; of a queue controller, how many jobs it was given. */
  readonly runs: number;
  /** How often it threw, or its jobs did. */
  readonly crashes: number;
  /** How many turns it was given; of a queue controller, as `runs`. */
  readonly wakeups: number;
  /** When it was last started, or given a turn or a job. */
  readonly lastRun: Timestamp | undefined;
  /** What it threw last, in words. */
  readonly lastError: string | undefined;
  readonly lastErrorTime: Timestamp | undefined;
  /** The event that woke it last. */
  readonly wokenBy: Sighting | undefined;
  /** Items that wait; 0 for those without a queue. */
  readonly queueLength: number;
}
