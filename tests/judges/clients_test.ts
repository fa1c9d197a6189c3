// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { say } from "../bench/programs.ts";
import { type Bench, hostBench } from "../host/host_process.ts";
import type { Outcomes } from "./client_programs.ts";
import { clientTable, everyClient, type Places } from "./every_client.ts";

/** Starts `strata serve`. @returns Where it listens. */
async function served(bench: Bench): Promise<Places> {
  const file = (name: string) => `${bench.folder}/certs/${name}`;
  const made = await bench.strata("gen", "certs", "--out", `${bench.folder}/certs`);
  assertEquals(made.code, 0, made.stderr);
  const { ready, origin, token } = await bench.serve(
    ...["--tls", "127.0.0.1:0", "--tls-cert", file("server.crt")],
    ...["--tls-key", file("server.key"), "--tls-ca", file("ca.crt")],
  );
  const [secure = ""] = /https:\/\/\S+/.exec(ready) ?? [];
  const pair = { cert: file("client.crt"), key: file("client.key") };
  return {
    "HTTP/2": { endpoint: `unix:${bench.grpcSocket}` },
    "HTTP/1.1": { endpoint: origin, token },
    "TLS": { endpoint: secure, ca: file("ca.crt"), ...pair },
  };
}

Deno.test("strata serve answers every call of every client of gRPC, gRPC-Web and Connect", async (test) => {
  const directory = await Deno.makeTempDir({ prefix: "strata-clients-" });
  try {
    const programs = await everyClient(directory);
    await using bench = await hostBench();
    const places = await served(bench);
    const results: Record<string, Outcomes> = {};
    for (const [index, [name, { client, on, expected }]] of Object.entries(programs).entries()) {
      await test.step(name, async () => {
        // A namespace for each: they do not see each other's resources.
        const result = results[name] = await client(places[on], `client-${index}`);
        assertEquals(result, expected);
      });
    }
    await say(`\n${clientTable(results)}`);
    assertEquals(Object.keys(results), Object.keys(programs));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
