/** How a machine fares, check by check, from what its API tells. */
import { CommandError } from "../../client/command_error.ts";
import {
  Health,
  HealthCheckResponse_ServingStatus as Serving,
} from "../../../proto/gen/grpc/health/v1/health_pb.ts";
import { State } from "../../../proto/gen/cosi/resource/state_pb.ts";
import { EtcFileStatusSchema, MountReportSchema } from "../../../proto/gen/strata/fs/v1/fs_pb.ts";
import {
  VolumeStatusSpec_Phase as VolumePhase,
  VolumeStatusSpecSchema,
} from "../../../proto/gen/strata/fs/v1/fs_pb.ts";
import { ImageStatusSpecSchema } from "../../../proto/gen/strata/fs/v1/image_pb.ts";
import {
  ControllerNode_Phase as ControllerPhase,
  GraphService,
} from "../../../proto/gen/strata/runtime/v1/graph_pb.ts";
import {
  BootStepSpec_Outcome as Outcome,
  BootStepSpecSchema,
  MachineStatusSpec_Stage as Stage,
  MachineStatusSpecSchema,
} from "../../../proto/gen/strata/runtime/v1/runtime_pb.ts";
import { ServiceStatusSchema } from "../../../proto/gen/strata/runtime/v1/service_pb.ts";
import { serviceFault } from "./service_fault.ts";
import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";

/** What came of a check. */
export interface CheckResult {
  readonly name: string;
  /** `unknown`: the machine does not know what is asked about, or does not tell us. */
  readonly status: "ok" | "failed" | "unknown";
  /** For people: what is wrong, or what was seen. */
  readonly detail: string;
}

/** Faults told of one check: more would not be read. */
const FAULTS_TOLD_MAX = 5;

/** Resources looked at of one kind: a machine has some ten of each. */
const RESOURCES_MAX = 10_000;

interface Asked {
  readonly transport: Transport;
  readonly signal: AbortSignal;
}

type Verdict = Omit<CheckResult, "name">;

const CHECKS: Readonly<Record<string, (asked: Asked) => Promise<Verdict>>> = {
  api: apiCheck,
  machine: machineCheck,
  boot: (asked) =>
    each(asked, {
      kind: ["runtime", "BootSteps.runtime.strata"],
      schema: BootStepSpecSchema,
      fault: ({ outcome, detail }) => outcome === Outcome.FAILED ? detail || "failed" : undefined,
      words: "steps went well",
    }),
  controllers: controllersCheck,
  image: (asked) =>
    each(asked, {
      kind: ["fs", "ImageStatuses.fs.strata"],
      schema: ImageStatusSpecSchema,
      fault: ({ corrupt, error }) =>
        corrupt ? "a block was read that does not fit its digest" : error || undefined,
      words: "images are as they were signed",
    }),
  volumes: (asked) =>
    each(asked, {
      kind: ["fs", "VolumeStatuses.fs.strata"],
      schema: VolumeStatusSpecSchema,
      fault: ({ phase, error }) =>
        phase === VolumePhase.READY ? undefined : error || `is ${VolumePhase[phase] ?? phase}`,
      words: "volumes are ready",
    }),
  mounts: (asked) =>
    each(asked, {
      kind: ["fs", "MountReports.fs.strata"],
      schema: MountReportSchema,
      fault: ({ error }) => error || undefined,
      words: "wanted mounts are there",
    }),
  files: (asked) =>
    each(asked, {
      kind: ["fs", "EtcFileStatuses.fs.strata"],
      schema: EtcFileStatusSchema,
      fault: ({ error }) => error || undefined,
      words: "files of /etc are in place",
    }),
  services: (asked) =>
    each(asked, {
      kind: ["runtime", "ServiceStatuses.runtime.strata"],
      schema: ServiceStatusSchema,
      fault: serviceFault,
      words: "services are as they should be",
    }),
};

/** Makes all checks, one after the other. @throws What a call ends with when the machine is not reached. */
export async function healthChecks(asked: Asked): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  for (const [name, check] of Object.entries(CHECKS)) {
    results.push({ name, ...await check(asked).catch(untold) });
  }
  return results;
}

