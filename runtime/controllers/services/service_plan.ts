/** What a ServiceSpec comes to: every default filled in, every name a number, every bound kept. */
import type { ProcessRequest } from "../../../fs/kernel/process_calls.ts";
import type {
  ServiceDependencies,
  ServiceLimits,
  ServiceSpec,
} from "../../../proto/gen/strata/runtime/v1/service_pb.ts";
import { ServiceRestart } from "../../resources/service.ts";
import { ALL_CAPABILITIES, CAPABILITY_NAMES, capabilityNumber } from "./capability_numbers.ts";
import { type HealthPlan, healthPlan } from "./health_plan.ts";
import { rootPlan } from "./root_plan.ts";
import type { CgroupLimits, WantedConditions } from "./service_world.ts";
import { SIGNAL_NUMBERS } from "./signal_numbers.ts";
import { shown, SpecProblems } from "./spec_problems.ts";

/** Words of a command, and entries of an environment: far beyond what a person writes. */
const WORDS_MAX = 1024;
/** Bytes of all texts of a start together: what begins a process takes 128 KiB, its own part included. */
const TEXT_BYTES_MAX = 96 * 1024;
/** Further groups. */
const GROUPS_MAX = 64;
/** Things waited for, of each kind. */
const DEPENDENCIES_MAX = 64;
/** -1 as a number: to the kernel it says "as before", which is root. */
const ID_MAX = 0xffff_fffe;
/** Source: linux/threads.h, PID_MAX_LIMIT of 64 bits. */
const PROCESSES_MAX = 4_194_304;
/** Source: fs.nr_open as the kernel has it. */
const OPEN_FILES_MAX = 1_048_576;
/** A thousand processors. */
const CPU_THOUSANDTHS_MAX = 1_000_000;
const BYTES_MAX = 2n ** 62n;

const PROCESSES = 4096;
const CPU_WEIGHT = 100;
const STOP_MS = 10_000;
const STOP_MS_MAX = 300_000;

const NAME_REGEXP = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/;
const VARIABLE_REGEXP = /^[^=\0]+=[^\0]*$/;

/** When a service is started again after it ended by itself. */
export type RestartRule = "always" | "on failure" | "never";

/** How to run a service. */
export interface ServicePlan {
  /** All but where its cgroup is. */
  readonly request: Omit<ProcessRequest, "cgroup">;
  /** Equal for two plans that start the same program in the same way. */
  readonly launchKey: string;
  readonly limits: CgroupLimits;
  /** Equal for two plans with the same limits. */
  readonly limitsKey: string;
  readonly restart: RestartRule;
  readonly services: readonly string[];
  readonly conditions: WantedConditions;
  readonly health: HealthPlan | undefined;
  readonly stopSignal: { readonly name: string; readonly number: number };
  readonly stopTimeoutMs: number;
  readonly operable: boolean;
}

/** A plan, or all that keeps a spec from being one. */
export type Planned =
  | { readonly plan: ServicePlan; readonly problem?: undefined }
  | { readonly plan?: undefined; readonly problem: string };

/** Reads a spec. */
export function servicePlan(id: string, spec: ServiceSpec): Planned {
  const problems = new SpecProblems();
  if (!isServiceName(id)) {
    problems.add(`the name is ${shown(id)}`, "letters, digits, `-`, `_` and `.`, at most 64");
  }
  const request = requestOf(spec, problems);
  const limits = limitsOf(spec.limits, problems);
  const plan = {
    request,
    launchKey: keyOf(request),
    limits,
    limitsKey: keyOf(limits),
    restart: restartOf(spec, problems),
    ...dependenciesOf(spec.dependencies, problems),
    health: healthPlan(spec.health, problems),
    stopSignal: stopSignalOf(spec, problems),
    stopTimeoutMs: spec.stopTimeoutMs || STOP_MS,
    operable: spec.operable,
  };
  problems.number("stop_timeout_ms", spec.stopTimeoutMs, { min: 0, max: STOP_MS_MAX });
  const { found } = problems;
  return found.length === 0 ? { plan } : { problem: `Cannot run it: ${found.join("; ")}` };
}

/** Whether a service may be called that. */
export function isServiceName(name: string): boolean {
  return NAME_REGEXP.test(name);
}

function keyOf(part: object): string {
  return JSON.stringify(part, (_, value) => typeof value === "bigint" ? `${value}` : value);
}

function requestOf(spec: ServiceSpec, problems: SpecProblems): Omit<ProcessRequest, "cgroup"> {
  const { command, environment, workingDirectory, uid, gid, groups, limits } = spec;
  checkTexts(spec, problems);
  if (workingDirectory !== "") problems.path("working_directory", workingDirectory);
  for (const [name, id] of Object.entries({ uid, gid })) {
    problems.number(name, id, { min: 0, max: ID_MAX });
  }
  problems.length("groups", groups, GROUPS_MAX);
  for (const group of groups) problems.number("groups", group, { min: 0, max: ID_MAX });
  const openFilesMax = limits?.openFilesMax || OPEN_FILES_MAX;
  const oomScoreAdjust = limits?.oomScoreAdjust ?? 0;
  problems.number("limits.open_files_max", openFilesMax, { min: 1, max: OPEN_FILES_MAX });
  problems.number("limits.oom_score_adjust", oomScoreAdjust, { min: -1000, max: 1000 });
  const root = rootPlan(spec.root, problems);
  return {
    command,
    environment,
    directory: workingDirectory || "/",
    uid,
    gid,
    groups,
    capabilities: capabilitiesOf(spec, problems),
    mayGainPrivileges: spec.allowNewPrivileges,
    openFilesMax,
    oomScoreAdjust,
    ...(root === undefined ? {} : { root }),
  };
}

