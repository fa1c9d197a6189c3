/** Graphs and walks for tests of commands. */
import {
  ControllerNode_Flavour as Flavour,
  ControllerNode_Phase as Phase,
  Edge_Type as EdgeType,
  type GraphResponse,
  GraphResponseSchema,
  type WhyResponse,
  WhyResponse_End,
  WhyResponseSchema,
  WhyStep_Event,
} from "../../proto/gen/strata/runtime/v1/graph_pb.ts";
import { create } from "@bufbuild/protobuf";

/** 2026-01-02T03:04:05Z and `seconds` later. */
function at(seconds: number) {
  return { seconds: 1_767_323_045n + BigInt(seconds), nanos: 123_000_000 };
}

/** A machine of four controllers, one of each life, with every type of edge. */
export const GRAPH: GraphResponse = create(GraphResponseSchema, {
  controllers: [
    {
      name: "fs.MountStatusController",
      flavour: Flavour.CONTROLLER,
      phase: Phase.RUNNING,
      runs: 1n,
      wakeups: 12n,
      lastRun: at(60),
      wokenBy: { namespace: "fs", type: "MountSpecs.fs.strata", id: "/var", revision: 17n },
    },
    {
      name: "fs.EtcFileController",
      flavour: Flavour.CONTROLLER,
      phase: Phase.BACKING_OFF,
      runs: 4n,
      crashes: 3n,
      wakeups: 5n,
      lastRun: at(10),
      lastError: 'Cannot mount "/etc/hosts": EROFS (30), the file system below it is read-only',
      lastErrorTime: at(11),
    },
    {
      name: "runtime.ReportController",
      flavour: Flavour.QUEUE,
      phase: Phase.RUNNING,
      runs: 40n,
      crashes: 1n,
      wakeups: 40n,
      queueLength: 2n,
      lastRun: at(90),
      lastError: "Cannot report: the report is too long",
      lastErrorTime: at(30),
    },
    {
      name: "runtime.IdleController",
      flavour: Flavour.CONTROLLER,
      phase: Phase.REGISTERED,
    },
  ],
  kinds: [
    { namespace: "fs", type: "EtcFileSpecs.fs.strata", running: 3n, tearingDown: 1n },
    { namespace: "fs", type: "EtcFileStatuses.fs.strata", running: 3n },
    { namespace: "fs", type: "MountSpecs.fs.strata", running: 5n, overruns: 2n },
    { namespace: "fs", type: "MountStatuses.fs.strata", running: 14n },
    { namespace: "meta", type: "Namespaces.meta.cosi.dev", running: 4n },
    { namespace: "runtime", type: "Reports.runtime.strata", running: 17n },
  ],
  edges: [
    edge("fs.EtcFileController", EdgeType.OUTPUT_EXCLUSIVE, "EtcFileStatuses.fs.strata"),
    edge("fs.MountStatusController", EdgeType.OUTPUT_EXCLUSIVE, "MountStatuses.fs.strata"),
    edge("runtime.ReportController", EdgeType.OUTPUT_SHARED, "Reports.runtime.strata"),
    edge("fs.EtcFileController", EdgeType.INPUT_DESTROY_READY, "EtcFileStatuses.fs.strata", "fs"),
    edge("fs.EtcFileController", EdgeType.INPUT_STRONG, "EtcFileSpecs.fs.strata", "fs"),
    edge("fs.EtcFileController", EdgeType.INPUT_WEAK, "MountStatuses.fs.strata", "fs", "/etc"),
    edge("fs.MountStatusController", EdgeType.INPUT_STRONG, "MountSpecs.fs.strata", "fs"),
    edge("runtime.ReportController", EdgeType.INPUT_Q_MAPPED, "EtcFileStatuses.fs.strata", "fs"),
    edge("runtime.ReportController", EdgeType.INPUT_Q_PRIMARY, "MountStatuses.fs.strata", "fs"),
    edge(
      "runtime.ReportController",
      EdgeType.INPUT_Q_MAPPED_DESTROY_READY,
      "MountSpecs.fs.strata",
      "fs",
    ),
  ],
});

/** A name that every form has to escape something in, and a type, an id and an error like it. */
export const HOSTILE = `a"b<c>&d'e\n]]>--%%{x}\\N #q; \`日本\` \u202e\x1b[31m {|}\ufffe`;

/** One controller and one kind, and all text in them hostile. */
export const HOSTILE_GRAPH: GraphResponse = create(GraphResponseSchema, {
  controllers: [{
    name: HOSTILE,
    phase: Phase.BACKING_OFF,
    lastError: `${HOSTILE} of all\u2028`,
    wokenBy: { namespace: HOSTILE, type: HOSTILE, id: HOSTILE, revision: 1n },
  }],
  kinds: [{ namespace: HOSTILE, type: HOSTILE, running: 1n }],
  edges: [
    edge(HOSTILE, EdgeType.OUTPUT_EXCLUSIVE, HOSTILE),
    edge(HOSTILE, EdgeType.INPUT_WEAK, HOSTILE, HOSTILE, HOSTILE),
  ],
});

/** From a mount back to the call that asked for it. */
export const WALK: WhyResponse = create(WhyResponseSchema, {
  steps: [
    {
      write: { namespace: "fs", type: "MountStatuses.fs.strata", id: "/var", revision: 9n },
      event: WhyStep_Event.UPDATED,
      version: "3",
      phase: "tearingDown",
      actor: "fs.MountStatusController",
      time: at(2),
    },
    {
      write: { namespace: "other", type: "Foreigns.example.dev", id: "it", revision: 4n },
      event: WhyStep_Event.CREATED,
      version: "1",
      phase: "running",
      actor: "os:admin",
      request: "call-7",
      time: at(0),
    },
  ],
  end: WhyResponse_End.ORIGIN,
});

function edge(controller: string, type: EdgeType, resourceType: string, namespace = "", id = "") {
  return { controller, type, resourceType, namespace, id };
}