/** Whether nothing failed; of a machine of which nothing is known nobody can say so. */
export function isHealthy(results: readonly CheckResult[]): boolean {
  return results.some(({ status }) => status === "ok") &&
    results.every(({ status }) => status !== "failed");
}

/** Codes of answers that are no answer to the question. */
const UNTOLD: ReadonlyMap<Code, string> = new Map<Code, string>([
  [Code.Unimplemented, "the machine does not tell"],
  [Code.NotFound, "the machine does not tell"],
  [Code.PermissionDenied, "we may not ask"],
]);

function untold(error: unknown): Verdict {
  const detail = error instanceof ConnectError ? UNTOLD.get(error.code) : undefined;
  if (detail === undefined) throw error;
  return { status: "unknown", detail };
}

async function apiCheck({ transport, signal }: Asked): Promise<Verdict> {
  const { status } = await createClient(Health, transport).check({}, { signal });
  return status === Serving.SERVING
    ? { status: "ok", detail: "serving" }
    : { status: "failed", detail: "it does not serve yet, or no more" };
}

async function machineCheck(asked: Asked): Promise<Verdict> {
  const request = {
    namespace: "runtime",
    type: "MachineStatuses.runtime.strata",
    id: "machine",
    options: {},
  };
  const { resource } = await createClient(State, asked.transport)
    .get(request, { signal: asked.signal });
  const spec = decoded(MachineStatusSpecSchema, resource?.spec?.protoSpec);
  const stage = (Stage[spec.stage] ?? `${spec.stage}`).toLowerCase().replaceAll("_", " ");
  if (spec.stage !== Stage.RUNNING) return { status: "failed", detail: `it is ${stage}` };
  return spec.ready
    ? { status: "ok", detail: stage }
    : { status: "failed", detail: spec.unmetConditions.join("; ") || "it is not ready" };
}

async function controllersCheck({ transport, signal }: Asked): Promise<Verdict> {
  const { controllers } = await createClient(GraphService, transport).graph({}, { signal });
  const faults = controllers.filter(({ phase }) => phase === ControllerPhase.BACKING_OFF)
    .map(({ name, lastError }) => `${name}: ${lastError || "failed"}`);
  const crashes = controllers.reduce((sum, node) => sum + node.crashes, 0n);
  const past = crashes === 0n ? "" : `, ${crashes} crashes so far`;
  return verdict(faults, `${controllers.length} controllers run${past}`);
}

interface KindCheck<Desc extends DescMessage> {
  readonly kind: readonly [namespace: string, type: string];
  readonly schema: Desc;
  /** What is wrong with one; undefined where nothing is. */
  readonly fault: (spec: MessageShape<Desc>) => string | undefined;
  /** Said with their number in front when nothing is wrong with any. */
  readonly words: string;
}

async function each<Desc extends DescMessage>(
  { transport, signal }: Asked,
  { kind: [namespace, type], schema, fault, words }: KindCheck<Desc>,
): Promise<Verdict> {
  const faults: string[] = [];
  let count = 0;
  const request = { namespace, type, options: {} };
  for await (const { resource } of createClient(State, transport).list(request, { signal })) {
    if (++count > RESOURCES_MAX) break;
    const found = fault(decoded(schema, resource?.spec?.protoSpec));
    if (found !== undefined) faults.push(`${resource?.metadata?.id}: ${found}`);
  }
  return verdict(faults, count === 0 ? "there are none" : `${count} ${words}`);
}

function verdict(faults: readonly string[], fine: string): Verdict {
  if (faults.length === 0) return { status: "ok", detail: fine };
  const more = faults.length > FAULTS_TOLD_MAX
    ? ` (and ${faults.length - FAULTS_TOLD_MAX} more)`
    : "";
  return { status: "failed", detail: faults.slice(0, FAULTS_TOLD_MAX).join("; ") + more };
}

function decoded<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array | undefined,
): MessageShape<Desc> {
  try {
    return fromBinary(schema, bytes ?? new Uint8Array(0));
  } catch {
    throw new CommandError(1, `cannot read a ${schema.typeName} of the machine: it is none`);
  }
}
