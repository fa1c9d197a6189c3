/**
 * What every engine must do, with and without caches and limits: the cases of the COSI contract, under the names its
 * tables give them.
 */
import { engineCleanupCases } from "./engine_cleanups.ts";
import { engineControllerCases } from "./engine_controllers.ts";
import { engineFailureCases } from "./engine_failures.ts";
import type { EngineSubject } from "./engine_fixtures.ts";
import { engineOverrunCases } from "./engine_overruns.ts";
import { engineQueueCases } from "./engine_queues.ts";
import { engineQueueTransformCases } from "./engine_queue_transforms.ts";
import { engineTransformCases } from "./engine_transforms.ts";
import { engineTwoTransformCases } from "./engine_two_transforms.ts";

/** Declares the suite as tests, each name beginning with the subject's. */
export function engineConformance(subject: EngineSubject): void {
  engineControllerCases(subject);
  engineFailureCases(subject);
  engineQueueCases(subject);
  engineOverrunCases(subject);
  engineTwoTransformCases(subject);
  engineTransformCases(subject);
  engineQueueTransformCases(subject);
  engineCleanupCases(subject);
}
