/** A graph that never changes, for tests of what carries it. */
import type { GraphFacts, GraphPort, MetricFamily, WhyFacts } from "../../api/graph_port.ts";
import {
  ControllerNode_Flavour as Flavour,
  ControllerNode_Phase as Phase,
  Edge_Type as EdgeType,
  WhyResponse_End as End,
  WhyStep_Event as Event,
} from "../../proto/gen/strata/runtime/v1/graph_pb.ts";
import type { Pointer } from "../../runtime/core/resource.ts";

const AT = { seconds: 1_700_000_000n, nanos: 5 };
const WRITE = { namespace: "default", type: "os/test", id: "a", revision: 7n };

/** Knows the causes of one resource, `default/os/test/a`. */
export class FakeGraph implements GraphPort {
  graph(): GraphFacts {
    return {
      controllers: [{
        name: "test.C",
        flavour: Flavour.CONTROLLER,
        phase: Phase.BACKING_OFF,
        runs: 2n ** 60n,
        crashes: 1n,
        wakeups: 3n,
        lastRun: AT,
        lastError: "boom",
        lastErrorTime: AT,
        wokenBy: WRITE,
      }, { name: "test.Q", flavour: Flavour.QUEUE, phase: Phase.REGISTERED }],
      kinds: [{ namespace: "default", type: "os/test", running: 2n, overruns: 1n }],
      edges: [
        { controller: "test.C", type: EdgeType.OUTPUT_EXCLUSIVE, resourceType: "os/out" },
        {
          controller: "test.C",
          type: EdgeType.INPUT_STRONG,
          namespace: "default",
          resourceType: "os/test",
          id: "a",
        },
      ],
    };
  }

  why({ namespace, type, id }: Pointer): WhyFacts | undefined {
    if (`${namespace}/${type}/${id}` !== "default/os/test/a") return undefined;
    const step = { write: WRITE, version: "2", phase: "running", time: AT };
    return {
      steps: [
        { ...step, event: Event.UPDATED, actor: "test.C" },
        { ...step, event: Event.CREATED, actor: "os:admin", request: "POST 01234567" },
      ],
      end: End.ORIGIN,
    };
  }

  metrics(): readonly MetricFamily[] {
    return [{
      name: "strata_controller_crashes_total",
      help: "Runs of a controller that failed.",
      type: "counter",
      samples: [{ labels: { controller: "test.C" }, value: 1 }],
    }];
  }
}
