// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { join } from "@std/path/posix";
import { say } from "../bench/programs.ts";
import { startServer } from "../bench/wire_servers.ts";
import {
  bufProgram,
  type Client,
  grpcGo,
  grpcJs,
  grpcurlProgram,
  type Outcomes,
} from "./client_programs.ts";
import { commandClient } from "./command_client.ts";
import { bufCurl, CURL, grpcurl } from "./command_forms.ts";

/** What every client gets. */
const CALLS: Outcomes = {
  "Create": "version 1",
  "Get": "before",
  "Get refused": "NotFound",
  "List": "first",
  "Watch": "ready CREATED BOOTSTRAPPED",
  "Update": "version 2",
};

const BY_BUF: Outcomes = { ...CALLS, "Reflection": "lists by v1, v1alpha" };

/** What each client gets, by its name: those with no reflection of their own bring the messages. */
const EXPECTED: Readonly<Record<string, Outcomes>> = {
  "grpc-go": CALLS,
  "grpc-js": CALLS,
  "curl, Connect JSON": CALLS,
  "grpcurl": { ...CALLS, "Reflection": "lists, describes" },
  "buf curl, gRPC": BY_BUF,
  "buf curl, gRPC-Web": BY_BUF,
  "buf curl, Connect": BY_BUF,
};

async function clients(directory: string): Promise<Readonly<Record<string, Client>>> {
  const [go, js, grpcurlPath, bufPath] = await Promise.all([
    grpcGo(directory),
    grpcJs(directory),
    grpcurlProgram(directory),
    bufProgram(),
  ]);
  return {
    "grpc-go": go,
    "grpc-js": js,
    "curl, Connect JSON": commandClient(CURL),
    "grpcurl": commandClient(grpcurl(grpcurlPath)),
    "buf curl, gRPC": commandClient(bufCurl(bufPath, "grpc")),
    "buf curl, gRPC-Web": commandClient(bufCurl(bufPath, "grpcweb")),
    "buf curl, Connect": commandClient(bufCurl(bufPath, "connect")),
  };
}

/** A line for each client, a column for each call. */
function table(results: Readonly<Record<string, Outcomes>>): string {
  const names = [...Object.keys(CALLS), "Reflection"];
  const lines = Object.entries(results).map(([client, outcomes]) => [
    client,
    ...names.map((name) => outcomes[name] ?? "-"),
  ]);
  const all = [["client", ...names], ...lines];
  const widths = all[0]?.map((_, column) =>
    Math.max(...all.map((line) => (line[column] ?? "").length))
  );
  return all.map((line) =>
    line.map((cell, column) => cell.padEnd(widths?.[column] ?? 0)).join("  ").trimEnd()
  ).join("\n");
}

Deno.test("the API answers every call of every client of gRPC, gRPC-Web and Connect", async (test) => {
  const directory = await Deno.makeTempDir({ prefix: "strata-clients-" });
  try {
    const programs = await clients(directory);
    const socket = join(directory, "strata.sock");
    await using _server = await startServer("ours", { peer: "", socket });
    const results: Record<string, Outcomes> = {};
    for (const [name, client] of Object.entries(programs)) {
      await test.step(name, async () => {
        // A namespace for each: they do not see each other's resources.
        const namespace = `client-${Object.keys(results).length}`;
        results[name] = await client(socket, namespace);
        assertEquals(results[name], EXPECTED[name]);
      });
    }
    await say(`\n${table(results)}`);
    assertEquals(results, EXPECTED);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
