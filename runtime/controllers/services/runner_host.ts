/** What a service knows of the others. */
import type { ServiceRunner } from "./service_runner.ts";
import type { ServiceView } from "./service_view.ts";
import type { ServiceWorld } from "./service_world.ts";

/** Whom a runner asks and tells. */
export interface RunnerHost {
  readonly world: ServiceWorld;
  /** Why a service it depends on is not up; undefined where it is. */
  whyNotUp(id: string): string | undefined;
  /** Those that need the service and are on their way to their end. */
  endingDependants(id: string): readonly string[];
  /** The view is another. `before` is the former. */
  changed(runner: ServiceRunner, before: ServiceView): void;
}
