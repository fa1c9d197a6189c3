/** Faults that are planted, to see whether simulations find them. */
import type { CoreState } from "../../runtime/core/state.ts";
import type { Graph } from "./graph.ts";

/** A fault, and the graph in which it does harm: of the kinds that need two things to happen in the wrong order. */
export interface Plant {
  /** In words: what is forgotten, mixed up or too early. */
  readonly fault: string;
  /** The graph as it is without the fault. */
  readonly graph: Graph;
  /** The graph with faulty controllers. */
  readonly faulty?: Graph;
  /** What stands between engine and state. */
  readonly wrap?: (state: CoreState) => CoreState;
  /** Makes parts of the engine faulty, until it is disposed of. */
  readonly spoil?: () => Disposable;
}

/** Puts another method in the place of one, until the result is disposed of. */
export function replaced<Part extends object, Name extends keyof Part>(
  part: Part,
  name: Name,
  make: (original: Part[Name]) => Part[Name],
): Disposable {
  const original = part[name];
  part[name] = make(original);
  return {
    [Symbol.dispose]() {
      part[name] = original;
    },
  };
}

/** Several at once. */
export function together(...parts: readonly Disposable[]): Disposable {
  const all = new DisposableStack();
  for (const part of parts) all.use(part);
  return all;
}
