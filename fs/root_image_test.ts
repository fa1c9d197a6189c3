// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { addSignedRoot, SIGNED_ROOT } from "../tests/fakes/signed_root.ts";
import { SyscallError } from "./kernel/syscall_error.ts";
import { readMounts, topMountAt } from "./mountinfo.ts";
import {
  mountRootImage,
  rootDeviceFacts,
  type RootImageRequest,
  unmountRootImage,
} from "./root_image.ts";

function withRoot(): { readonly kernel: FakeKernel; readonly request: RootImageRequest } {
  const kernel = new FakeKernel();
  kernel.addNode("/dev/mapper/control", "character");
  const { verity } = addSignedRoot(kernel, { "etc/hostname": "strata\n" });
  return { kernel, request: { ...SIGNED_ROOT, verity, target: "/root" } };
}

/** Nothing is mounted, mapped or attached. */
function assertNothingLeft(kernel: FakeKernel): void {
  assertEquals(kernel.mountTargets().size, 0);
  assertThrows(() => rootDeviceFacts(kernel), SyscallError, "ENXIO");
  kernel.addFile("/other", new Uint8Array(512));
  using next = kernel.attachLoop("/other");
  assertEquals(next.path, "/dev/loop0", "the first one is free again");
}

Deno.test("mountRootImage() shows the image read-only and survives the removal of its files", () => {
  const { kernel, request } = withRoot();
  const path = mountRootImage(kernel, request);
  const mount = topMountAt(readMounts(kernel), "/root");
  assertEquals([mount?.source, mount?.fstype], [path, "squashfs"]);
  assertEquals(mount?.options.slice(0, 3), ["ro", "nosuid", "nodev"]);
  kernel.remove(request.image);
  kernel.remove(request.hashTree);
  assertEquals(kernel.readText("/root/etc/hostname"), "strata\n");
  using device = kernel.openBlockDevice(path, { access: "read-only" });
  assertEquals(device.readAt(4096n, 4096).length, 4096);
});

Deno.test("rootDeviceFacts() tells the root hash that is active, and whether a block was corrupt", () => {
  const { kernel, request } = withRoot();
  const image = kernel.readFile(request.image);
  image[5000] = 1;
  kernel.addFile(request.image, image);
  const path = mountRootImage(kernel, request);
  const { rootHash } = request.verity;
  assertEquals(rootDeviceFacts(kernel), { path, readOnly: true, rootHash, corrupt: false });
  using device = kernel.openBlockDevice(path, { access: "read-only" });
  assertThrows(() => device.readAt(4096n, 512), SyscallError, "EIO");
  assertEquals(rootDeviceFacts(kernel).corrupt, true);
});

Deno.test("unmountRootImage() takes everything back, and leaves what refuses to go without a word", () => {
  const { kernel, request } = withRoot();
  mountRootImage(kernel, request);
  {
    using _held = kernel.openInRoot("/root", "/");
    unmountRootImage(kernel, "/root");
    assertEquals(kernel.mountTargets().has("/root"), true);
  }
  unmountRootImage(kernel, "/root");
  assertNothingLeft(kernel);
  assertEquals(kernel.lstat("/root"), undefined);
});

Deno.test("mountRootImage() leaves nothing behind when the image is no squashfs", () => {
  const { kernel, request } = withRoot();
  kernel.refuse("mount", "EINVAL");
  const error = assertThrows(() => mountRootImage(kernel, request), SyscallError);
  assertEquals(error.message, 'Cannot mount "/root": EINVAL (22)');
  assertNothingLeft(kernel);
});

Deno.test("mountRootImage() leaves nothing behind when the image does not fit the root hash", () => {
  const { kernel, request } = withRoot();
  const verity = { ...request.verity, rootHash: "0".repeat(64) };
  assertThrows(() => mountRootImage(kernel, { ...request, verity }), SyscallError, "EIO");
  assertNothingLeft(kernel);
});

Deno.test("mountRootImage() leaves nothing behind when device-mapper refuses", () => {
  const { kernel, request } = withRoot();
  for (const call of ["DM_DEV_CREATE", "DM_TABLE_LOAD", "DM_DEV_SUSPEND"]) {
    kernel.refuse(call, "EINVAL", { times: 1 });
    assertThrows(() => mountRootImage(kernel, request), SyscallError, "EINVAL");
    assertNothingLeft(kernel);
  }
  mountRootImage(kernel, request);
});
