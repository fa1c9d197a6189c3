// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import process from "node:process";
import { optionName } from "../command_spec.ts";
import { COMMANDS, optionsOf } from "../command_table.ts";
import { machineTypes } from "../../../runtime/resources/machine_types.ts";
import { FakeClock } from "../../../tests/fakes/clock.ts";
import { type FakeMachine, fakeMachine } from "../../../tests/fakes/cli_machine.ts";
import { DEFINITIONS, mountOf } from "../../../tests/fakes/cli_resources.ts";
import { type FakeWorldOptions, runFake } from "../../../tests/fakes/cli_world.ts";
import { createRouterTransport } from "@connectrpc/connect";

// The YAML parser asks for a variable of its own debugging, and unit tests may read no environment.
Object.defineProperty(process, "env", { value: {} });

const MACHINE: FakeMachine = {
  resources: [
    ...DEFINITIONS,
    mountOf("/", {}),
    mountOf("/var", {}),
    mountOf("/var/log", {}),
    mountOf("bad\x1b[31m", {}),
    { ...mountOf("/other", {}), namespace: "other" },
    { namespace: "meta", type: "Namespaces.meta.cosi.dev", id: "fs" },
    { namespace: "meta", type: "Namespaces.meta.cosi.dev", id: "meta" },
  ],
  entries: [
    { relativeName: "." },
    { relativeName: "hosts" },
    { relativeName: "ssl", isDir: true },
  ],
};

/** What `strata __complete` says, and the first line of it apart. */
async function complete(
  words: readonly string[],
  options: FakeWorldOptions = {},
): Promise<{ readonly kind: string; readonly words: readonly string[]; readonly out: string }> {
  const { code, out, err } = await runFake(["__complete", ...words], {
    routes: fakeMachine(MACHINE),
    knownTypes: machineTypes(),
    ...options,
  });
  assertEquals([code, err], [0, ""], words.join(" "));
  const [kind = "", ...lines] = out.trimEnd().split("\n");
  return { kind, words: lines.map((line) => line.split("\t")[0] ?? ""), out };
}

