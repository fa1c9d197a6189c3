// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertMatch } from "@std/assert";
import { MOUNT_ATTR, MS } from "../../fs/kernel/constants.ts";
import { openLinux } from "../../fs/kernel/linux.ts";
import { assertRefused, mountLines } from "../conformance/kernel_bench.ts";
import type { ReaderAnswer, ReaderOrder } from "./bind_reader.ts";
import { linuxBench, run } from "./linux_bench.ts";
import { insideNamespaces } from "./namespaces.ts";

/** Enough that a moment without a mount would be seen: the reader opens some files in each. */
const SWAPS = 1_000;

const test = insideNamespaces(import.meta.url, () => openLinux({ bind: "at once" }));

test("replaceBind() shows a reader the old file or the new, through 1000 swaps", async (kernel) => {
  using bench = linuxBench(kernel);
  const [target, ...sources] = ["target", "even", "odd"].map((name) => `${bench.root}/${name}`);
  if (target === undefined) throw new Error("no target");
  for (const path of [target, ...sources]) kernel.writeFile(path, path, { mode: 0o644 });
  const sourceOf = (swap: number): string => sources[swap % 2] ?? "";
  const bind = (swap: number) => ({
    source: sourceOf(swap),
    target,
    attributes: MOUNT_ATTR.RDONLY,
  });
  kernel.bind(bind(0));
  const worker = new Worker(new URL("./bind_reader.ts", import.meta.url), { type: "module" });
  using _worker = { [Symbol.dispose]: () => worker.terminate() };
  const { port1, port2 } = new MessageChannel();
  const stop = new SharedArrayBuffer(4);
  const answers = answersAt(port1);
  const order: ReaderOrder = { path: target, stop, answers: port2 };
  worker.postMessage(order, [port2]);
  assertEquals(await answers(), "reading");
  for (let swap = 1; swap <= SWAPS; swap++) kernel.replaceBind(bind(swap));
  Atomics.store(new Int32Array(stop), 0, 1);
  const seen = await answers();
  port1.close();
  assertEquals(Object.keys(seen).sort(), [...sources].sort());
  assertEquals(mountLines(kernel, target).length, 1);
  assertEquals(kernel.readText(target), sourceOf(SWAPS));
});

test("attachLoop() lets go of the file when disposed of, or unmounted after that", (kernel) => {
  using bench = linuxBench(kernel);
  bench.makeImage(`${bench.root}/image`, { file: "" });
  const backing = (path: string) => `/sys/block/${path.slice(5)}/loop/backing_file`;
  const loop = kernel.attachLoop(`${bench.root}/image`);
  assertMatch(kernel.readText(backing(loop.path)), /\/image\n$/);
  {
    using device = kernel.openBlockDevice(loop.path, { access: "read-only" });
    assertRefused(() => device.writeAt(0n, new Uint8Array(1)), "EBADF", "EPERM");
    // It was attached without partitions.
    assertRefused(() => device.rereadPartitions(), "EINVAL");
  }
  loop[Symbol.dispose]();
  assertEquals(kernel.lstat(backing(loop.path)), undefined);
  const again = kernel.attachLoop(`${bench.root}/image`);
  const target = `${bench.root}/mounted`;
  kernel.mkdir(target, 0o755);
  const squashfs = { source: again.path, target, fstype: "squashfs", flags: MS.RDONLY, data: "" };
  kernel.mount(squashfs);
  again[Symbol.dispose]();
  assertMatch(kernel.readText(backing(again.path)), /\/image\n$/);
  kernel.unmount(target);
  assertEquals(kernel.lstat(backing(again.path)), undefined);
});

test("mount() refuses more data than the kernel reads, before it drops any", (kernel) => {
  using bench = linuxBench(kernel);
  const data = `size=1m${",mode=0755".repeat(500)}`;
  let message = "";
  try {
    kernel.mount({ source: "tmpfs", target: bench.root, fstype: "tmpfs", flags: 0n, data });
  } catch (error) {
    message = String(error);
  }
  assertEquals(
    message,
    `RangeError: Cannot mount "${bench.root}": data is 5007 bytes, at most 4095`,
  );
});

test("attachFileSystem() merges 400 layers, ten times what a page of mount data could name", (kernel) => {
  using bench = linuxBench(kernel);
  const { root } = bench;
  // The uppermost comes first.
  const layers = Array.from({ length: 400 }, (_, count) => `${root}/${"l".repeat(64)}${count}`);
  for (const [count, layer] of layers.entries()) {
    kernel.mkdir(layer, 0o755);
    kernel.writeFile(`${layer}/each`, `${count}`, { mode: 0o644 });
    kernel.writeFile(`${layer}/of${count}`, `${count}`, { mode: 0o644 });
  }
  for (const name of ["upper", "work", "merged"]) kernel.mkdir(`${root}/${name}`, 0o755);
  const target = `${root}/merged`;
  const parameters = layers.map((layer) => `lowerdir+=${layer}`);
  parameters.push(`upperdir=${root}/upper`, `workdir=${root}/work`);
  assertEquals(parameters.join().length > 10 * 4096, true);
  kernel.attachFileSystem({
    source: "many",
    target,
    fstype: "overlay",
    attributes: 0n,
    parameters,
  });
  assertEquals([kernel.names(target).length, kernel.readText(`${target}/each`)], [401, "0"]);
  kernel.writeFile(`${target}/each`, "written", { mode: 0o644 });
  assertEquals(kernel.readText(`${root}/upper/each`), "written");
  // What the file system found wrong is told.
  const missing = [`lowerdir+=${root}/missing`];
  const error = assertRefused(
    () =>
      kernel.attachFileSystem({
        source: "none",
        target: `${root}/work`,
        fstype: "overlay",
        attributes: 0n,
        parameters: missing,
      }),
    "ENOENT",
  );
  assertMatch(error.message, /missing/);
});

test("changeRoot() goes up to what was moved over the root", (kernel) => {
  using bench = linuxBench(kernel);
  const { root } = bench;
  kernel.mkdir(`${root}/proc`, 0o755);
  kernel.writeFile(`${root}/marker`, "new root", { mode: 0o644 });
  for (const path of ["/", "/.."]) {
    // In a process and a mount namespace of its own, since there is no way back.
    const program = new URL("./switch_root.ts", import.meta.url).pathname;
    const deno = [Deno.execPath(), "run", "--allow-all", "--no-check", program, root, path];
    const output = run("unshare", "--mount", "--propagation", "private", ...deno);
    const { names, cwd, marker, mounts } = JSON.parse(output);
    assertEquals([names, cwd, marker], [["marker", "proc"], "/", "new root"]);
    const seen = mounts.map((line: string) =>
      line.replace(/^\d+ \d+ \S+ \S+ (\S+) .* - (\S+) .*$/, "$2 at $1")
    );
    assertEquals(seen.sort(), ["proc at /proc", "tmpfs at /"]);
  }
});

/** Gives one answer after another, those that came before they were asked for too. */
function answersAt(port: MessagePort): () => Promise<ReaderAnswer> {
  const came: ReaderAnswer[] = [];
  let wake: () => void = () => {};
  port.onmessage = ({ data }) => {
    came.push(data);
    wake();
  };
  return async () => {
    for (;;) {
      const answer = came.shift();
      if (answer !== undefined) return answer;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
}
