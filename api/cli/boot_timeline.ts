/** How a boot went, from the machine's BootSteps. */
import { CommandError, EXIT } from "../client/command_error.ts";
import { State } from "../../proto/gen/cosi/resource/state_pb.ts";
import {
  BootStepSpec_Outcome as Outcome,
  BootStepSpecSchema,
} from "../../proto/gen/strata/runtime/v1/runtime_pb.ts";
import { fromBinary } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";

const KIND = { namespace: "runtime", type: "BootSteps.runtime.strata" };

/** Steps of one boot: the agent has some 25; more is a machine that does not stop. */
const STEPS_MAX = 1024;

/** Milliseconds by which a step may seem to begin before the one it waited for ended: its start is told in whole ones. */
const ROUNDING_MS = 1;

const OUTCOMES: Readonly<Record<Outcome, BootStep["outcome"]>> = {
  [Outcome.UNSPECIFIED]: "running",
  [Outcome.DONE]: "done",
  [Outcome.SKIPPED]: "skipped",
  [Outcome.FAILED]: "failed",
};

/** One step; times in milliseconds, from the kernel's start. */
export interface BootStep {
  readonly name: string;
  readonly startedMs: number;
  readonly durationMs: number;
  /** Where it ended, or began when it runs. */
  readonly endedMs: number;
  readonly outcome: "running" | "done" | "skipped" | "failed";
  readonly detail: string;
}

/** A step on the way to the end of the boot. */
export interface ChainLink {
  readonly step: BootStep;
  /** Milliseconds between the end of what came before and the beginning of the step: the agent's own. */
  readonly gapMs: number;
}

/**
 * The steps in the order they began.
 *
 * @throws {CommandError} 1: the machine tells of no step, or of more than {@linkcode STEPS_MAX}.
 */
export async function fetchBootSteps(
  transport: Transport,
  options: { readonly signal: AbortSignal },
): Promise<readonly BootStep[]> {
  const call = { signal: options.signal };
  const steps: (BootStep & { readonly order: number })[] = [];
  for await (const { resource } of createClient(State, transport).list(KIND, call)) {
    const spec = fromBinary(BootStepSpecSchema, resource?.spec?.protoSpec ?? new Uint8Array(0));
    const { order, startedMs, durationMs, detail } = spec;
    steps.push({
      name: resource?.metadata?.id ?? "",
      order,
      startedMs,
      durationMs,
      endedMs: startedMs + durationMs,
      outcome: OUTCOMES[spec.outcome] ?? "running",
      detail,
    });
    if (steps.length > STEPS_MAX) {
      throw new CommandError(EXIT.failed, `the machine tells of more than ${STEPS_MAX} steps`);
    }
  }
  if (steps.length === 0) {
    throw new CommandError(
      EXIT.failed,
      "the machine tells of no boot steps: it is an ordinary process (strata serve), which has none",
    );
  }
  return steps.sort((a, b) => a.startedMs - b.startedMs || a.order - b.order)
    .map(({ order: _, ...step }) => step);
}

/** When the last step ended: the API answers from then on. Milliseconds from the kernel's start. */
export function bootEndMs(steps: readonly BootStep[]): number {
  return Math.max(...steps.map(({ endedMs }) => endedMs));
}

/**
 * The steps that the end of the boot waited for, first to last: each was the last to end before the next began. What ran
 * beside them cost no time.
 */
export function criticalChain(steps: readonly BootStep[]): readonly ChainLink[] {
  const chain: ChainLink[] = [];
  let next = latest(steps);
  while (next !== undefined) {
    const step: BootStep = next;
    const before = latest(
      steps.filter((other) =>
        other.startedMs < step.startedMs && other.endedMs <= step.startedMs + ROUNDING_MS
      ),
    );
    chain.unshift({ step, gapMs: Math.max(0, step.startedMs - (before?.endedMs ?? 0)) });
    next = before;
  }
  return chain;
}

function latest(steps: readonly BootStep[]): BootStep | undefined {
  return steps.reduce<BootStep | undefined>(
    (last, step) => last === undefined || step.endedMs >= last.endedMs ? step : last,
    undefined,
  );
}

/** `2.541 s`, or `34.4 ms`. */
export function durationText(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(3)} s`;
  return `${ms.toFixed(1)} ms`;
}
