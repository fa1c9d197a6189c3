/** Usage, help, errors and exit codes. What commands print is tested beside them. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runCli } from "./cli.ts";
import { COMMANDS, GROUPS } from "./command_table.ts";
import { fakeMachine } from "../../tests/fakes/cli_machine.ts";
import { DEFINITIONS } from "../../tests/fakes/cli_resources.ts";
import { fakeWorld, runFake } from "../../tests/fakes/cli_world.ts";
import { Code, ConnectError } from "@connectrpc/connect";

Deno.test("runCli() answers wrong usage with one line, a hint and 2", async () => {
  const cases = [
    [["gte"], "strata: unknown command 'gte'; did you mean get?\nSee \"strata --help\".\n"],
    [["get"], "strata: missing required argument 'TYPE'\nSee \"strata get --help\".\n"],
    [["get", "a", "b", "c"], /^strata: too many arguments.*\nSee "strata get --help".\n$/],
    [
      ["get", "x", "--wtach"],
      "strata: unknown option '--wtach'; did you mean --watch?\nSee \"strata get --help\".\n",
    ],
    [
      ["get", "x", "-o", "xml"],
      /^strata: .*'xml' is invalid. Allowed choices are table, wide, yaml, json, jsonpath=TEMPLATE, name\n/,
    ],
    [["get", "x", "-n"], /^strata: option '-n, --namespace <NAMESPACE>' argument missing\n/],
    [["get", "x", "y", "-l", "a"], /^strata: cannot use --selector with an ID/],
    [
      ["get", "x", "-l", "(("],
      /^strata: cannot use the selector: Cannot read label: at character 1 is "\(\("/,
    ],
    [
      ["read", "etc/hosts"],
      /^strata: cannot use path "etc\/hosts": it must begin with \/\nSee "strata read --help".\n$/,
    ],
    [
      ["ls", "/", "-d", "0"],
      /^strata: cannot use depth "0": it must be a whole number from 1 to 2147483647\n/,
    ],
    [["serve", "--http", "8080"], /^strata: cannot listen on "8080": give HOST:PORT/],
    [["serve", "--endpoint", "http://h:1"], /^strata: unknown option '--endpoint'/],
    [["completion", "csh"], /^strata: .*'csh' is invalid/],
    [
      ["types", "--endpoint", "ftp://x"],
      /^strata: cannot use the endpoint given: it has no known form; give unix:PATH/,
    ],
    [["help", "gte"], "strata: unknown command 'gte'\nSee \"strata --help\".\n"],
    [["--endpoint", "http://h:1"], 'strata: missing command\nSee "strata --help".\n'],
    [["\x1b[31m"], "strata: unknown command '\\x1b[31m'\nSee \"strata --help\".\n"],
  ] as const;
  for (const [args, message] of cases) {
    const { code, out, err } = await runFake(args);
    assertEquals([code, out], [2, ""], `${args.join(" ")}: ${err}`);
    if (typeof message === "string") assertEquals(err, message);
    else assertMatch(err, message);
    assertEquals(err.split("\n").length, 3, err);
  }
});

Deno.test("runCli() turns what a machine refuses into exit codes", async () => {
  const cases = [
    [Code.InvalidArgument, 2],
    [Code.NotFound, 3],
    [Code.PermissionDenied, 4],
    [Code.Unauthenticated, 4],
    [Code.FailedPrecondition, 4],
    [Code.AlreadyExists, 4],
    [Code.Unavailable, 5],
    [Code.DeadlineExceeded, 5],
    [Code.Unimplemented, 1],
    [Code.Internal, 1],
    [Code.Unknown, 1],
  ] as const;
  for (const [refused, exit] of cases) {
    const routes = fakeMachine({ refusal: new ConnectError("because", refused) });
    const { code, err } = await runFake(["mounts"], { routes });
    assertEquals(code, exit, Code[refused]);
    assertMatch(err, exit === 2 ? /^strata: [^\n]+\nSee [^\n]+\n$/ : /^strata: [^\n]+\n$/);
  }
});

Deno.test("runCli() says what to do about a missing and about a wrong token", async () => {
  const routes = fakeMachine({ refusal: new ConnectError("wrong token", Code.Unauthenticated) });
  const missing = await runFake(["mounts"], { routes });
  assertEquals(missing.code, 4);
  assertEquals(
    missing.err,
    "strata: the machine at http://127.0.0.1:50080 (found by STRATA_ENDPOINT) asks for a token: " +
      "give --token-file or STRATA_TOKEN\n",
  );
  const env = { STRATA_ENDPOINT: "http://127.0.0.1:50080", STRATA_TOKEN: "hush" };
  const wrong = await runFake(["mounts"], { routes, env });
  assertEquals(wrong.code, 4);
  assertStringIncludes(wrong.err, "refuses the token: wrong token");
  assert(!wrong.err.includes("hush"));
});

Deno.test("runCli() ends with 5 and the places it looked at when there is no machine", async () => {
  const { code, err } = await runFake(["mounts"], { env: {} });
  assertEquals(code, 5);
  assertMatch(err, /^strata: no machine found: [^\n]*http\.sock[^\n]*\.strata\/ here and above\n$/);
});

Deno.test("runCli() ends with 3 for an unknown type and names the near ones", async () => {
  const routes = fakeMachine({ resources: DEFINITIONS });
  const near = await runFake(["get", "muonts"], { routes });
  assertEquals(near, {
    ...near,
    code: 3,
    err: 'strata: no resource type "muonts": did you mean mounts?\n',
  });
  const far = await runFake(["get", "nothinglikeit"], { routes });
  assertEquals(far.err, 'strata: no resource type "nothinglikeit": "strata types" lists them\n');
});

Deno.test("runCli() ends with 2 for an ambiguous type and names what it may be", async () => {
  const { code, err } = await runFake(["get", "Shared"], {
    routes: fakeMachine({ resources: DEFINITIONS }),
  });
  assertEquals(code, 2);
  assertStringIncludes(
    err,
    '"Shared" is ambiguous: it may be Foreigns.example.dev, Others.example.dev\n',
  );
});

Deno.test("runCli() ends with 3 for a missing id", async () => {
  const { code, err } = await runFake(["get", "mounts", "/x"], {
    routes: fakeMachine({ resources: DEFINITIONS }),
  });
  assertEquals([code, err], [3, "strata: resource doesn't exist\n"]);
});

Deno.test("runCli() is silent and ends with 130 when interrupted", async () => {
  const routes = fakeMachine({ refusal: new ConnectError("x", Code.Canceled) });
  const { code, err } = await runFake(["mounts"], { routes, signal: AbortSignal.abort() });
  assertEquals([code, err], [130, ""]);
});

Deno.test("runCli() is silent and ends with 0 when nobody reads on", async () => {
  const world = fakeWorld({}, (stream) => {
    if (stream === "err") throw new Error("stderr was written to");
    throw Object.assign(new Error("pipe"), { name: "BrokenPipe" });
  });
  assertEquals(await runCli(["version", "--client"], world), 0);
});

Deno.test("runCli() ends with 1 when its output cannot be written", async () => {
  let err = "";
  const world = fakeWorld({}, (stream, bytes) => {
    if (stream === "out") throw new Error("No space left on device");
    err += new TextDecoder().decode(bytes);
  });
  assertEquals(await runCli(["version", "--client"], world), 1);
  assertEquals(err, "strata: No space left on device\n");
});

Deno.test("runCli() shows help with the commands, without a machine", async () => {
  for (const args of [[], ["--help"], ["help"], ["-h"]]) {
    const { code, out, err } = await runFake(args, { env: {} });
    assertEquals([code, err], [0, ""], args.join(" "));
    const commands = COMMANDS.filter(({ name, hidden }) => !name.includes(" ") && !hidden);
    const groups = Object.entries(GROUPS).map(([name, summary]) => ({ name, summary }));
    for (const { name, summary } of [...commands, ...groups]) {
      assertMatch(out, new RegExp(`^  ${name}\\b.* {2}${summary.slice(0, 20)}`, "m"));
    }
    for (const { name } of COMMANDS.filter(({ hidden }) => hidden)) {
      assert(!out.includes(name), name);
    }
  }
});

Deno.test("runCli() shows help with examples for each command", async () => {
  for (const { name, examples } of COMMANDS) {
    const words = name.split(" ");
    for (const args of [[...words, "--help"], ["help", ...words]]) {
      const { code, out, err } = await runFake(args, { env: {} });
      assertEquals([code, err], [0, ""], name);
      assertMatch(out, new RegExp(`^Usage: strata ${name}`));
      assert(examples.length > 0, name);
      for (const [line] of examples) assertStringIncludes(out, `  ${line} `);
    }
  }
});

Deno.test("runCli() shows help of a group with its commands", async () => {
  for (const args of [["config", "--help"], ["help", "config"], ["config", "help"]]) {
    const { code, out, err } = await runFake(args, { env: {} });
    assertEquals([code, err], [0, ""], args.join(" "));
    assertMatch(out, /^Usage: strata config COMMAND/);
    for (const { name, summary } of COMMANDS.filter((each) => each.name.startsWith("config "))) {
      const pattern = `^  ${name.slice("config ".length)}\\b.* {2}${summary.slice(0, 12)}`;
      assertMatch(out, new RegExp(pattern, "m"));
    }
  }
  const none = await runFake(["config"], { env: {} });
  assertEquals([none.code, none.err], [
    2,
    'strata: missing command\nSee "strata config --help".\n',
  ]);
  const wrong = await runFake(["config", "contxts"], { env: {} });
  assertEquals([wrong.code, wrong.err], [
    2,
    "strata: unknown command 'contxts'; did you mean contexts?\nSee \"strata config --help\".\n",
  ]);
});

Deno.test("runCli() understands global options before and behind the command", async () => {
  const options = { routes: fakeMachine({}), env: {} };
  for (
    const args of [["--endpoint", "http://h:1", "mounts"], ["mounts", "--endpoint", "http://h:1"]]
  ) {
    assertEquals((await runFake(args, options)).code, 0, args.join(" "));
  }
});

Deno.test("serve is handed to the world with its options", async () => {
  const seen: unknown[] = [];
  const serve = (options: unknown): Promise<number> => Promise.resolve(seen.push(options) + 6);
  const args = [
    "serve",
    "--http",
    "[::1]:0",
    "--http-socket",
    "/s",
    "--token-file",
    "/t",
    "--socket",
    "/g",
  ];
  assertEquals((await runFake(args, { serve })).code, 7);
  assertEquals((await runFake(["serve"], { serve })).code, 8);
  assertEquals((await runFake(["--token-file", "/t", "serve"], { serve })).code, 9);
  const all = {
    socket: "/g",
    httpSocket: "/s",
    http: { hostname: "::1", port: 0 },
    tokenFile: "/t",
  };
  assertEquals(seen, [all, {}, { tokenFile: "/t" }]);
});
