// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import process from "node:process";
import { parse } from "yaml";
import {
  base64,
  FAKE_CERTIFICATE,
  FAKE_KEY,
  OTHER_KEY,
} from "../../../tests/fakes/certificates.ts";
import { runFake, type RunResult } from "../../../tests/fakes/cli_world.ts";

// The YAML parser asks for a variable of its own debugging, and unit tests may read no environment.
Object.defineProperty(process, "env", { value: {} });

const CONFIG = "/home/user/.config/strata/config.yaml";
const PEMS = {
  "/home/user/work/ca.crt": FAKE_CERTIFICATE,
  "/k/me.crt": FAKE_CERTIFICATE,
  "/k/me.key": FAKE_KEY,
};

/** Runs `strata config …` on files, and keeps what it writes among them. */
function house(text?: string) {
  const files: Record<string, string> = {
    ...PEMS,
    ...(text === undefined ? {} : { [CONFIG]: text }),
  };
  const config = (...args: readonly string[]): Promise<RunResult> =>
    runFake(["config", ...args], {
      env: { HOME: "/home/user" },
      files,
      rewritten: (path, next) => void (files[path] = next),
    });
  return { files, config, read: (): unknown => parse(files[CONFIG] ?? "") };
}

Deno.test("config add writes a context, and takes the first one in use", async () => {
  const { config, read } = house();
  const first = await config(
    ...["add", "home", "--endpoint", "https://10.0.0.2:50000", "--ca", "ca.crt"],
    ...["--crt", "/k/me.crt", "--key", "/k/me.key"],
  );
  assertEquals(first, { ...first, code: 0, out: 'context "home" is added and in use\n', err: "" });
  const second = await config("add", "dev", "--endpoint", "http://h:1", "--token-file", "t");
  assertEquals(second.out, 'context "dev" is added\n');
  assertEquals(read(), {
    contexts: {
      home: {
        endpoint: "https://10.0.0.2:50000",
        ca: base64(FAKE_CERTIFICATE),
        crt: base64(FAKE_CERTIFICATE),
        key: base64(FAKE_KEY),
      },
      dev: { endpoint: "http://h:1", tokenFile: "/home/user/work/t" },
    },
    context: "home",
  });
});

Deno.test("config add refuses what cannot work, and then writes nothing", async () => {
  const { files, config } = house("contexts: { a: { endpoint: unix:/a } }\n");
  Object.assign(files, {
    "/k/other.key": OTHER_KEY,
    "/k/junk": "junk",
    "/k/long": "x".repeat(1024 * 1024 + 1),
  });
  const before = files[CONFIG];
  const https = ["--endpoint", "https://h:1"];
  const cases = [
    [["add", "a", "--endpoint", "unix:/b"], 4, /context "a" is in .* already: give --force/],
    [["add", "b"], 2, /missing option --endpoint/],
    [["add", "b", "--endpoint", "h:1"], 2, /cannot use the endpoint given/],
    [["add", "-b", ...https], 2, /unknown option '-b'/],
    [["add", "b b", ...https], 2, /cannot name a context "b b"/],
    [["add", "b", ...https, "--crt", "/k/me.crt"], 2, /cannot use --crt without --key/],
    [
      ["add", "b", "--endpoint", "http://h:1", "--ca", "ca.crt"],
      2,
      /they are for https:\/\/HOST:PORT/,
    ],
    [
      ["add", "b", ...https, "--ca", "/k/me.key"],
      2,
      /"\/k\/me.key": it must be PEM that holds a certificate/,
    ],
    [["add", "b", ...https, "--ca", "/k/none"], 2, /cannot read "\/k\/none"/],
    [["add", "b", ...https, "--ca", "/k/long"], 2, /"\/k\/long": it has more than 1048576 bytes/],
    [
      ["add", "b", ...https, "--crt", "/k/me.crt", "--key", "/k/junk"],
      2,
      /"\/k\/junk": it must be PEM that holds a private key/,
    ],
    [
      ["add", "b", ...https, "--crt", "/k/me.crt", "--key", "/k/other.key"],
      2,
      /the key "\/k\/other.key" is not that of the certificate "\/k\/me.crt"/,
    ],
    [["remove", "b"], 3, /no context "b" in .*: it may be a/],
    [["rename", "b", "c"], 3, /no context "b"/],
    [["rename", "a", "c c"], 2, /cannot name a context "c c"/],
    [["context", "b"], 3, /no context "b"/],
    [["context"], 3, /no context is in use: "strata config context NAME" takes one/],
    [["merge", "/k/none"], 2, /cannot read "\/k\/none"/],
    [["merge", "/k/junk"], 2, /cannot use "\/k\/junk": line 1: it must hold fields/],
  ] as const;
  for (const [args, code, message] of cases) {
    const ended = await config(...args);
    assertEquals([ended.code, ended.out], [code, ""], `${args.join(" ")}: ${ended.err}`);
    assertMatch(ended.err, message);
    assert(!ended.err.includes("BEGIN"), ended.err);
  }
  assertEquals(files[CONFIG], before);
});

Deno.test("config add --force replaces a context and keeps what it does not know", async () => {
  const { config, read } = house("contexts: { a: { endpoint: unix:/a, token: t, colour: red } }\n");
  assertEquals((await config("add", "a", "--endpoint", "unix:/b", "--force")).code, 0);
  assertEquals(read(), { contexts: { a: { endpoint: "unix:/b", colour: "red" } }, context: "a" });
});

