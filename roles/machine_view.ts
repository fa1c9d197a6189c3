/** What the agent says of the machine as a whole: one resource and the answer to "are you ready". */
import type { Source } from "../runtime/controllers/mirror.ts";
import type { SpecInit } from "../runtime/core/spec_init.ts";
import type { machineStatus } from "../runtime/resources/runtime.ts";
import { MachineStatusSpec_Stage as Stage } from "../proto/gen/strata/runtime/v1/runtime_pb.ts";
import { Observed } from "./observed.ts";
import type { Timeline } from "./timeline.ts";

type Status = SpecInit<typeof machineStatus>;

/** Whether the machine does its work, and what keeps it from it. */
export interface Health {
  readonly ready: boolean;
  /** One sentence each; empty when ready. */
  readonly unmet: readonly string[];
}

const ID = "machine";

/** The one MachineStatus, changed field by field. */
export class MachineView implements Source<typeof machineStatus> {
  readonly #status = new Observed<Status>();
  readonly #timeline: Timeline;

  constructor(timeline: Timeline, known: Status) {
    this.#timeline = timeline;
    this.#status.put(ID, { stage: Stage.BOOTING, ...known });
  }

  read(): ReadonlyMap<string, Status> {
    const { ready, unmet } = this.health();
    return new Map([[ID, { ...this.#current(), ready, unmetConditions: [...unmet] }]]);
  }

  follow(changed: () => void, signal: AbortSignal): void {
    this.#status.follow(changed, signal);
    this.#timeline.steps.follow(changed, signal);
  }

  /** Changes some fields. */
  set(fields: Status): void {
    this.#status.put(ID, { ...this.#current(), ...fields });
  }

  /** Ready is: running, and every step that was tried went well. */
  health(): Health {
    const unmet = [...this.#timeline.failures];
    const { stage } = this.#current();
    if (stage !== Stage.RUNNING) {
      unmet.unshift(
        `the machine is in stage ${(Stage[stage ?? 0] ?? "unknown").toLowerCase()}, not running`,
      );
    }
    return { ready: unmet.length === 0, unmet };
  }

  #current(): Status {
    return this.#status.read().get(ID) ?? {};
  }
}
