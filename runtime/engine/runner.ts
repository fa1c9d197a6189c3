/** What the engine asks of a controller it runs, whichever its flavour. */
import type { State } from "../core/state.ts";
import type { Clock, Log, Random } from "../core/ports.ts";
import type { ControllerCounters } from "./controller_counters.ts";
import type { ControllerStatus } from "./controller_status.ts";
import type { DependencyDatabase } from "./dependency_database.ts";
import type { FairTurns } from "./fair_turns.ts";
import type { KindCaches } from "./kind_caches.ts";
import type { KindWatches } from "./kind_watches.ts";
import type { RateLimit } from "./rate_limit.ts";
import type { Dependent } from "./sighting.ts";

/** What a runner needs of the engine. */
export interface RunnerOptions {
  readonly state: State;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly fairTurns: FairTurns;
  readonly caches: KindCaches;
  /** Who has which inputs now. */
  readonly dependencies: DependencyDatabase;
  readonly rateLimit: RateLimit | undefined;
  readonly warnsOfUncachedReads: boolean;
}

export interface Runner extends Dependent {
  readonly counters: ControllerCounters;
  readonly status: ControllerStatus;
  /** Resolves when the controller ended, by itself or by the signal. Never rejects. */
  run(watches: KindWatches, signal: AbortSignal): Promise<void>;
}
