/** Asks services whether they work: gRPC's own question, HTTP, a connection, a program. */
import type { Dial } from "../api/client/dial.ts";
import type { ProcessCalls } from "../fs/kernel/process_calls.ts";
import { HealthCheckResponse_ServingStatus as Serving } from "../proto/gen/grpc/health/v1/health_pb.ts";
import {
  type HealthProbe,
  type HealthQuestion,
  UnwellError,
} from "../runtime/controllers/services/service_world.ts";
import { hostPort } from "../runtime/controllers/services/health_plan.ts";
import type { Clock, Random } from "../runtime/core/ports.ts";
import { httpStatus } from "./http_status.ts";

/** Status from which an answer of HTTP is a bad one. */
const HTTP_BAD = 400;

/** What the probes need. */
export interface HealthProbeParts {
  readonly kernel: Pick<ProcessCalls, "runTool">;
  readonly clock: Clock;
  readonly random: Random;
}

type Of<Kind extends HealthQuestion["kind"]> = Extract<HealthQuestion, { readonly kind: Kind }>;

/** Makes the probe. Each question is a connection, or a process, of its own, and leaves nothing behind. */
export function healthProbe(parts: HealthProbeParts): HealthProbe {
  return {
    async ask(question, signal) {
      switch (question.kind) {
        case "grpc":
          return await askGrpc(question, parts, signal);
        case "http":
          return await askHttp(question, signal);
        case "tcp":
          return await askTcp(question, signal);
        case "command":
          return await askCommand(question, parts, signal);
      }
    },
  };
}

async function askGrpc(
  { target }: Of<"grpc">,
  ...[{ clock, random }, signal]: readonly [HealthProbeParts, AbortSignal]
): Promise<string> {
  // Read when a service first asks for it: most machines have none that does.
  const [{ grpcUnary }, { isAnswered }, { http2Client }, { Health }] = await Promise.all([
    import("../api/client/grpc_unary.ts"),
    import("../api/client/http2_error.ts"),
    import("../api/http2/http2_client.ts"),
    import("../proto/gen/grpc/health/v1/health_pb.ts"),
  ]);
  using client = http2Client({ dial: await dialOf(target), clock, random });
  const call = { client, clock, baseUrl: "http://localhost", headers: [], form: {} };
  const asked = grpcUnary(call)(Health.method.check, signal, undefined, undefined, { service: "" });
  const { message: { status } } = await asked.catch((error: unknown) => {
    throw isAnswered(error) ? new UnwellError(error.message, { cause: error }) : error;
  });
  if (status !== Serving.SERVING) throw new UnwellError(`it says ${Serving[status] ?? status}`);
  return "it says SERVING";
}

async function dialOf(target: string): Promise<Dial> {
  const { dialTcp, dialUnix } = await import("../api/client/dial.ts");
  if (target.startsWith("unix:")) return dialUnix(target.slice("unix:".length));
  const place = hostPort(target);
  if (place === undefined) throw new RangeError(`Cannot dial "${target}": it is no HOST:PORT`);
  return dialTcp(place);
}

async function askHttp({ url }: Of<"http">, signal: AbortSignal): Promise<string> {
  const status = await statusOf(new URL(url), signal);
  if (status >= HTTP_BAD) throw new UnwellError(`it answers with status ${status}`);
  return `it answers with status ${status}`;
}

async function statusOf(url: URL, signal: AbortSignal): Promise<number> {
  if (url.protocol === "http:") return await httpStatus(url, signal);
  const answer = await fetch(url, { signal, redirect: "manual" });
  await answer.body?.cancel();
  return answer.status;
}

async function askTcp({ hostname, port }: Of<"tcp">, signal: AbortSignal): Promise<string> {
  using _connection = await Deno.connect({ hostname, port, signal });
  return "it takes connections";
}

async function askCommand(
  { command }: Of<"command">,
  ...[{ kernel }, signal]: readonly [HealthProbeParts, AbortSignal]
): Promise<string> {
  const [path = "", ...args] = command;
  const { code, signal: killedBy, stdout, stderr } = await kernel.runTool(path, args, { signal });
  if (code === 0) return firstLine(stdout) || "it ended with code 0";
  const how = killedBy === null ? `it ended with code ${code}` : `it was ended by ${killedBy}`;
  const said = firstLine(stderr) || firstLine(stdout);
  throw new Error(said === "" ? how : `${how}: ${said}`);
}

function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0] ?? "";
}
