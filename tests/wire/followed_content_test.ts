/** What the network face is told, followed through losses and odd answers. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { create, toBinary } from "@bufbuild/protobuf";
import { dialUnix } from "../../api/client/dial.ts";
import { frameOf } from "../../api/grpc/message_frames.ts";
import type { Exchange } from "../../api/http2/exchange.ts";
import { http2Client } from "../../api/http2/http2_client.ts";
import { listenHttp2 } from "../../api/listen_http2.ts";
import { followContent } from "../../api/state_client/followed_content.ts";
import { EventType, WatchResponseSchema } from "../../proto/gen/cosi/resource/state_pb.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { systemRandom } from "../../runtime/system/random.ts";
import { FakeLog } from "../fakes/log.ts";

const GRPC = ["content-type", "application/grpc+proto"];
const CREATED = EventType.CREATED;

/** A watch's message of one event. */
function told(eventType: EventType, content: number, error?: string): Uint8Array {
  const resource = { metadata: { id: "api" }, spec: { protoSpec: new Uint8Array([content]) } };
  const event = [{ eventType, resource, ...(error === undefined ? {} : { error }) }];
  return frameOf(toBinary(WatchResponseSchema, create(WatchResponseSchema, { event })));
}

/** Answers the first calls as `answers` say, one each, and leaves the others open. Ends when all were given and followed. */
async function followed(
  answers: readonly ((exchange: Exchange) => void)[],
  wanted: number,
  refuse: (content: number | undefined) => boolean = () => false,
): Promise<{ readonly seen: readonly (number | undefined)[]; readonly log: FakeLog }> {
  const folder = await Deno.makeTempDir({ prefix: "strata-followed-" });
  const stop = new AbortController();
  const { signal } = stop;
  const [clock, random, log] = [systemClock(), systemRandom(), new FakeLog()];
  const path = `${folder}/state.sock`;
  let calls = 0;
  const listening = await listenHttp2({
    ...{ clock, log, signal, limits: { closeGraceMs: 0 } },
    address: { path, mode: 0o600 },
    handler: (exchange) => {
      const answer = answers[calls++];
      if (answer === undefined) exchange.respond(200, GRPC);
      else answer(exchange);
    },
  });
  const seen: (number | undefined)[] = [];
  const enough = Promise.withResolvers<void>();
  const losses = new FakeLog();
  using client = http2Client({ dial: dialUnix(path), clock, random });
  const following = followContent({
    ...{ client, clock, log: losses, signal },
    pointer: { namespace: "runtime", type: "Wishes.test", id: "api" },
    changed: (content) => {
      seen.push(content?.[0]);
      if (seen.length === wanted) enough.resolve();
      if (refuse(content?.[0])) throw new Error("nothing we can use");
    },
  });
  await enough.promise;
  stop.abort();
  await following;
  client[Symbol.dispose]();
  await listening.closed;
  await Deno.remove(folder, { recursive: true });
  return { seen, log: losses };
}

Deno.test("followContent() tells what there is, each change, and that there is none", async () => {
  const { seen, log } = await followed([
    (exchange) => {
      assertEquals([exchange.method, exchange.path], ["POST", "/cosi.resource.State/Watch"]);
      exchange.respond(200, GRPC);
      exchange.write(frameOf(new Uint8Array(0)));
      exchange.write(told(CREATED, 1));
      exchange.write(told(EventType.NOOP, 9));
      exchange.write(told(EventType.UPDATED, 2));
      exchange.write(told(EventType.DESTROYED, 2));
      exchange.write(told(CREATED, 3));
    },
  ], 4);
  assertEquals(seen, [1, 2, undefined, 3]);
  assertEquals(log.lines, []);
});

Deno.test("followContent() says once that the state is lost, whatever is wrong, and once that it is back", async () => {
  const refused = ["grpc-status", "7", "grpc-message", "not for you"];
  const { seen, log } = await followed([
    (exchange) => {
      exchange.respond(200, GRPC);
      exchange.write(told(CREATED, 1));
      exchange.write(told(EventType.ERRORED, 0, "overtaken"));
    },
    (exchange) => exchange.respond(200, [...GRPC, ...refused], true),
    (exchange) => exchange.respond(404, [], true),
    (exchange) => {
      exchange.respond(200, GRPC);
      exchange.end(refused);
    },
    (exchange) => {
      exchange.respond(200, GRPC);
      exchange.write(frameOf(new Uint8Array([0x0a, 9])));
    },
    (exchange) => {
      exchange.respond(200, GRPC);
      exchange.write(told(CREATED, 2));
    },
  ], 2);
  assertEquals(seen, [1, 2]);
  const lines = log.lines.map(({ level, message }) => `${level} ${message}`);
  assertEquals(lines, ["warn the state cannot be watched", "info the state is back"]);
  assertEquals(String(log.lines[0]?.facts["error"]), "Error: overtaken");
});

Deno.test("followContent() tells which refusal it met", async () => {
  const refusals: readonly [(exchange: Exchange) => void, string][] = [
    [
      (exchange) =>
        exchange.respond(200, [...GRPC, "grpc-status", "7", "grpc-message", "no"], true),
      "Error: status 7: no",
    ],
    [(exchange) => exchange.respond(404, [], true), "Error: the watch ended without a status"],
  ];
  for (const [answer, words] of refusals) {
    const { log } = await followed([answer, (exchange) => {
      exchange.respond(200, GRPC);
      exchange.write(told(CREATED, 1));
    }], 1);
    assertEquals(String(log.lines[0]?.facts["error"]), words);
  }
});

Deno.test("followContent() tells content that cannot be used once, and asks again", async () => {
  const answer = (content: number) => (exchange: Exchange) => {
    exchange.respond(200, GRPC);
    exchange.write(told(CREATED, content));
  };
  const { seen, log } = await followed([answer(1), answer(1), answer(2)], 3, (each) => each === 1);
  assertEquals(seen, [1, 1, 2]);
  const [lost, ...later] = log.lines.map(({ message }) => message);
  assertEquals(lost, "the state cannot be watched");
  assertEquals(later.includes("the state cannot be watched"), false);
});
