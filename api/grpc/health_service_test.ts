// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from "../../proto/gen/grpc/health/v1/health_pb.ts";
import { apiFixture } from "../../tests/fakes/api.ts";
import { answersIn, codeOf, grpcCall, messageOf } from "../../tests/fakes/grpc_client.ts";
import { HEALTH_POLL_MS } from "../limits.ts";
import { SERVICES } from "./served_methods.ts";

const { check, list, watch } = Health.method;
const NOT_READY = { ready: false, unmet: ["mounts"] };

Deno.test("Health Check() answers for the agent and each service, and knows no other", async () => {
  const { api, health } = apiFixture();
  const ask = async (service: string) => {
    const exchange = grpcCall(api.exchange, check, { service });
    await exchange.over();
    return exchange;
  };
  for (const service of ["", ...SERVICES.map(({ typeName }) => typeName)]) {
    health.now = { ready: true, unmet: [] };
    assertEquals(answersIn(await ask(service), check)[0]?.status, Status.SERVING);
    health.now = NOT_READY;
    assertEquals(answersIn(await ask(service), check)[0]?.status, Status.NOT_SERVING);
  }
  const unknown = await ask("no.Such");
  assertEquals(codeOf(unknown), "NotFound");
  assertStringIncludes(messageOf(unknown), '"no.Such", may be cosi.resource.State, ');
});

Deno.test("Health List() answers for all at once", async () => {
  const { api } = apiFixture();
  const exchange = grpcCall(api.exchange, list, {});
  await exchange.over();
  const statuses = Object.entries(answersIn(exchange, list)[0]?.statuses ?? {});
  const names = ["", ...SERVICES.map(({ typeName }) => typeName)].sort();
  assertEquals(statuses.map(([name]) => name).sort(), names);
  assertEquals(statuses.every(([, { status }]) => status === Status.SERVING), true);
});

Deno.test("Health Watch() tells of now at once, of each change, and of nothing else", async () => {
  const { api, health, clock } = apiFixture();
  const exchange = grpcCall(api.exchange, watch, { service: "cosi.resource.State" });
  const told = () => answersIn(exchange, watch).map(({ status }) => status);
  await clock.sleeping();
  assertEquals(told(), [Status.SERVING]);
  await clock.advance(10 * HEALTH_POLL_MS);
  assertEquals(told(), [Status.SERVING]);
  health.now = NOT_READY;
  await clock.advance(HEALTH_POLL_MS);
  health.now = { ready: true, unmet: [] };
  await clock.advance(HEALTH_POLL_MS);
  assertEquals(told(), [Status.SERVING, Status.NOT_SERVING, Status.SERVING]);
  exchange.leave();
  await clock.advance(0);
  assertEquals(clock.pendingMs, [], "nothing polls for who left");
});

Deno.test("Health Watch() keeps a stream open for a service that nobody knows", async () => {
  const { api, clock } = apiFixture();
  const exchange = grpcCall(api.exchange, watch, { service: "no.Such" });
  await clock.sleeping();
  const told = answersIn(exchange, watch).map(({ status }) => status);
  assertEquals([told, exchange.closed], [[Status.SERVICE_UNKNOWN], false]);
  exchange.leave();
  await clock.advance(0);
});
