// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fakeWorld, type FakeWorldOptions } from "../../tests/fakes/cli_world.ts";
import { CommandError } from "./command_error.ts";
import { type DiscoveryFlags, findMachine } from "./discovery.ts";
import { endpointText } from "./endpoint.ts";

const MACHINE = "/system/run/strata/http.sock";
const HOST = "/tmp/strata-1000/http.sock";
const DEV = "/home/user/.strata";

async function find(
  options: FakeWorldOptions,
  flags: DiscoveryFlags = {},
): Promise<readonly unknown[]> {
  const { endpoint, by, token } = await findMachine(flags, fakeWorld(options));
  return [endpointText(endpoint), by, token];
}

Deno.test("findMachine() takes the first of flag, variable, machine, host mode and .strata", async () => {
  const everything = {
    env: { STRATA_ENDPOINT: "http://variable:1" },
    sockets: [MACHINE, HOST],
    files: { [`${DEV}/token`]: "dev-token\n", [`${DEV}/endpoint`]: "http://127.0.0.1:7\n" },
  };
  assertEquals(await find(everything, { endpoint: "http://flag:1" }), [
    "http://flag:1",
    "--endpoint",
    undefined,
  ]);
  assertEquals(await find(everything), ["http://variable:1", "STRATA_ENDPOINT", undefined]);
  assertEquals(await find({ ...everything, env: {} }), [`unix:${MACHINE}`, MACHINE, undefined]);
  assertEquals(await find({ ...everything, env: {}, sockets: [HOST] }), [
    `unix:${HOST}`,
    HOST,
    undefined,
  ]);
  assertEquals(await find({ ...everything, env: {}, sockets: [] }), [
    "http://127.0.0.1:7",
    DEV,
    "dev-token",
  ]);
});

Deno.test("findMachine() looks for host mode below XDG_RUNTIME_DIR where it is set", async () => {
  const env = { XDG_RUNTIME_DIR: "/run/user/1000", STRATA_ENDPOINT: "" };
  const socket = "/run/user/1000/strata/http.sock";
  assertEquals(await find({ env, sockets: [socket, HOST] }), [`unix:${socket}`, socket, undefined]);
});

Deno.test("findMachine() knows where up listens when .strata does not say", async () => {
  const files = { [`${DEV}/token`]: "t" };
  assertEquals(await find({ files }), ["http://127.0.0.1:50080", DEV, "t"]);
});

Deno.test("findMachine() prefers the nearest .strata", async () => {
  const files = {
    [`${DEV}/token`]: "far",
    "/home/user/work/.strata/token": "near",
    "/home/user/work/.strata/endpoint": "http://127.0.0.1:9",
  };
  assertEquals(await find({ files }), ["http://127.0.0.1:9", "/home/user/work/.strata", "near"]);
});

Deno.test("findMachine() takes the token of flag, then variable, then the endpoint's own file", async () => {
  const options = {
    env: { STRATA_TOKEN: "variable" },
    sockets: [HOST],
    files: { "/home/user/work/t": " flag \n", "/tmp/strata-1000/token": "file\n" },
  };
  assertEquals((await find(options, { tokenFile: "t" }))[2], "flag");
  assertEquals((await find(options))[2], "variable");
  assertEquals((await find({ ...options, env: {} }))[2], "file");
});

Deno.test("findMachine() gives a token found in a file to its own endpoint only", async () => {
  const files = { [`${DEV}/token`]: "dev-token" };
  assertEquals((await find({ files }, { endpoint: "http://127.0.0.1:50080" }))[2], "dev-token");
  assertEquals((await find({ files }, { endpoint: "http://127.0.0.1:50081" }))[2], undefined);
  assertEquals((await find({ files }, { endpoint: "https://127.0.0.1:50080" }))[2], undefined);
});

Deno.test("findMachine() passes by what belongs to another user, and says so", async () => {
  const options = { sockets: [HOST], foreign: [HOST, DEV], files: { [`${DEV}/token`]: "planted" } };
  const error = await assertRejects(
    () => find(options),
    CommandError,
    `${HOST} (it belongs to another user)`,
  );
  assertEquals(error.exit, 5);
  assertStringIncludes(error.message, `${DEV} (it belongs to another user)`);
});

Deno.test("findMachine() refuses tokens that cannot be sent, without repeating them", async () => {
  const cases = [
    [{ env: { STRATA_TOKEN: "hush hush" } }, {}],
    [{ files: { "/t": "hush\nhush" } }, { tokenFile: "/t" }],
    [{ files: { "/t": "hush".repeat(2000) } }, { tokenFile: "/t" }],
    [{ files: { "/t": "\n" } }, { tokenFile: "/t" }],
    [{}, { tokenFile: "/missing" }],
  ] as const;
  for (const [options, flags] of cases) {
    const error = await assertRejects(
      () => find({ sockets: [MACHINE], ...options }, flags),
      CommandError,
    );
    assertEquals([error.exit, error.message.includes("hush")], [2, false], error.message);
  }
});

Deno.test("findMachine() prefers the socket of HTTP/2 in each folder", async () => {
  const [machine, host] = ["/system/run/strata/strata.sock", "/tmp/strata-1000/strata.sock"];
  assertEquals((await find({ sockets: [MACHINE, machine, HOST, host] }))[1], machine);
  assertEquals((await find({ sockets: [MACHINE, HOST, host] }))[1], MACHINE);
  const beside = { sockets: [HOST, host], files: { "/tmp/strata-1000/token": "file" } };
  assertEquals(await find(beside), [`unix:${host}`, host, "file"]);
});
