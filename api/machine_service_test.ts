// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { MachineService, RebootRequest_Mode as Mode } from "../proto/gen/machine/machine_pb.ts";
import { apiFixture } from "../tests/fakes/api.ts";
import { connectTransport } from "../tests/fakes/connect_client.ts";
import { type FileEntry, MachineError } from "./machine_port.ts";

function serve() {
  const fixture = apiFixture();
  const transport = connectTransport(
    (request) => fixture.api.handle(request, { transport: "unix" }),
    { format: "binary" },
  );
  return { ...fixture, client: createClient(MachineService, transport) };
}

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  return await Array.fromAsync(stream);
}

function entry(change: Partial<FileEntry>): FileEntry {
  return {
    name: "/etc",
    relativeName: ".",
    type: "directory",
    size: 0n,
    mode: 0o755,
    modified: 1n,
    link: "",
    uid: 0,
    gid: 0,
    attributes: [],
    error: "",
    ...change,
  };
}

Deno.test("MachineService answers version() and mounts() with one message", async () => {
  const { client } = serve();
  const { messages: [version, ...more] } = await client.version({});
  assertEquals(more, []);
  assertEquals(version?.version?.goVersion, "deno 2.7.14");
  assertEquals([version?.platform?.name, version?.platform?.mode], ["qemu", "metal"]);
  const { messages: [mounts] } = await client.mounts({});
  const [stat] = mounts?.stats ?? [];
  assertEquals([stat?.mountedOn, stat?.size, stat?.available], ["/tmp", 2n ** 40n, 7n]);
});

Deno.test("MachineService read() streams bytes and refuses by code", async () => {
  const { client } = serve();
  const chunks = await all(client.read({ path: "/etc/hosts" }));
  assertEquals(chunks.length, 2);
  const text = chunks.map(({ bytes }) => new TextDecoder().decode(bytes)).join("");
  assertEquals(text, "127.0.0.1 localhost\n");
  const missing = await assertRejects(() => all(client.read({ path: "/none" })), ConnectError);
  assertEquals([missing.code, missing.rawMessage], [Code.NotFound, "/none does not exist"]);
  const unnamed = await assertRejects(() => all(client.read({ path: "" })), ConnectError);
  assertEquals(unnamed.code, Code.NotFound);
  const nul = await assertRejects(() => all(client.read({ path: "/etc\0" })), ConnectError);
  assertEquals([nul.code, nul.rawMessage], [
    Code.InvalidArgument,
    'path is "/etc\\u0000", and may be one without NUL',
  ]);
});

Deno.test("MachineService read() and list() answer what the machine cannot do by a plain error", async () => {
  const { client, machine } = serve();
  const refusal = new MachineError("failed", 'Cannot read "/etc": it is a directory');
  machine.refusal = refusal;
  for (
    const call of [
      () => all(client.read({ path: "/etc" })),
      () => all(client.list({ root: "/etc" })),
    ]
  ) {
    const { code, rawMessage } = await assertRejects(call, ConnectError);
    assertEquals([code, rawMessage], [Code.Unknown, refusal.message]);
  }
});

Deno.test("MachineService read() and list() take paths from /, with or without slashes at their ends", async () => {
  const { client, machine } = serve();
  const asked = await all(client.read({ path: "etc/hosts" }));
  assertEquals(asked.length, 2);
  for (const root of ["etc", "/etc", "/etc/", "etc/", "/", ""]) await all(client.list({ root }));
  assertEquals(machine.lists.map(({ root }) => root), ["/etc", "/etc", "/etc", "/etc", "/", "/"]);
});

Deno.test("MachineService list() gives modes as Go has them, and depth by the rules", async () => {
  const { client, machine } = serve();
  machine.entries = [
    entry({}),
    entry({ type: "symlink", mode: 0o777, link: "x" }),
    entry({ type: "file", mode: 0o4755 }),
    entry({ type: "directory", mode: 0o1777, error: "denied" }),
  ];
  const listed = await all(client.list({ root: "" }));
  assertEquals(listed.map(({ mode, isDir }) => [mode, isDir]), [
    [2 ** 31 + 0o755, true],
    [2 ** 27 + 0o777, false],
    [2 ** 23 + 0o755, false],
    [2 ** 31 + 2 ** 20 + 0o777, true],
  ]);
  assertEquals(listed[3]?.error, "denied");
  await all(client.list({ root: "/a", recurse: true }));
  await all(client.list({ root: "/a", recurse: true, recursionDepth: 3, types: [0, 2] }));
  await all(client.list({ root: "/a", recurse: false, recursionDepth: 3 }));
  assertEquals(machine.lists.map(({ root, depth, types }) => ({ root, depth, types })), [
    { root: "/", depth: 1, types: [] },
    { root: "/a", depth: Infinity, types: [] },
    { root: "/a", depth: 3, types: ["file", "symlink"] },
    { root: "/a", depth: 1, types: [] },
  ]);
  const negative = { root: "/", recurse: true, recursionDepth: -1 };
  const refused = await assertRejects(() => all(client.list(negative)), ConnectError);
  assertStringIncludes(refused.message, "recursion_depth is -1");
});

Deno.test("MachineService list() asks for extended attributes as it is asked, and tells them", async () => {
  const { client, machine } = serve();
  const attributes = [
    { name: "security.selinux", data: new TextEncoder().encode("system_u:object_r:etc_t:s0\0") },
    { name: "user.largest", data: new Uint8Array((1 << 20) - 28).fill(255) },
    { name: "user.none", data: new Uint8Array() },
  ];
  machine.entries = [entry({ attributes }), entry({ attributes, error: "denied" }), entry({})];
  const listed = await all(client.list({ root: "/etc", reportXattrs: true }));
  const told = listed.map(({ xattrs }) => xattrs.map(({ name, data }) => ({ name, data })));
  assertEquals(told, [attributes, attributes, []]);
  assertEquals([listed[1]?.name, listed[1]?.error], ["/etc", "denied"]);
  await all(client.list({ root: "/etc" }));
  assertEquals(machine.lists.map((each) => each.attributes), [true, false]);
});

Deno.test("MachineService reboot() and shutdown() begin an end and name it", async () => {
  const { client, machine } = serve();
  assertEquals((await client.reboot({})).messages[0]?.actorId, "end-1");
  assertEquals((await client.shutdown({})).messages[0]?.actorId, "end-2");
  const force = await assertRejects(() => client.reboot({ mode: Mode.FORCE }), ConnectError);
  assertEquals(force.code, Code.Unimplemented);
  assertEquals(machine.endings, ["restart", "power-off"]);
});