function checkTexts({ command, environment, root }: ServiceSpec, problems: SpecProblems): void {
  const [program] = command;
  if (program === undefined) {
    problems.add("command is empty", "a program by its absolute path, and its arguments");
  } else problems.path("command", program);
  problems.length("command", command, WORDS_MAX);
  problems.length("environment", environment, WORDS_MAX);
  if (command.some((word) => word.includes("\0"))) problems.add("command holds a NUL", "without");
  const stray = environment.find((entry) => !VARIABLE_REGEXP.test(entry));
  if (stray !== undefined) problems.add(`environment has ${shown(stray)}`, "`NAME=VALUE`");
  const parts = (root?.parts ?? []).flatMap(({ source, target }) => [source, target]);
  const bytes = new TextEncoder().encode([...command, ...environment, ...parts].join("\0")).length;
  if (bytes > TEXT_BYTES_MAX) {
    const what = "command, environment and root together";
    problems.add(`${what} have ${bytes} bytes`, `at most ${TEXT_BYTES_MAX}`);
  }
}

function capabilitiesOf({ capabilities }: ServiceSpec, problems: SpecProblems): readonly number[] {
  if (capabilities.includes(ALL_CAPABILITIES)) return CAPABILITY_NAMES.map((_, number) => number);
  const numbers = new Set<number>();
  for (const name of capabilities) {
    const number = capabilityNumber(name);
    if (number !== undefined) numbers.add(number);
    else problems.add(`capabilities has ${shown(name)}`, "ALL, or one such as CAP_NET_ADMIN");
  }
  return [...numbers].sort((a, b) => a - b);
}

function limitsOf(limits: ServiceLimits | undefined, problems: SpecProblems): CgroupLimits {
  const { memoryMax = 0n, memoryMin = 0n, processesMax = 0, cpuWeight = 0, cpuMax = 0 } = limits ??
    {};
  problems.number("limits.memory_max", memoryMax, { min: 0n, max: BYTES_MAX });
  problems.number("limits.memory_min", memoryMin, { min: 0n, max: memoryMax || BYTES_MAX });
  problems.number("limits.processes_max", processesMax, { min: 0, max: PROCESSES_MAX });
  problems.number("limits.cpu_weight", cpuWeight, { min: 0, max: 10_000 });
  problems.number("limits.cpu_max", cpuMax, { min: 0, max: CPU_THOUSANDTHS_MAX });
  return {
    memoryMax,
    memoryMin,
    processesMax: processesMax || PROCESSES,
    cpuWeight: cpuWeight || CPU_WEIGHT,
    cpuMax,
  };
}

function restartOf({ restart }: ServiceSpec, problems: SpecProblems): RestartRule {
  if (restart === ServiceRestart.NEVER) return "never";
  if (restart === ServiceRestart.ON_FAILURE) return "on failure";
  if (restart !== ServiceRestart.ALWAYS && restart !== ServiceRestart.UNSPECIFIED) {
    problems.add(`restart is ${restart}`, "ALWAYS, ON_FAILURE or NEVER");
  }
  return "always";
}

function dependenciesOf(
  dependencies: ServiceDependencies | undefined,
  problems: SpecProblems,
): Pick<ServicePlan, "services" | "conditions"> {
  const { services = [], files = [], mounts = [], network = false } = dependencies ?? {};
  for (const [name, list] of Object.entries({ services, files, mounts })) {
    problems.length(`dependencies.${name}`, list, DEPENDENCIES_MAX);
  }
  const stray = services.find((name) => !isServiceName(name));
  if (stray !== undefined) {
    problems.add(`dependencies.services has ${shown(stray)}`, "names of services");
  }
  for (const path of files) problems.path("dependencies.files", path);
  for (const path of mounts) problems.path("dependencies.mounts", path);
  return { services, conditions: { files, mounts, network } };
}

function stopSignalOf(
  { stopSignal }: ServiceSpec,
  problems: SpecProblems,
): ServicePlan["stopSignal"] {
  const name = stopSignal || "SIGTERM";
  const known = Object.entries(SIGNAL_NUMBERS).find(([each]) => each === name);
  if (known === undefined) {
    const names = Object.keys(SIGNAL_NUMBERS).join(", ");
    problems.add(`stop_signal is ${shown(name)}`, `one of ${names}`);
  }
  return { name, number: known?.[1] ?? SIGNAL_NUMBERS.SIGTERM };
}
