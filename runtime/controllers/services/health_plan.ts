/** The health check of a spec, with its defaults. */
import type { ServiceHealthCheck } from "../../../proto/gen/strata/runtime/v1/service_pb.ts";
import type { HealthQuestion } from "./service_world.ts";
import { shown, type SpecProblems } from "./spec_problems.ts";

const INITIAL_DELAY_MS = 1_000;
const PERIOD_MS = 5_000;
const TIMEOUT_MS = 500;

/** A check that comes later than these tells nobody anything. */
const DELAY_MS_MAX = 600_000;
const PERIOD_MS_MAX = 3_600_000;
const TIMEOUT_MS_MAX = 60_000;
/** Arguments of a command. */
const COMMAND_MAX = 64;
/** Questions without an answer in a row: more would be as good as never. */
const RESTART_AFTER_MAX = 1_000;

/** What is asked, and when. */
export interface HealthPlan {
  readonly question: HealthQuestion;
  readonly initialDelayMs: number;
  readonly periodMs: number;
  readonly timeoutMs: number;
  /** Questions in a row without an answer after which it is killed; 0 is never. */
  readonly restartAfter: number;
}

/** Reads a check; what is wrong with it goes to `problems`. */
export function healthPlan(
  check: ServiceHealthCheck | undefined,
  problems: SpecProblems,
): HealthPlan | undefined {
  if (check === undefined) return undefined;
  const { initialDelayMs, periodMs, timeoutMs, restartAfter } = check;
  problems.number("health.initial_delay_ms", initialDelayMs, { min: 0, max: DELAY_MS_MAX });
  problems.number("health.period_ms", periodMs, { min: 0, max: PERIOD_MS_MAX });
  problems.number("health.timeout_ms", timeoutMs, { min: 0, max: TIMEOUT_MS_MAX });
  problems.number("health.restart_after", restartAfter, { min: 0, max: RESTART_AFTER_MAX });
  const question = questionOf(check, problems);
  return question && {
    question,
    initialDelayMs: initialDelayMs || INITIAL_DELAY_MS,
    periodMs: periodMs || PERIOD_MS,
    timeoutMs: timeoutMs || TIMEOUT_MS,
    restartAfter,
  };
}

function questionOf(
  { grpc, http, tcp, command }: ServiceHealthCheck,
  problems: SpecProblems,
): HealthQuestion | undefined {
  const given = Object.entries({ grpc, http, tcp, command }).filter(([, each]) => each.length > 0);
  if (given.length !== 1) {
    const names = given.map(([name]) => name).join(" and ") || "nothing";
    problems.add(`health asks by ${names}`, "one of grpc, http, tcp and command");
    return undefined;
  }
  if (grpc !== "") return grpcQuestion(grpc, problems);
  if (http !== "") return httpQuestion(http, problems);
  if (tcp !== "") return tcpQuestion(tcp, problems);
  problems.path("health.command", command[0] ?? "");
  problems.length("health.command", command, COMMAND_MAX);
  if (command.some((word) => word.includes("\0"))) {
    problems.add("health.command holds a NUL", "texts without");
  }
  return { kind: "command", command };
}

function grpcQuestion(target: string, problems: SpecProblems): HealthQuestion {
  if (target.startsWith("unix:")) problems.path("health.grpc", target.slice("unix:".length));
  else if (hostPort(target) === undefined) {
    problems.add(`health.grpc is ${shown(target)}`, "`unix:PATH` or `HOST:PORT`");
  }
  return { kind: "grpc", target };
}

function httpQuestion(url: string, problems: SpecProblems): HealthQuestion {
  const parsed = URL.parse(url);
  if (parsed === null || !["http:", "https:"].includes(parsed.protocol)) {
    problems.add(`health.http is ${shown(url)}`, "a URL with http or https");
  }
  return { kind: "http", url };
}

function tcpQuestion(text: string, problems: SpecProblems): HealthQuestion | undefined {
  const place = hostPort(text);
  if (place === undefined) problems.add(`health.tcp is ${shown(text)}`, "`HOST:PORT`");
  return place && { kind: "tcp", ...place };
}

/** Reads `HOST:PORT` and `[ADDRESS]:PORT`. */
export function hostPort(
  text: string,
): { readonly hostname: string; readonly port: number } | undefined {
  const { bracketed, plain, port } =
    /^(?:\[(?<bracketed>[0-9A-Fa-f:.]+)\]|(?<plain>[^\s:/@[\]]+)):(?<port>\d{1,5})$/
      .exec(text)?.groups ?? {};
  const hostname = bracketed ?? plain;
  const number = Number(port);
  if (hostname === undefined || number < 1 || number > 65_535) return undefined;
  return { hostname, port: number };
}