/** Words offered behind these, in fish. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  return (await complete(["fish", "--", ...words])).words;
}

Deno.test("__complete offers commands, groups and their commands, but none that people do not call", async () => {
  const top = await offered("");
  for (const { name, hidden } of COMMANDS) {
    const [word = "", rest] = name.split(" ");
    assertEquals(top.includes(word), hidden !== true, name);
    if (rest !== undefined) assert((await offered(word, "")).includes(rest), name);
  }
  assertEquals(await offered("conf"), ["config"]);
  assertEquals(await offered("config", "re"), ["remove", "rename"]);
  assertEquals(await offered("help", "config", "vi"), ["view"]);
  assertEquals(await offered("nonsense", ""), []);
});

Deno.test("__complete offers every option of every command", async () => {
  for (const command of COMMANDS.filter(({ hidden }) => hidden !== true)) {
    const words = await offered(...command.name.split(" "), "--");
    for (const option of optionsOf(command)) {
      assert(words.includes(`--${optionName(option)}`), `${command.name} ${option.flags}`);
    }
    assert(words.includes("--help"), command.name);
  }
});

Deno.test("__complete offers options that were not given, and their values in either form", async () => {
  assertEquals(await offered("get", "mounts", "--no"), ["--no-headers"]);
  assertEquals(await offered("get", "mounts", "--no-headers", "--no"), []);
  assertEquals(await offered("--time"), ["--timeout"]);
  assertEquals(await offered("get", "mounts", "-o", "j"), ["json", "jsonpath="]);
  assertEquals(await offered("get", "mounts", "--output=j"), [
    "--output=json",
    "--output=jsonpath=",
  ]);
  assertEquals((await complete(["fish", "--", "get", "x", "-o", "jsonp"])).kind, "open");
  assertEquals(await offered("get", "mounts", "--", "-"), []);
});

Deno.test("__complete offers types, ids and namespaces of the machine", async () => {
  assertEquals(await offered("get", ""), ["mounts", "foreign", "other"]);
  assertEquals(await offered("get", "mou"), [
    "mounts",
    "mountstatuses",
    "mountstatuses.fs",
    "mountstatus",
  ]);
  assertEquals(await offered("events", "mounts", "for"), ["foreign", "foreigns"]);
  assertEquals(await offered("graph", "--type", "Mou"), ["MountStatuses.fs.strata"]);
  assertEquals(await offered("get", "mounts", ""), ["/", "/var", "/var/log"]);
  assertEquals(await offered("get", "-w", "mounts", "/var/"), ["/var/log"]);
  assertEquals(await offered("why", "-n", "other", "mounts", ""), ["/other"]);
  assertEquals(await offered("get", "-nother", "mounts", ""), ["/other"]);
  assertEquals(await offered("get", "mounts", "-n", ""), ["fs", "meta"]);
  assertEquals(await offered("get", "mounts", "/", ""), []);
});

Deno.test("__complete offers paths of the machine, and leaves those of this host to the shell", async () => {
  assertEquals(await offered("ls", "/etc/"), ["/etc/hosts", "/etc/ssl/"]);
  assertEquals(await complete(["fish", "--", "ls", "/etc/s"]), {
    kind: "open",
    words: ["/etc/ssl/"],
    out: "open\n/etc/ssl/\n",
  });
  assertEquals(await offered("read", ""), ["/"]);
  assertEquals((await complete(["zsh", "--", "verify", "di"])).kind, "files");
  assertEquals((await complete(["zsh", "--", "verify", "--key", ""])).kind, "files");
});

Deno.test("__complete offers fields of types without a machine", async () => {
  const options = { env: {} };
  const fields = async (
    words: string,
  ) => (await complete(["fish", "--", "explain", words], options));
  assertEquals((await fields("volumes.re")).words, ["volumes.refused.", "volumes.repairs."]);
  assertEquals((await fields("volumes.repairs.o")).words, ["volumes.repairs.outcome"]);
  assertEquals((await fields("volumes.repairs.o")).kind, "open");
  assertEquals((await fields("VolumeStatuses.fs.strata.disk")).words, [
    "VolumeStatuses.fs.strata.disk",
  ]);
  assert((await fields("mounts")).words.includes("mountspec"));
  assertEquals((await fields("nothing.x")).words, []);
});

Deno.test("__complete offers contexts without a machine", async () => {
  const options = {
    env: { HOME: "/h" },
    files: {
      "/h/.config/strata/config.yaml":
        "contexts: { home: { endpoint: unix:/x }, work: { endpoint: unix:/y } }",
    },
  };
  for (
    const words of [["--context", ""], ["get", "--context", ""], ["config", "use-context", ""], [
      "config",
      "rename",
      "",
    ]]
  ) {
    assertEquals(
      (await complete(["fish", "--", ...words], options)).out,
      "words\nhome\tunix:/x\nwork\tunix:/y\n",
      words.join(" "),
    );
  }
});

Deno.test("__complete asks the machine that the typed words name", async () => {
  const dialled: string[] = [];
  const options = {
    dialled: ({ by }: { readonly by: string }) => void dialled.push(by),
    env: { STRATA_ENDPOINT: "unix:/a" },
  };
  await complete(["fish", "--", "--endpoint", "unix:/b", "get", "m"], options);
  await complete(["bash", "--", " =:", "strata get --endpoint=unix:/c m"], options);
  await complete(["fish", "--", "get", "m"], options);
  assertEquals(dialled, ["--endpoint", "--endpoint", "STRATA_ENDPOINT"]);
});

Deno.test("__complete is silent where there is no machine, none that answers, or a broken file", async () => {
  assertEquals((await complete(["fish", "--", "get", "m"], { env: {} })).out, "words\n");
  const broken = { env: { HOME: "/h" }, files: { "/h/.config/strata/config.yaml": "- 1" } };
  assertEquals((await complete(["fish", "--", "get", "m"], broken)).out, "words\n");
  assertEquals((await complete(["fish", "--", "--context", ""], broken)).out, "words\n");
  const clock = new FakeClock();
  const transport = createRouterTransport(() => {});
  const never = { ...transport, stream: () => new Promise<never>(() => {}) };
  const silent = complete(["fish", "--", "get", "m"], { clock, transport: never });
  await clock.sleeping(2);
  await clock.advance(1_000);
  assertEquals((await silent).out, "words\n");
});

Deno.test("__complete gives bash what it puts behind the last break", async () => {
  const bash = async (line: string) =>
    (await complete(["bash", "--", " \t\n\"'><=;|&(:", line])).out;
  assertEquals(await bash("strata get mounts --output=jsonp"), "open\njsonpath=\n");
  assertEquals(await bash("X=1 strata get 'mounts' /va"), "words\n/var\n/var/log\n");
  assertStringIncludes(await bash("strata "), "\nget\n");
});
