/** A simulation that cannot go on. */

/** What a failing simulation leaves behind, so that it can be had again. */
export interface SimulationFacts {
  readonly seed: number;
  readonly reason: string;
  /** The last steps, oldest first. */
  readonly trace: readonly string[];
}

export class SimulationError extends Error {
  override readonly name = "SimulationError";
  readonly facts: SimulationFacts;

  constructor(facts: SimulationFacts, options: { readonly cause?: unknown } = {}) {
    const { seed, reason, trace } = facts;
    super(`Cannot go on simulating with seed ${seed}: ${reason}\n${trace.join("\n")}`, options);
    this.facts = facts;
  }
}
