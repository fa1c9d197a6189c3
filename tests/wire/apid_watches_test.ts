/** Many watches through the proxy of the API, and what bounds those of one caller. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { WATCHES_PER_CLIENT_MAX } from "../../api/limits.ts";
import type { Http2Client } from "../../api/http2/http2_client.ts";
import { stateClient } from "../../api/state_client/state_client.ts";
import { StateError, stateErrorOf } from "../../runtime/core/errors.ts";
import { systemRandom } from "../../runtime/system/random.ts";
import { apiFixture, opaqueResource } from "../fakes/api.ts";
import { ApidHouse } from "../fakes/apid_house.ts";
import { callerCertificates } from "../fakes/caller_certificates.ts";
import { machineTypes } from "../../runtime/resources/machine_types.ts";

const CERTIFICATES = await callerCertificates();
const KIND = { namespace: "default", type: "os/test" };
/** As many as the listener lets a stranger's connection have at once, and some for calls. */
const PER_CONNECTION = 90;

Deno.test("apiProxy() carries 1000 watches, tells each of them everything, and bounds those of one address", async () => {
  const fixture = apiFixture();
  await using house = await ApidHouse.open({
    certificates: CERTIFICATES,
    machine: fixture.api.exchange,
  });
  await using undo = new AsyncDisposableStack();
  const { clock } = house;
  const clients: Http2Client[] = [];
  const types = machineTypes();
  const random = systemRandom();
  const watch = async (client: Http2Client): Promise<() => Promise<string>> => {
    const transport = house.transport(client);
    const state = stateClient(transport, { types, clock, random });
    const events = (await state.watchKind(KIND, {}))[Symbol.asyncIterator]();
    undo.defer(async () => void await events.return?.());
    return async () => {
      const turn = await events.next();
      if (turn.done || turn.value.event === "errored") return "over";
      return turn.value.resource.metadata.id;
    };
  };
  const clientFrom = (address: string): Http2Client => {
    const client = house.client(CERTIFICATES.admin, address);
    clients.push(client);
    undo.defer(() => client.close());
    return client;
  };
  const readers: (() => Promise<string>)[] = [];
  for (const address of ["127.0.0.1", "127.0.0.2"]) {
    let left = 500;
    while (left > 0) {
      const client = clientFrom(address);
      const count = Math.min(left, PER_CONNECTION);
      readers.push(...await Promise.all(Array.from({ length: count }, () => watch(client))));
      left -= count;
    }
  }
  assertEquals([readers.length, fixture.api.watches], [1000, 1000]);
  assertEquals(house.upstreams.size, clients.length);

  // Every one is told.
  await fixture.state.create(opaqueResource("a"));
  await fixture.state.create(opaqueResource("b"));
  const told = await Promise.all(readers.map(async (next) => `${await next()}${await next()}`));
  assertEquals(new Set(told), new Set(["ab"]));

  // The bound is the caller's own, by the address that the proxy tells.
  const more = clientFrom("127.0.0.2");
  for (let taken = 500; taken < WATCHES_PER_CLIENT_MAX; taken++) await watch(more);
  const refused = await watch(more).then(() => undefined, (error: unknown) => stateErrorOf(error));
  assertEquals(refused instanceof StateError, true);
  assertEquals(
    refused?.message.includes(`127.0.0.2 has ${WATCHES_PER_CLIENT_MAX} watches open`),
    true,
    refused?.message,
  );
  await watch(clientFrom("127.0.0.3"));

  // Who leaves takes its watches with it.
  for (const client of clients) client.close();
  await house.until(() => fixture.api.watches === 0);
  fixture.stop.abort();
});
