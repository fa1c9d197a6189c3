/** Asks an API whatever was drawn, and says what is wrong with the answer. */
import type { DescMethod } from "@bufbuild/protobuf";
import type { HttpRoute } from "../../../api/http_routes.ts";
import { eventLoopTurn } from "../../../runtime/system/turn.ts";
import type { ApiFixture } from "../../fakes/api.ts";
import { FakeExchange } from "../../fakes/fake_exchange.ts";
import { Draw } from "../draw.ts";
import { grpcStatusFault, responseFault } from "./call_answers.ts";
import { type CallInput, callInput, type Protocol } from "./call_inputs.ts";
import { joined } from "./damage.ts";
import { httpFault, type HttpInput, httpInput } from "./http_inputs.ts";

/** Turns of the event loop after which an answer that does not go on is one that waits. */
const QUIET_TURNS = 6;

/** Milliseconds that one answer may take, far beyond what any does: what takes longer hangs. */
const ANSWER_MS_MAX = 20_000;

/** Calls that rightly wait for something to happen. Their callers leave. */
const WAITING: ReadonlySet<string> = new Set([
  "cosi.resource.State.Watch",
  "cosi.resource.State.TeardownAndDestroy",
  "grpc.health.v1.Health.Watch",
]);

/** What was asked, for whoever has to look into it. */
export interface Verdict {
  readonly fault: string | undefined;
  readonly input: CallInput | HttpInput;
}

/** Asks one drawn call. */
export async function askCall(
  fixture: ApiFixture,
  seed: number,
  { method, protocol }: { readonly method: DescMethod; readonly protocol: Protocol },
): Promise<Verdict> {
  const input = callInput(new Draw(seed), method, protocol);
  const waits = WAITING.has(`${method.parent.typeName}.${method.name}`);
  const asked = protocol === "grpc"
    ? grpcFault(fixture, input, waits)
    : callFault(fixture, input, { method, waits });
  return { fault: await inTime(asked), input };
}

/** Asks one drawn request of the HTTP API. */
export async function askRoute(
  fixture: ApiFixture,
  seed: number,
  route: HttpRoute,
): Promise<Verdict> {
  const input = httpInput(new Draw(seed), route);
  const waits = input.path.includes("watch") || input.path.includes("wait");
  return { fault: await inTime(routeFault(fixture, input, waits)), input };
}

async function inTime(asked: Promise<string | undefined>): Promise<string | undefined> {
  let timer: number | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, ANSWER_MS_MAX, "no answer");
  });
  try {
    return await Promise.race([asked, late]);
  } catch (error) {
    return `thrown: ${error}`;
  } finally {
    clearTimeout(timer);
  }
}

async function grpcFault(
  { api }: ApiFixture,
  { path, headers, body }: CallInput,
  waits: boolean,
): Promise<string | undefined> {
  const pairs = headers.flat();
  const exchange = FakeExchange.ask(api.exchange, {
    path,
    headers: pairs,
    contentType: null,
    body,
  });
  if (!waits) await exchange.over();
  for (let turn = 0; turn < QUIET_TURNS && !exchange.closed; turn++) await eventLoopTurn();
  if (!exchange.closed) {
    exchange.leave();
    return undefined;
  }
  if (exchange.resetCode !== undefined) return `reset with code ${exchange.resetCode}`;
  const type = headers.find(([name]) => name === "content-type")?.[1] ?? "";
  if (!type.startsWith("application/grpc")) return undefined; // Judged as Connect's.
  if (exchange.status !== 200) return undefined;
  return grpcStatusFault(exchange.trailer("grpc-status"), exchange.trailer("grpc-message") ?? "");
}

async function callFault(
  fixture: ApiFixture,
  { path, headers, body }: CallInput,
  { method, waits }: { readonly method: DescMethod; readonly waits: boolean },
): Promise<string | undefined> {
  const leave = new AbortController();
  const init = { method: "POST", headers: headersOf(headers), body, signal: leave.signal };
  const answer = await answered(fixture, new Request(`http://localhost${path}`, init), {
    waits,
    leave,
  });
  return answer && responseFault(answer.response, { ...answer, method });
}

async function routeFault(
  fixture: ApiFixture,
  { method, path, headers, body }: HttpInput,
  waits: boolean,
): Promise<string | undefined> {
  const leave = new AbortController();
  const takesBody = method !== "GET" && method !== "HEAD";
  const init = {
    method,
    headers: headersOf(headers),
    signal: leave.signal,
    ...(takesBody && body && { body }),
  };
  const answer = await answered(fixture, new Request(`http://localhost${path}`, init), {
    waits,
    leave,
  });
  if (answer === undefined || method === "HEAD") return undefined;
  return httpFault(answer.response, answer.body);
}

function headersOf(pairs: readonly (readonly [string, string])[]): Headers {
  const headers = new Headers();
  for (const [name, value] of pairs) headers.set(name, value);
  return headers;
}

interface Answer {
  readonly response: Response;
  readonly body: Uint8Array;
  readonly ended: boolean;
}

/** Reads all of an answer, or of one that waits what comes at once. @returns undefined: it waits with all of it. */
async function answered(
  { api }: ApiFixture,
  request: Request,
  { waits, leave }: { readonly waits: boolean; readonly leave: AbortController },
): Promise<Answer | undefined> {
  const handled = api.handle(request, { transport: "unix" });
  if (!waits) {
    const response = await handled;
    return { response, body: new Uint8Array(await response.arrayBuffer()), ended: true };
  }
  const response = await orQuiet(handled);
  if (response === undefined) {
    leave.abort();
    await (await handled).body?.cancel();
    return undefined;
  }
  const pieces: Uint8Array[] = [];
  const reader = response.body?.getReader();
  for (;;) {
    const read = reader === undefined ? { done: true } as const : await orQuiet(reader.read());
    if (read?.done === true) return { response, body: joined(...pieces), ended: true };
    if (read !== undefined) {
      pieces.push(read.value);
      continue;
    }
    leave.abort();
    await reader?.cancel();
    return { response, body: joined(...pieces), ended: false };
  }
}

/** What `work` gives; undefined when it gives nothing for some turns. */
async function orQuiet<Value>(work: Promise<Value>): Promise<Value | undefined> {
  let isSettled = false;
  const settled = work.finally(() => {
    isSettled = true;
  });
  settled.catch(() => {});
  for (let turn = 0; turn < QUIET_TURNS && !isSettled; turn++) await eventLoopTurn();
  return isSettled ? await settled : undefined;
}
