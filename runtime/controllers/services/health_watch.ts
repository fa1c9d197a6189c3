/** Asks a running service again and again whether it works. */
import type { Clock } from "../../core/ports.ts";
import { linkedAbort } from "../../core/linked_abort.ts";
import type { HealthPlan } from "./health_plan.ts";
import { type HealthProbe, UnwellError } from "./service_world.ts";

/** Milliseconds between questions until the first good answer: others may wait for it. */
export const FIRST_PERIOD_MS = 100;

/** An answer. */
export interface HealthAnswer {
  readonly healthy: boolean;
  /** Whether it answered at all. */
  readonly answered: boolean;
  readonly message: string;
}

/** What it needs. */
export interface HealthWatchParts {
  readonly probe: HealthProbe;
  readonly clock: Clock;
  /** Told every answer. */
  readonly answered: (answer: HealthAnswer) => void;
}

/** Characters of an answer that are kept. */
const MESSAGE_CHARACTERS_MAX = 256;

/**
 * Asks until the result is disposed of; nobody is told anything after that. A question without an answer in time is given
 * up; as long as it does not end for all that, no other is asked.
 */
export function watchHealth(plan: HealthPlan, parts: HealthWatchParts): Disposable {
  const over = new AbortController();
  const { signal } = over;
  const answered = (answer: HealthAnswer): void => {
    if (!signal.aborted) parts.answered(answer);
  };
  // It ends by the signal alone.
  watch(plan, { ...parts, answered }, signal).catch(() => {});
  return { [Symbol.dispose]: () => over.abort(new Error("the service runs no more")) };
}

async function watch(
  plan: HealthPlan,
  ...[parts, signal]: readonly [HealthWatchParts, AbortSignal]
): Promise<void> {
  const { clock, answered } = parts;
  await clock.sleep(plan.initialDelayMs, { signal });
  for (let periodMs = Math.min(FIRST_PERIOD_MS, plan.periodMs);;) {
    const { answer, settled } = ask(plan, parts, signal);
    const given = await answer;
    answered(given);
    await settled;
    if (given.healthy) periodMs = plan.periodMs;
    await clock.sleep(periodMs, { signal });
  }
}

/** `answer` comes in time whatever the probe does; `settled` when the probe has ended. */
function ask(
  { question, timeoutMs }: HealthPlan,
  ...[{ probe, clock }, signal]: readonly [HealthWatchParts, AbortSignal]
): { readonly answer: Promise<HealthAnswer>; readonly settled: Promise<unknown> } {
  const link = linkedAbort(signal);
  const timer = new AbortController();
  const asked = answerOf(async () => await probe.ask(question, link.signal));
  const late = clock.sleep(timeoutMs, { signal: timer.signal }).then(() => {
    link.abort(new DOMException(`no answer within ${timeoutMs} ms`, "TimeoutError"));
    return { healthy: false, answered: false, message: `no answer within ${timeoutMs} ms` };
  }, () => asked);
  const settled = asked.finally(() => {
    timer.abort();
    link[Symbol.dispose]();
  });
  return { answer: Promise.race([late, asked]), settled };
}

async function answerOf(act: () => Promise<string>): Promise<HealthAnswer> {
  try {
    return { healthy: true, answered: true, message: shortened(await act()) };
  } catch (error) {
    return {
      healthy: false,
      answered: error instanceof UnwellError,
      message: shortened(error instanceof Error ? error.message : String(error)),
    };
  }
}

function shortened(text: string): string {
  return [...text.slice(0, 2 * MESSAGE_CHARACTERS_MAX)].slice(0, MESSAGE_CHARACTERS_MAX).join("");
}
