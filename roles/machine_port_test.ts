// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { MachineError, type MachinePort } from "../api/machine_port.ts";
import { FakeClock } from "../tests/fakes/clock.ts";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { FakeLog } from "../tests/fakes/log.ts";
import { FakeRandom } from "../tests/fakes/random.ts";
import { EndRequest } from "./end_request.ts";
import { MachineEvents } from "./machine_events.ts";
import { machinePort } from "./machine_port.ts";
import { noServices } from "./no_services.ts";
import { versionFacts } from "./version.ts";

const { signal } = new AbortController();

function bench(end?: EndRequest): { readonly kernel: FakeKernel; readonly port: MachinePort } {
  const kernel = new FakeKernel();
  kernel.addFile("/etc/hosts", "127.0.0.1 localhost\n");
  const version = versionFacts({ platform: "host", mode: "container" });
  const clock = new FakeClock();
  const events = new MachineEvents({ clock, random: new FakeRandom() });
  const parts = { kernel, version, events, services: noServices("none"), clock };
  return { kernel, port: machinePort({ ...parts, ...(end ? { end } : {}) }) };
}

async function text(port: MachinePort, path: string): Promise<string> {
  return await new Response(ReadableStream.from(port.read(path, signal))).text();
}

async function names(port: MachinePort, root: string, depth = 1): Promise<string[]> {
  const found: string[] = [];
  for await (
    const { relativeName } of port.list({ root, depth, types: [], attributes: false, signal })
  ) {
    found.push(relativeName);
  }
  return found;
}

Deno.test("machinePort().read() gives a file's bytes", async () => {
  assertEquals(await text(bench().port, "/etc/hosts"), "127.0.0.1 localhost\n");
});

Deno.test("machinePort().list() takes an empty root as /", async () => {
  const { port } = bench();
  assertEquals(await names(port, "/etc"), [".", "hosts"]);
  assertEquals(await names(port, ""), await names(port, "/"));
});

Deno.test("machinePort().list() tells extended attributes when asked, and those it may not read of none", async () => {
  const { kernel, port } = bench();
  const data = new TextEncoder().encode("label\0");
  kernel.setAttribute("/etc/hosts", "security.selinux", data);
  kernel.setAttribute("/etc/hosts", "user.secret", data);
  kernel.refuse("user.secret", "EACCES");
  for (
    const [attributes, told] of [[true, [{ name: "security.selinux", data }]], [false, []]] as const
  ) {
    const request = { root: "/etc", depth: 1, types: [], attributes, signal };
    const entries = await Array.fromAsync(port.list(request));
    assertEquals(entries.map((each) => each.attributes), [[], [...told]]);
    assertEquals(entries.map(({ error }) => error), ["", ""]);
  }
});

for (
  const [what, path, prepare, refusal] of [
    ["a missing file", "/etc/none", () => {}, "not-found"],
    ["a path that is not absolute", "etc/hosts", () => {}, "invalid"],
    ["EACCES", "/etc/hosts", (kernel: FakeKernel) => kernel.refuse("openat2", "EACCES"), "denied"],
    ["EPERM", "/etc/hosts", (kernel: FakeKernel) => kernel.refuse("openat2", "EPERM"), "denied"],
    ["a loop of links", "/loop", (kernel: FakeKernel) => {
      kernel.addLink("/loop", "/loop");
    }, "failed"],
    ["EIO", "/etc/hosts", (kernel: FakeKernel) => kernel.refuse("openat2", "EIO"), "failed"],
    ["a path with NUL", "/etc/\0", () => {}, "invalid"],
    ["a path through a file", "/etc/hosts/x", () => {}, "not-found"],
  ] as const
) {
  Deno.test(`machinePort() refuses ${what} as ${refusal}, reading and listing`, async () => {
    const { kernel, port } = bench();
    prepare(kernel);
    for (const act of [() => text(port, path), () => names(port, path)]) {
      const error = await assertRejects(act, MachineError);
      assertEquals(error.refusal, refusal);
    }
  });
}

Deno.test("machinePort() says in words what the kernel refused", async () => {
  const { kernel, port } = bench();
  const missing = await assertRejects(() => text(port, "/etc/none"), MachineError);
  assertEquals(missing.message, 'Cannot read "/etc/none": there is no such file or directory');
  kernel.refuse("openat2", "EIO");
  const broken = await assertRejects(() => names(port, "/etc"), MachineError);
  assertEquals(broken.message, 'Cannot list "/etc": the kernel says EIO (5)');
});

Deno.test("machinePort().read() fails of what is no regular file, and says what it is", async () => {
  const { kernel, port } = bench();
  kernel.addNode("/fifo", "fifo");
  kernel.addLink("/link", "/etc");
  for (const [path, type] of [["/etc", "directory"], ["/fifo", "fifo"], ["/link", "directory"]]) {
    const error = await assertRejects(() => text(port, path ?? ""), MachineError);
    assertEquals([error.refusal, error.message], [
      "failed",
      `Cannot read "${path}": it is a ${type}, must be a regular file`,
    ]);
  }
});

Deno.test("machinePort().mounts() shows a mount without sizes when they cannot be asked for", () => {
  const { kernel, port } = bench();
  kernel.mount({ source: "run", target: "/run", fstype: "tmpfs", flags: 0n, data: "size=1m" });
  kernel.mount({ source: "tmp", target: "/tmp", fstype: "tmpfs", flags: 0n, data: "size=2m" });
  kernel.refuse("/run", "EACCES");
  assertEquals(port.mounts().slice(1), [
    { filesystem: "run", size: 0n, available: 0n, mountedOn: "/run" },
    { filesystem: "tmp", size: 2n << 20n, available: 2n << 20n, mountedOn: "/tmp" },
  ]);
});

Deno.test("machinePort().end() asks for the end, and is unsupported on a host", async () => {
  const end = new EndRequest(new FakeLog());
  const { port } = bench(end);
  assertEquals(port.end("restart"), port.end("power-off"));
  assertEquals(await end.wanted, "restart");
  const error = assertThrows(() => bench().port.end("restart"), MachineError);
  assertEquals(error.refusal, "unsupported");
});
