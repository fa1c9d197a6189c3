// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { SyscallError } from "./kernel/syscall_error.ts";
import { loadModules } from "./modules.ts";

const DIRECTORY = "/lib/modules";
const MODULES_DEP = [
  "fs/xfs/xfs.ko: lib/libcrc32c.ko crypto/crc32c_generic.ko",
  "lib/libcrc32c.ko: crypto/crc32c_generic.ko",
  "crypto/crc32c_generic.ko:",
  "drivers/virtio-net.ko:",
  "",
].join("\n");

function kernelWithModules(): FakeKernel {
  const kernel = new FakeKernel();
  kernel.addFile(`${DIRECTORY}/modules.dep`, MODULES_DEP);
  for (const line of MODULES_DEP.trim().split("\n")) {
    kernel.addFile(`${DIRECTORY}/${line.split(":")[0]}`, "");
  }
  return kernel;
}

/** Short names of what is loaded, in order. */
function loaded(kernel: FakeKernel): string[] {
  return [...kernel.modules.keys()].map((path) => path.slice(path.lastIndexOf("/") + 1));
}

Deno.test("loadModules() loads what a module needs before it, each once", async () => {
  const kernel = kernelWithModules();
  await loadModules(kernel, { directory: DIRECTORY, names: ["xfs", "libcrc32c", "xfs"] });
  assertEquals(loaded(kernel), ["crc32c_generic.ko", "libcrc32c.ko", "xfs.ko"]);
});

Deno.test("loadModules() takes - and _ for the same, in names and of parameters", async () => {
  const kernel = kernelWithModules();
  const parameters = { "virtio-net": "napi_tx=1" };
  await loadModules(kernel, { directory: DIRECTORY, names: ["virtio_net"], parameters });
  assertEquals([...kernel.modules], [[`${DIRECTORY}/drivers/virtio-net.ko`, "napi_tx=1"]]);
});

Deno.test("loadModules() names every module that is nowhere, and loads none", async () => {
  const kernel = kernelWithModules();
  const load = () =>
    loadModules(kernel, { directory: DIRECTORY, names: ["xfs", "lost", "virtio-net", "gone"] });
  const error = await assertRejects(load, RangeError);
  const message =
    'Cannot load module "lost", "gone": neither in modules.dep nor in modules.builtin';
  assertEquals(error.message, message);
  assertEquals(loaded(kernel), []);
  kernel.addFile(`${DIRECTORY}/modules.builtin`, "kernel/gone.ko\n");
  await assertRejects(load, RangeError, 'Cannot load module "lost": neither');
});

Deno.test("loadModules() is content with what is built into the kernel", async () => {
  const kernel = kernelWithModules();
  kernel.addFile(`${DIRECTORY}/modules.builtin`, "kernel/fs/ext4/ext4.ko\nkernel/fs/nls-base.ko\n");
  await loadModules(kernel, { directory: DIRECTORY, names: ["ext4", "nls_base", "virtio_net"] });
  assertEquals(loaded(kernel), ["virtio-net.ko"]);
});

Deno.test("loadModules() of a module whose dependency fails tells that once and loads the others", async () => {
  const kernel = kernelWithModules();
  const generic = `${DIRECTORY}/crypto/crc32c_generic.ko`;
  kernel.refuse(generic, "ENOENT");
  const names = ["xfs", "virtio_net"];
  const load = () => loadModules(kernel, { directory: DIRECTORY, names });
  const error = await assertRejects(load, SyscallError);
  assertEquals(error.message, `Cannot finit_module "${generic}": ENOENT (2)`);
  assertEquals(loaded(kernel), ["virtio-net.ko"]);
  kernel.refuse(`${DIRECTORY}/drivers/virtio-net.ko`, "EINVAL");
  kernel.modules.clear();
  const both = await assertRejects(load, AggregateError);
  assertEquals(both.errors.length, 2);
  assertEquals(both.message.startsWith("Cannot load modules: "), true);
});
