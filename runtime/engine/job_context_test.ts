// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertStrictEquals } from "@std/assert";
import { FakeLog } from "../../tests/fakes/log.ts";
import { house, INTS, item } from "../../tests/fakes/engine_house.ts";
import { callHost } from "./controller_writes.ts";
import { type JobHost, JobLife } from "./job_context.ts";
import { KindCaches } from "./kind_caches.ts";

function jobHost(): { readonly host: JobHost; readonly engine: AbortController } {
  const engine = new AbortController();
  const name = "test.Q";
  const calls = callHost({
    name,
    state: house().state,
    caches: new KindCaches([]),
    warnsOfUncachedReads: false,
    log: new FakeLog(),
    limiter: undefined,
    declared: () => ({ name, inputs: [], outputs: [] }),
  });
  const ended = new DOMException("the job has ended", "AbortError");
  return { host: { calls, signal: engine.signal, ended }, engine };
}

Deno.test("JobLife aborts its signal at its end, with the engine, and where it is asked for late", () => {
  const { host, engine } = jobHost();
  const [ends, goesOn, late] = [1, 2, 3].map(() => new JobLife(host, undefined));
  const signal = ends?.signal;
  assertEquals(signal?.aborted, false);
  assertStrictEquals(ends?.context().signal, signal);
  ends?.end();
  assertStrictEquals(signal?.reason, host.ended);
  late?.end();
  assertStrictEquals(late?.signal.reason, host.ended);
  const other = goesOn?.signal;
  engine.abort("over");
  assertEquals([other?.reason, new JobLife(host, undefined).signal.reason], ["over", "over"]);
});

Deno.test("JobLife makes one cause, of the event that led to the job", () => {
  const { host } = jobHost();
  const { metadata } = item(INTS, "a", "");
  const life = new JobLife(host, { metadata, revision: 7n });
  assertEquals(life.cause.event?.revision, 7n);
  assertStrictEquals(life.cause, life.cause);
  assertEquals(new JobLife(host, undefined).cause, { actor: "test.Q" });
});