Deno.test("config context, remove and rename say what they did, by either name", async () => {
  const { config, read } = house(
    "contexts: { a: { endpoint: unix:/a }, b: { endpoint: unix:/b } }\n",
  );
  assertEquals((await config("context", "a")).out, 'context "a" is in use\n');
  assertEquals((await config("context")).out, "a\n");
  assertEquals((await config("use-context", "b")).out, 'context "b" is in use\n');
  assertEquals((await config("rename-context", "b", "c")).out, 'context "b" is now "c"\n');
  assertMatch(
    (await config("rename", "a", "c")).err,
    /context "c" is in .* already: remove it first/,
  );
  assertEquals((await config("remove", "a")).out, 'context "a" is removed\n');
  assertEquals(
    (await config("delete-context", "c")).out,
    'context "c" is removed; none is in use now\n',
  );
  assertEquals(read(), { contexts: {} });
});

Deno.test("config contexts shows who we are and until when", async () => {
  const text = `context: home
contexts:
  home: { endpoint: "https://h:1", crt: ${base64(FAKE_CERTIFICATE)}, key: ${base64(FAKE_KEY)} }
  dev: { endpoint: "http://h:2", tokenFile: /t }
  odd: { endpoint: "unix:/x", crt: "%" }
`;
  const { config } = house(text);
  const { out } = await config("contexts");
  const [head = "", home = "", dev = "", odd = ""] = out.split("\n");
  assertMatch(head, /^\* {3}NAME +ENDPOINT +IDENTITY +EXPIRES$/);
  assertMatch(
    home,
    /^\* {3}home +https:\/\/h:1 +O=os:reader, CN=jo +21\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
  );
  assertMatch(dev, /^ {4}dev +http:\/\/h:2 +token of \/t$/);
  assertMatch(odd, /^ {4}odd +unix:\/x +a certificate that cannot be read$/);
  assertEquals((await config("get-contexts", "-o", "name")).out, "home\ndev\nodd\n");
  const picked = await config(
    "contexts",
    "-o",
    "jsonpath={[?(@.current==true)].certificate.subject}",
  );
  assertEquals(picked.out, "O=os:reader, CN=jo\n");
  assertEquals((await house().config("contexts", "--no-headers")).out, "");
});

Deno.test("config view shows no secret unless told to, however deep", async () => {
  const text = `contexts:
    a:
        endpoint: https://h:1
        crt: c
        key: hush1
        token: hush2
        tokenFile: /t
        proxy:
            password: hush3
            list: [{ clientSecret: hush4 }]
`;
  const { config } = house(text);
  const shown = await config("view");
  assert(!shown.out.includes("hush"), shown.out);
  assertEquals(parse(shown.out).contexts.a, {
    endpoint: "https://h:1",
    crt: "c",
    key: "REDACTED",
    token: "REDACTED",
    tokenFile: "/t",
    proxy: { password: "REDACTED", list: [{ clientSecret: "REDACTED" }] },
  });
  assert(!(await config("view", "-o", "json")).out.includes("hush"));
  assertEquals(parse((await config("view", "--raw")).out), parse(text));
  assertEquals((await config("view", "-o", "jsonpath={.contexts.a.key}", "--raw")).out, "hush1\n");
});

Deno.test("config merge takes in what is new under names that are free", async () => {
  const { files, config, read } = house(
    "contexts: { a: { endpoint: unix:/a }, b: { endpoint: unix:/b } }\n",
  );
  files["/k/other.yaml"] = `context: b
contexts:
  a: { endpoint: unix:/a }
  b: { endpoint: unix:/other, colour: red }
  c: { endpoint: "http://h:1", tokenFile: token }
`;
  const { code, out } = await config("merge", "/k/other.yaml");
  assertEquals(code, 0);
  assertEquals(
    out,
    'context "a" is there already\ncontext "b" is added as "b-1"\ncontext "c" is added\ncontext "b-1" is in use\n',
  );
  assertEquals(read(), {
    contexts: {
      a: { endpoint: "unix:/a" },
      b: { endpoint: "unix:/b" },
      "b-1": { endpoint: "unix:/other", colour: "red" },
      c: { endpoint: "http://h:1", tokenFile: "/k/token" },
    },
    context: "b-1",
  });
  files["/k/none.yaml"] = "contexts: {}\n";
  assertStringIncludes((await config("merge", "/k/none.yaml")).out, "holds no context");
});

Deno.test("config without a home says what to set", async () => {
  const { code, err } = await runFake(["config", "contexts"], { env: {} });
  assertEquals([code, err.split("\n")[0]], [
    2,
    "strata: no place for contexts: set HOME, XDG_CONFIG_HOME or STRATA_CONFIG",
  ]);
});

Deno.test("--context chooses what is dialled, with its certificates", async () => {
  const text = `contexts:
  home: { endpoint: "https://h:1", crt: ${base64(FAKE_CERTIFICATE)}, key: ${base64(FAKE_KEY)} }
`;
  const dialled: unknown[] = [];
  const { code } = await runFake(["--context", "home", "reboot"], {
    env: { HOME: "/home/user", STRATA_ENDPOINT: "unix:/elsewhere" },
    files: { [CONFIG]: text },
    dialled: ({ endpoint, identity }) => void dialled.push([endpoint, identity]),
  });
  assertEquals(dialled, [[
    { transport: "https", origin: "https://h:1" },
    { cert: FAKE_CERTIFICATE, key: FAKE_KEY },
  ]]);
  assertEquals(code, 1); // Nobody serves there.
});
