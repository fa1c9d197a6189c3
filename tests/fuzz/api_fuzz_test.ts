// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { SERVICES } from "../../api/grpc/served_methods.ts";
import { routeEntries } from "../../api/http_routes.ts";
import { eventLoopTurn } from "../../runtime/system/turn.ts";
import { type ApiFixture, apiFixture, opaqueResource } from "../fakes/api.ts";
import { pathOf } from "../fakes/grpc_client.ts";
import { askCall, askRoute, type Verdict } from "./api/asked.ts";
import { PROTOCOLS } from "./api/call_inputs.ts";

/** Inputs of each RPC, shared among the protocols, and of each route. `deno test … -- COUNT FIRST` says otherwise. */
const INPUTS = 20_000;
const [count = INPUTS, first = 1] = Deno.args.map(Number);
const countOfEach = Math.ceil(count / PROTOCOLS.length);

/** Inputs that one API is asked: its state grows by what is created. */
const INPUTS_PER_API = 1_000;

/** Faults shown of one RPC or route. */
const FAULTS_SHOWN = 3;

async function filled(): Promise<ApiFixture> {
  const fixture = apiFixture();
  for (const id of ["a", "b"]) await fixture.state.create(opaqueResource(id, { yaml: "y\n" }));
  await fixture.state.create(opaqueResource("c", { finalizers: ["keeper"] }));
  return fixture;
}

/** Asks `ask` with each seed; what is wrong fails with the seed and the input. */
async function fuzz(
  count: number,
  ask: (fixture: ApiFixture, seed: number) => Promise<Verdict>,
): Promise<void> {
  const faults: string[] = [];
  for (let seed = first; seed < first + count && faults.length < FAULTS_SHOWN;) {
    const fixture = await filled();
    const end = Math.min(first + count, seed + INPUTS_PER_API);
    for (; seed < end; seed++) {
      const { fault, input } = await ask(fixture, seed);
      if (fault !== undefined) faults.push(`seed ${seed}: ${fault}\n${Deno.inspect(input)}`);
    }
    const loud = fixture.log.lines.filter(({ level }) => level === "error");
    for (const { message, facts } of loud.slice(0, FAULTS_SHOWN)) {
      faults.push(`an error of ours before seed ${seed}: ${message} ${Deno.inspect(facts)}`);
    }
    await eventLoopTurn();
    if (fixture.api.watches !== 0) {
      faults.push(`${fixture.api.watches} watches stay, before seed ${seed}`);
    }
    fixture.stop.abort();
    await eventLoopTurn();
  }
  assertEquals(faults, []);
}

for (const service of SERVICES) {
  for (const method of service.methods) {
    for (const protocol of PROTOCOLS) {
      Deno.test(`${pathOf(method)} over ${protocol} answers whatever it is sent in its client's words`, () =>
        fuzz(countOfEach, (fixture, seed) => askCall(fixture, seed, { method, protocol })));
    }
  }
}

for (const [name, route] of routeEntries()) {
  Deno.test(`${route.method} ${route.path} (${name}) answers whatever it is sent, errors as problems`, () =>
    fuzz(count, (fixture, seed) => askRoute(fixture, seed, route)));
}

Deno.test("calls that were answered or left are not kept", async () => {
  const fixture = await filled();
  const kept: WeakRef<object>[] = [];
  for (const service of SERVICES) {
    for (const method of service.methods) {
      for (const protocol of PROTOCOLS) {
        for (let seed = 1; seed <= 8; seed++) {
          const { input } = await askCall(fixture, seed, { method, protocol });
          kept.push(new WeakRef(input.body ?? {}));
        }
      }
    }
  }
  const alive = (): number => kept.filter((each) => each.deref() !== undefined).length;
  // A collection comes when there is enough to collect; what is referred to stays whatever comes.
  // Garbage that lived for a while has more than the young collected.
  const lived: unknown[] = [];
  for (let turn = 0; turn < 60 && alive() > kept.length / 100; turn++) {
    // Who was looked at stays until the turn is over.
    await eventLoopTurn();
    for (let count = 0; count < 16; count++) {
      lived[count] = Array.from({ length: 100_000 }, (_, index) => ({ index }));
      await eventLoopTurn();
    }
  }
  assert(alive() <= kept.length / 100, `${alive()} of ${kept.length} bodies are kept`);
  fixture.stop.abort();
});
