/** Our client on the gRPC server of cosi-project/runtime: what a state must do, our client makes of an official one. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path/posix";
import { dialUnix } from "../../api/client/dial.ts";
import { http2Transport } from "../../api/client/http2_transport.ts";
import type { Duplex } from "../../api/http2/duplex.ts";
import { http2Client } from "../../api/http2/http2_client.ts";
import { stateClient } from "../../api/state_client/state_client.ts";
import { StateError } from "../../runtime/core/errors.ts";
import { resourceTypes } from "../../runtime/core/resource_types.ts";
import type { State } from "../../runtime/core/state.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { systemRandom } from "../../runtime/system/random.ts";
import { buildPeer } from "../bench/programs.ts";
import { startServer } from "../bench/wire_servers.ts";
import { stateConformance } from "../conformance/state.ts";
import { brief, path, PATHS, Probe } from "../conformance/state_fixtures.ts";

/** The server, built once for all cases. */
class Peer {
  #built: Promise<{ readonly directory: string; readonly program: string }> | undefined;

  build(): Promise<{ readonly directory: string; readonly program: string }> {
    this.#built ??= (async () => {
      const directory = await Deno.makeTempDir({ prefix: "strata-official-" });
      return { directory, program: await buildPeer(directory, "wire-bench") };
    })();
    return this.#built;
  }

  async remove(): Promise<void> {
    if (this.#built !== undefined) {
      await Deno.remove((await this.#built).directory, { recursive: true });
    }
  }
}

const peer = new Peer();

/** An official server of its own, in memory, and our client of it. */
async function open(): Promise<{ readonly state: State } & AsyncDisposable> {
  const { directory, program } = await peer.build();
  const socket = join(directory, "official.sock");
  const server = await startServer("peer", { peer: program, socket });
  const ports = { clock: systemClock(), random: systemRandom() };
  const client = http2Client({ ...ports, dial: dialUnix(socket) });
  const transport = http2Transport({ client, protocol: "grpc", clock: ports.clock });
  return {
    state: stateClient(transport, { ...ports, types: resourceTypes([]) }),
    async [Symbol.asyncDispose]() {
      client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

stateConformance("stateClient() against the official server", open);

Deno.test("stateClient() goes on with a watch of the official server after its connection was cut", async () => {
  const { directory, program } = await peer.build();
  const socket = join(directory, "cut.sock");
  await using _server = await startServer("peer", { peer: program, socket });
  const ports = { clock: systemClock(), random: systemRandom() };
  const dialled: Duplex[] = [];
  const dial = async (signal: AbortSignal) => {
    const duplex = await dialUnix(socket)(signal);
    dialled.push(duplex);
    return duplex;
  };
  using client = http2Client({ ...ports, dial });
  const transport = http2Transport({ client, protocol: "grpc", clock: ports.clock });
  const state = stateClient(transport, { ...ports, types: resourceTypes([]) });
  await using watch = new Probe(await state.watchKind(PATHS, { bootstrapContents: true }));
  assertEquals(brief(await watch.next()), "bootstrapped @undefined");
  const seen: string[] = [];
  for (const id of ["a", "b", "c"]) {
    dialled.at(-1)?.close();
    // What is asked of a connection that is gone finds out that it is.
    await assertRejects(() => state.get(path("missing").metadata), StateError);
    await state.create(path(id));
    seen.push(brief(await watch.next()));
  }
  assertEquals(seen, ["created a@1", "created b@1", "created c@1"]);
  assertEquals(client.connections, dialled.length);
});

Deno.test("stateClient() ends a watch of an official server that came back without its memory", async () => {
  const { directory, program } = await peer.build();
  const socket = join(directory, "restarted.sock");
  const ports = { clock: systemClock(), random: systemRandom() };
  using client = http2Client({ ...ports, dial: dialUnix(socket) });
  const transport = http2Transport({ client, protocol: "grpc", clock: ports.clock });
  const state = stateClient(transport, { ...ports, types: resourceTypes([]) });
  const first = await startServer("peer", { peer: program, socket });
  await using watch = new Probe(await state.watchKind(PATHS, { bootstrapBookmark: true }));
  assertEquals(brief(await watch.next()), "noop @undefined");
  await state.create(path("a"));
  assertEquals(brief(await watch.next()), "created a@1");
  await first[Symbol.asyncDispose]();
  await using _second = await startServer("peer", { peer: program, socket });
  assertEquals(brief(await watch.next()), "errored invalid-bookmark");
  assertEquals(await watch.done(), true);
  // Calls find the new one.
  assertEquals((await state.create(path("a"))).metadata.version, 1n);
});

Deno.test.afterAll(() => peer.remove());
