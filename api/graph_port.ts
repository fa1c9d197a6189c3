/** What the wire needs of the engine and of the state's memory. `roles` makes one; nothing here knows an engine. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  GraphResponseSchema,
  WhyResponseSchema,
} from "../proto/gen/strata/runtime/v1/graph_pb.ts";
import type { Pointer } from "../runtime/core/resource.ts";

/** Controllers and kinds as they are now. */
export type GraphFacts = MessageInitShape<typeof GraphResponseSchema>;

/** The writes that led to a resource. */
export type WhyFacts = MessageInitShape<typeof WhyResponseSchema>;

/** Numbers of the same meaning. */
export interface MetricFamily {
  /** Letters, digits and `_`; of a counter it ends in `_total`, of a time in its unit before that. */
  readonly name: string;
  /** A sentence. */
  readonly help: string;
  readonly type: "counter" | "gauge";
  readonly samples: readonly MetricSample[];
}

/** One number, and whose it is. */
export interface MetricSample {
  /** Names are letters, digits and `_`; values are any text. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The calls. None of them waits, and none looks at every resource. */
export interface GraphPort {
  graph(): GraphFacts;
  /** Undefined where there is no such resource and no write of it is remembered. */
  why(pointer: Pointer): WhyFacts | undefined;
  metrics(): readonly MetricFamily[];
}
