/** How a start of a service ends: asked, then killed as a whole. */
import type { Clock } from "../../core/ports.ts";
import { ServiceState } from "../../resources/service.ts";
import type { ServiceInstance } from "./service_instance.ts";
import { secondsText } from "./service_texts.ts";
import type { ServiceView } from "./service_view.ts";
import type { WakeUp } from "./wake_up.ts";

/** Milliseconds a service waits for those that need it to end before it. */
export const DEPENDANTS_MS_MAX = 30_000;
/** Milliseconds killed processes have to be gone before that is told; the kernel needs a few. */
export const EMPTIED_MS_MAX = 10_000;
/** Milliseconds between two looks whether they are: twice as many each time. */
const LOOK_MS_MIN = 5;
const LOOK_MS_MAX = 1_000;

/** What an ending needs. */
export interface EndingParts {
  readonly clock: Clock;
  /** Called when something changed that may concern the service. */
  readonly wakeUp: WakeUp;
  readonly set: (changes: Partial<ServiceView>) => void;
  /** Whether nothing is waited for any more. */
  readonly isForced: () => boolean;
  /** Those that need the service and are on their way to their end. */
  readonly dependants: () => readonly string[];
}

/**
 * Lets those end that need it, asks its first process to end, and waits for that until its time is over.
 *
 * @param why In words.
 */
export async function askToEnd(
  instance: ServiceInstance,
  { why, ...parts }: EndingParts & { readonly why: string },
): Promise<void> {
  await letDependantsEnd(instance, parts);
  if (instance.end !== undefined) return;
  const { clock, wakeUp, set, isForced } = parts;
  const { stopSignal, stopTimeoutMs } = instance.plan;
  const how = `asked to end by ${stopSignal.name}, killed after ${secondsText(stopTimeoutMs)}`;
  set({ state: ServiceState.STOPPING, message: `${why}: ${how}` });
  instance.ask();
  const untilMs = clock.monotonicMs() + stopTimeoutMs;
  for (let leftMs = stopTimeoutMs; leftMs > 0; leftMs = untilMs - clock.monotonicMs()) {
    if (instance.end !== undefined || isForced()) return;
    await wakeUp.wait(leftMs);
  }
}

async function letDependantsEnd(instance: ServiceInstance, parts: EndingParts): Promise<void> {
  const { clock, wakeUp, set, isForced } = parts;
  const untilMs = clock.monotonicMs() + DEPENDANTS_MS_MAX;
  for (;;) {
    const dependants = parts.dependants();
    const leftMs = untilMs - clock.monotonicMs();
    if (dependants.length === 0 || instance.end !== undefined || isForced() || leftMs <= 0) return;
    const message = `waits for the end of ${dependants.join(", ")}`;
    set({ state: ServiceState.STOPPING, message });
    await wakeUp.wait(leftMs);
  }
}

/** Kills what is left of it, and waits until nothing is: for ever, and says so after {@linkcode EMPTIED_MS_MAX}. */
export async function clearAway(instance: ServiceInstance, parts: EndingParts): Promise<void> {
  const { clock, wakeUp, set } = parts;
  const beganMs = clock.monotonicMs();
  for (let lookMs = LOOK_MS_MIN;; lookMs = Math.min(2 * lookMs, LOOK_MS_MAX)) {
    instance.kill();
    if (instance.isGone()) return;
    const isLate = clock.monotonicMs() - beganMs >= EMPTIED_MS_MAX;
    const message = isLate ? leftText(instance) : "what is left of it is killed";
    set({ state: ServiceState.STOPPING, message });
    await wakeUp.wait(lookMs);
  }
}

function leftText(instance: ServiceInstance): string {
  const left = instance.usage()?.processes ?? 1;
  const late = secondsText(EMPTIED_MS_MAX);
  return `Cannot end it: ${left} of its processes are there ${late} after they were killed`;
}
