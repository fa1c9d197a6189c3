/** The timeline as BootSteps. */
import type { Source } from "../runtime/controllers/mirror.ts";
import type { SpecInit } from "../runtime/core/spec_init.ts";
import type { bootStep } from "../runtime/resources/runtime.ts";
import { BootStepSpec_Outcome as Outcome } from "../proto/gen/strata/runtime/v1/runtime_pb.ts";
import type { StepRecord, Timeline } from "./timeline.ts";

const OUTCOMES: Readonly<Record<StepRecord["outcome"], Outcome>> = {
  running: Outcome.UNSPECIFIED,
  done: Outcome.DONE,
  skipped: Outcome.SKIPPED,
  failed: Outcome.FAILED,
};

/** Steps by name; blanks in a name become dashes, so that it is an id one can type. */
export function stepSource(timeline: Timeline): Source<typeof bootStep> {
  // A record never changes, another takes its place: so each spec is made once, and told once.
  const made = new WeakMap<StepRecord, SpecInit<typeof bootStep>>();
  const specOf = (record: StepRecord): SpecInit<typeof bootStep> => {
    const known = made.get(record);
    if (known !== undefined) return known;
    const spec = {
      ...record,
      startedMs: Math.round(record.startedMs),
      durationMs: Math.round(record.durationMs * 10) / 10,
      outcome: OUTCOMES[record.outcome],
    };
    made.set(record, spec);
    return spec;
  };
  return {
    read(): ReadonlyMap<string, SpecInit<typeof bootStep>> {
      return new Map(
        [...timeline.steps.read()].map(([name, record]) => [
          name.replaceAll(" ", "-"),
          specOf(record),
        ]),
      );
    },
    follow: (changed, signal) => timeline.steps.follow(changed, signal),
  };
}
