/** The command line against the services of a real machine, joined without a socket. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runFake, type RunResult } from "../../tests/fakes/cli_world.ts";
import { machineTypes } from "../../runtime/resources/machine_types.ts";
import { registerTypes } from "../../runtime/resources/meta.ts";
import { mountStatus } from "../../runtime/resources/fs.ts";
import { type ApiFixture, apiFixture, opaqueResource } from "../../tests/fakes/api.ts";
import { connectTransport } from "../../tests/fakes/connect_client.ts";
import { parse } from "yaml";
import process from "node:process";

// The YAML parser asks for a variable of its own debugging, and unit tests may read no environment.
Object.defineProperty(process, "env", { value: {} });

interface Joined extends ApiFixture {
  run(
    args: readonly string[],
    signal?: AbortSignal,
    write?: (text: string) => void,
  ): Promise<RunResult>;
}

async function joined(): Promise<Joined> {
  const fixture = apiFixture();
  const { api, state } = fixture;
  await registerTypes(state, {
    types: machineTypes(),
    namespaces: [{ name: "fs", description: "files" }],
  });
  await state.create(
    mountStatus.newResource("/var", { source: "/dev/vda1", target: "/var", options: ["rw"] }),
  );
  const transport = connectTransport((request) => api.handle(request, { transport: "unix" }), {
    format: "binary",
  });
  return {
    ...fixture,
    run: (args, signal, write) =>
      runFake(args, {
        transport,
        knownTypes: machineTypes(),
        ...(signal === undefined ? {} : { signal }),
        ...(write === undefined ? {} : { write }),
      }),
  };
}

Deno.test("get shows what the HTTP API shows, as the same JSON", async () => {
  const machine = await joined();
  await machine.state.create(opaqueResource("x", { proto: new Uint8Array([1]), yaml: "a: 1\n" }));
  for (const type of ["mounts", "ns", "rd"]) {
    const { code, out } = await machine.run(["get", type, "-o", "json"]);
    assertEquals(code, 0);
    const answer = await machine.ask(`/api/v1/resources/_/${type}`);
    const list: { items: unknown[] } | unknown[] = await answer.json();
    assertEquals(JSON.parse(out), Array.isArray(list) ? list : list.items);
  }
});

Deno.test("get finds a machine's own types by their aliases and prints their columns", async () => {
  const { run } = await joined();
  const mounts = await run(["get", "mounts"]);
  assertEquals(
    mounts.out,
    `NAMESPACE   TYPE          ID     VERSION   SOURCE      FILESYSTEM   READ ONLY
fs          MountStatus   /var   1         /dev/vda1                false
`,
  );
  const [first] = (await run(["get", "ns", "-o", "yaml"])).out.split("---\n");
  assertEquals(parse(first ?? "").spec, { description: "files" });
  assertStringIncludes((await run(["types"])).out, "MountStatuses.fs.strata");
});

Deno.test("get -w shows a change of a machine as it happens", async () => {
  const { run, state } = await joined();
  const interrupt = new AbortController();
  let shown = "";
  const { code, out } = await run(
    ["get", "mounts", "-w", "--no-headers"],
    interrupt.signal,
    (text) => {
      const before = shown;
      shown += text;
      if (before === "") void state.create(mountStatus.newResource("/x", { source: "tmpfs" }));
      else interrupt.abort();
    },
  );
  assertEquals(code, 130);
  assertEquals(out.trimEnd().split("\n").map((line) => line.split(/ {2,}/).slice(0, 4)), [
    ["+", "fs", "MountStatus", "/var"],
    ["+", "fs", "MountStatus", "/x"],
  ]);
});

Deno.test("every refusal of a machine has its exit code", async () => {
  const { run } = await joined();
  const cases = [
    [["get", "mounts", "/nope"], 3],
    [["get", "nope"], 3],
    [["read", "/nope"], 3],
    [["get", "mounts", "-l", "a<"], 0],
  ] as const;
  for (const [args, exit] of cases) {
    const { code, err } = await run(args);
    assertEquals(code, exit, `${args.join(" ")}: ${err}`);
    assert(exit === 0 || /^strata: [^\n]+\n$/.test(err), err);
  }
});

Deno.test("machine commands ask a machine's own service", async () => {
  const { run, machine } = await joined();
  assertEquals((await run(["read", "/etc/hosts"])).out, "127.0.0.1 localhost\n");
  assertStringIncludes((await run(["version"])).out, "machine: v0.1.0, revision abc");
  assertStringIncludes((await run(["mounts"])).out, "1.0 TiB");
  await run(["ls", "/", "-d", "2"]);
  assertEquals(machine.lists.map(({ root, depth }) => [root, depth]), [["/", 2]]);
  assertEquals((await run(["reboot"])).out, "reboot accepted: end-1\n");
  assertEquals((await run(["shutdown"])).code, 0);
  assertEquals(machine.endings, ["restart", "power-off"]);
});
