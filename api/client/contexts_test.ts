/** Which machine is found where contexts are, and what it is shown. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import process from "node:process";
import { base64, FAKE_CERTIFICATE, FAKE_KEY } from "../../tests/fakes/certificates.ts";
import { fakeWorld, type FakeWorldOptions } from "../../tests/fakes/cli_world.ts";
import { CommandError } from "./command_error.ts";
import { contextPath } from "./context_path.ts";
import { type DiscoveryFlags, findMachine } from "./discovery.ts";
import { endpointText } from "./endpoint.ts";

// The YAML parser asks for a variable of its own debugging, and unit tests may read no environment.
Object.defineProperty(process, "env", { value: {} });

const CONFIG = "/home/user/.config/strata/config.yaml";
const MACHINE = "/system/run/strata/strata.sock";
const TEXT = `context: home
contexts:
  home:
    endpoint: https://10.0.0.2:50000
    ca: ${base64(FAKE_CERTIFICATE)}
    crt: ${base64(FAKE_CERTIFICATE)}
    key: ${base64(FAKE_KEY)}
  dev:
    endpoint: http://127.0.0.1:7
    tokenFile: token
  inline: { endpoint: "http://127.0.0.1:8", token: inline-token }
  away: { endpoint: "http://127.0.0.1:9", tokenFile: /none }
  local: { endpoint: unix:x.sock }
`;
const IDENTITY = { ca: FAKE_CERTIFICATE, cert: FAKE_CERTIFICATE, key: FAKE_KEY };
const BASE: FakeWorldOptions = {
  env: { HOME: "/home/user" },
  sockets: [MACHINE],
  files: { [CONFIG]: TEXT, "/home/user/.config/strata/token": "file-token\n" },
};

async function find(options: FakeWorldOptions, flags: DiscoveryFlags = {}) {
  const { endpoint, ...rest } = await findMachine(flags, fakeWorld(options));
  return { endpoint: endpointText(endpoint), ...rest };
}

Deno.test("contextPath() is of STRATA_CONFIG, then XDG_CONFIG_HOME, then HOME", () => {
  const path = (env: Record<string, string>) =>
    contextPath({ cwd: "/work", env: (name) => env[name] });
  const all = { STRATA_CONFIG: "c.yaml", XDG_CONFIG_HOME: "/x", HOME: "/home/user" };
  assertEquals(path(all), "/work/c.yaml");
  assertEquals(path({ ...all, STRATA_CONFIG: "" }), "/x/strata/config.yaml");
  assertEquals(path({ HOME: "/home/user", XDG_CONFIG_HOME: "relative" }), CONFIG);
  assertEquals(path({ HOME: "/home/user" }), CONFIG);
  assertEquals([path({}), path({ HOME: "." })], [undefined, undefined]);
});

Deno.test("findMachine() takes the context in use before any socket, with its certificates", async () => {
  const home = {
    endpoint: "https://10.0.0.2:50000",
    by: `context "home" of ${CONFIG}`,
    token: undefined,
    identity: IDENTITY,
  };
  assertEquals(await find(BASE), home);
  assertEquals(await find(BASE, { context: "home" }), home);
  const files = { [CONFIG]: TEXT.replace("context: home", "") };
  assertEquals((await find({ ...BASE, files })).by, MACHINE);
});

Deno.test("findMachine() takes --endpoint, --context, STRATA_ENDPOINT and the context in use, in this order", async () => {
  const options = { ...BASE, env: { ...BASE.env, STRATA_ENDPOINT: "http://variable:1" } };
  const by = async (flags: DiscoveryFlags) => (await find(options, flags)).by;
  assertEquals(await by({ endpoint: "http://flag:1", context: "dev" }), "--endpoint");
  assertEquals(await by({ context: "dev" }), `context "dev" of ${CONFIG}`);
  assertEquals(await by({}), "STRATA_ENDPOINT");
});

Deno.test("findMachine() takes the token of a context, or of its file beside the file of contexts", async () => {
  assertEquals((await find(BASE, { context: "dev" })).token, "file-token");
  assertEquals((await find(BASE, { context: "inline" })).token, "inline-token");
  const env = { ...BASE.env, STRATA_TOKEN: "variable-token" };
  assertEquals((await find({ ...BASE, env }, { context: "inline" })).token, "variable-token");
  assertEquals(
    (await find(BASE, { context: "local" })).endpoint,
    "unix:/home/user/.config/strata/x.sock",
  );
  await assertRejects(
    () => find(BASE, { context: "away" }),
    CommandError,
    'the token file "/none"',
  );
});

Deno.test("findMachine() gives what a context holds to its own endpoint only, unless told to", async () => {
  const other = await find(BASE, { endpoint: "https://10.0.0.3:50000" });
  assertEquals([other.identity, other.token], [undefined, undefined]);
  const own = await find(BASE, { endpoint: "https://10.0.0.2:50000/" });
  assertEquals([own.by, own.identity], ["--endpoint", IDENTITY]);
  const env = { ...BASE.env, STRATA_ENDPOINT: "http://127.0.0.1:8" };
  const files = { [CONFIG]: TEXT.replace("context: home", "context: inline") };
  assertEquals((await find({ ...BASE, files, env })).token, "inline-token");
  const told = await find(BASE, { endpoint: "https://10.0.0.3:50000", context: "home" });
  assertEquals([told.by, told.identity], ["--endpoint", IDENTITY]);
});

Deno.test("findMachine() needs no file of contexts where the endpoint is named", async () => {
  for (const text of ["contexts: 1", "context: nowhere", "x".repeat(1024 * 1024 + 1)]) {
    const options = { ...BASE, files: { [CONFIG]: text } };
    assertEquals((await find(options, { endpoint: "http://h:1" })).by, "--endpoint");
    await assertRejects(() => find(options), CommandError);
  }
});

Deno.test("findMachine() says which context is not there, and which are", async () => {
  const cases = [
    [
      BASE,
      { context: "hom" },
      `no context "hom" in ${CONFIG}: it may be home, dev, inline, away, local`,
    ],
    [{ ...BASE, files: {} }, { context: "a" }, `no context "a": there is no ${CONFIG}`],
    [{ ...BASE, env: {} }, { context: "a" }, 'no context "a": there is no home to look into'],
    [
      { ...BASE, files: { [CONFIG]: "context: a\n" } },
      {},
      `no context "a" in ${CONFIG}: it holds none`,
    ],
  ] as const;
  for (const [options, flags, message] of cases) {
    const error = await assertRejects(() => find(options, flags), CommandError);
    assertEquals([error.exit, error.message], [3, message]);
  }
});

Deno.test("findMachine() names field and line of a context that cannot be used, and no secret", async () => {
  const pem = base64(FAKE_CERTIFICATE);
  const key = base64(FAKE_KEY);
  const cases = [
    [`endpoint: ftp://x`, "line 3: contexts.a.endpoint cannot be used"],
    [
      `endpoint: https://h:1\n    crt: ${pem}`,
      "line 3: contexts.a must have both crt and key, or neither",
    ],
    [
      `endpoint: https://h:1\n    key: ${key}`,
      "line 3: contexts.a must have both crt and key, or neither",
    ],
    [
      `endpoint: http://h:1\n    crt: ${pem}\n    key: ${key}`,
      "line 3: contexts.a.endpoint must be https://HOST:PORT",
    ],
    [
      `endpoint: https://h:1\n    ca: ${key}`,
      "line 4: contexts.a.ca must be base64 of PEM that holds a certificate",
    ],
    [
      `endpoint: https://h:1\n    ca: "%"`,
      "line 4: contexts.a.ca must be base64 of PEM that holds a certificate",
    ],
    [
      `endpoint: https://h:1\n    crt: ${pem}\n    key: aHVzaA==`,
      "line 5: contexts.a.key must be base64 of PEM that holds a private key without a password",
    ],
  ] as const;
  for (const [fields, message] of cases) {
    const files = { [CONFIG]: `contexts:\n  a:\n    ${fields}\n` };
    const error = await assertRejects(
      () => find({ ...BASE, files }, { context: "a" }),
      CommandError,
    );
    assertEquals(error.exit, 2);
    assertEquals(
      error.message.startsWith(`cannot use "${CONFIG}": ${message}`),
      true,
      error.message,
    );
    assertEquals(/hush|aHVzaA|PRIVATE KEY-/.test(error.message), false);
  }
});
