// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { FileRefusedError, listFilesInRoot, readFileInRoot } from "../../fs/files.ts";
import type { Kernel } from "../../fs/kernel/kernel.ts";
import { openLinux } from "../../fs/kernel/linux.ts";
import { SyscallError } from "../../fs/kernel/syscall_error.ts";
import { linuxBench } from "./linux_bench.ts";
import type { SwapOrder } from "./link_swapper.ts";
import { insideNamespaces } from "./namespaces.ts";

/** There and back each. */
const SWAP_PAIRS = 10_000;
const { signal } = new AbortController();

const test = insideNamespaces(import.meta.url, () => openLinux({ bind: "at once" }));

async function read(kernel: Kernel, root: string, path: string): Promise<string> {
  const pieces = await Array.fromAsync(readFileInRoot(kernel, root, path, signal));
  return pieces.map((piece) => new TextDecoder().decode(piece)).join("");
}

test("readFileInRoot() and listFilesInRoot() stay inside while a directory becomes a link and back, 20 000 times", async (kernel) => {
  using bench = linuxBench(kernel);
  const [root, outside] = [`${bench.root}/jail`, `${bench.root}/outside`];
  kernel.mkdir(`${root}/dir`, 0o755);
  kernel.mkdir(outside, 0o755);
  kernel.writeFile(`${root}/dir/file`, "inside", { mode: 0o644 });
  kernel.writeFile(`${outside}/file`, "outside", { mode: 0o644 });
  kernel.writeFile(`${outside}/secret`, "outside", { mode: 0o644 });
  kernel.symlink(outside, `${root}/link`);
  for (const path of [outside, `${outside}/file`]) {
    bench.setAttributes(path, { "trusted.outside": new Uint8Array() });
  }
  bench.setAttributes(`${root}/dir/file`, { "trusted.inside": new Uint8Array() });
  const worker = new Worker(new URL("./link_swapper.ts", import.meta.url), { type: "module" });
  using _worker = { [Symbol.dispose]: () => worker.terminate() };
  const { port1, port2 } = new MessageChannel();
  const begun = Promise.withResolvers<void>();
  let isDone = false;
  port1.onmessage = ({ data }) => {
    isDone = data === "done";
    begun.resolve();
  };
  const names = { name: `${root}/dir`, directory: `${root}/kept`, link: `${root}/link` };
  const order: SwapOrder = { ...names, swaps: SWAP_PAIRS, answers: port2 };
  worker.postMessage(order, [port2]);
  await begun.promise;
  const seen = new Map<string, number>();
  const listed = new Set<string>();
  const told = new Set<string>();
  while (!isDone) {
    const found = await read(kernel, root, "/dir/file").catch((error: unknown) => {
      if (error instanceof SyscallError) return error.code;
      throw error;
    });
    seen.set(found, (seen.get(found) ?? 0) + 1);
    const listing = { path: "/", depth: 2, types: [], attributes: true, signal };
    for await (const { name, attributes } of listFilesInRoot(kernel, root, listing)) {
      listed.add(name);
      for (const each of attributes) told.add(each.name);
    }
  }
  port1.close();
  assert((seen.get("inside") ?? 0) > 0, JSON.stringify([...seen]));
  seen.delete("inside");
  assertEquals([...seen.keys()].filter((code) => !["ENOENT", "EAGAIN"].includes(code)), []);
  assertEquals([...listed].filter((name) => name.endsWith("secret")), []);
  assertEquals([...told].filter((name) => name.startsWith("trusted.")), ["trusted.inside"]);
});

test("readFileInRoot() refuses fifos, devices and magic links without waiting on them", async (kernel) => {
  using bench = linuxBench(kernel);
  bench.makeFifo(`${bench.root}/fifo`);
  const cases = [[bench.root, "/fifo", "fifo"], ["/", "/dev/null", "character"]] as const;
  for (const [root, path, type] of cases) {
    const error = await assertRejects(() => read(kernel, root, path), FileRefusedError);
    assertEquals(error.message, `Cannot read "${path}": it is a ${type}, must be a regular file`);
  }
  for (const path of ["/proc/self/root/etc/passwd", "/proc/self/exe", "/proc/self/cwd/x"]) {
    const error = await assertRejects(() => read(kernel, "/", path), SyscallError);
    assertEquals(error.message, `Cannot openat2 "${path}": ELOOP (40)`);
  }
});

test("readFileInRoot() reads files of /proc, whose size is not known", async (kernel) => {
  assertMatch(await read(kernel, "/", "/proc/self/status"), /^Name:/);
});

test("listFilesInRoot() tells attributes whose names are not UTF-8", async (kernel) => {
  using bench = linuxBench(kernel);
  kernel.writeFile(`${bench.root}/file`, "", { mode: 0o644 });
  // As setfattr reads its dumps: \\377 is a byte that UTF-8 does not have.
  bench.setAttributes(`${bench.root}/file`, { "trusted.a\\377b": new Uint8Array([1]) });
  const listing = { path: "/file", depth: 0, types: [], attributes: true, signal };
  const [file] = await Array.fromAsync(listFilesInRoot(kernel, bench.root, listing));
  const told = file?.attributes.filter(({ name }) => name.startsWith("trusted."));
  assertEquals(told, [{ name: "trusted.a\ufffdb", data: new Uint8Array([1]) }]);
});

test("listFilesInRoot() lists a whole /proc while processes come and go", async (kernel) => {
  const children = Array.from(
    { length: 20 },
    (_, count) => new Deno.Command("sh", { args: ["-c", `: ${count}`] }).output(),
  );
  const listing = { path: "/proc", depth: 4, types: [], attributes: true, signal };
  const files = await Array.fromAsync(listFilesInRoot(kernel, "/", listing));
  await Promise.all(children);
  assertEquals(files.find(({ name }) => name === "/proc/self")?.type, "symlink");
  assert(files.some(({ name }) => name === `/proc/${Deno.pid}/task/${Deno.pid}/status`));
});
