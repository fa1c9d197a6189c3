// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { SyscallError } from "./kernel/syscall_error.ts";
import { readMounts, topMountAt } from "./mountinfo.ts";
import { mountRootImage } from "./root_image.ts";

Deno.test("mountRootImage() shows the image read-only and survives the removal of its file", () => {
  const kernel = new FakeKernel();
  kernel.addImage("/rootfs.squashfs", { "etc/hostname": "strata\n" });
  const path = mountRootImage(kernel, { image: "/rootfs.squashfs", target: "/root" });
  const mount = topMountAt(readMounts(kernel), "/root");
  assertEquals([mount?.source, mount?.fstype], [path, "squashfs"]);
  assertEquals(mount?.options.slice(0, 3), ["ro", "nosuid", "nodev"]);
  kernel.remove("/rootfs.squashfs");
  assertEquals(kernel.readText("/root/etc/hostname"), "strata\n");
});

Deno.test("mountRootImage() lets go of the loop device when the image is no squashfs", () => {
  const kernel = new FakeKernel();
  kernel.addFile("/rootfs.squashfs", "nothing of the kind");
  const request = { image: "/rootfs.squashfs", target: "/root" };
  const error = assertThrows(() => mountRootImage(kernel, request), SyscallError);
  assertEquals(error.message, 'Cannot mount "/root": EINVAL (22)');
  assertEquals(kernel.mountTargets().size, 0);
  using next = kernel.attachLoop("/rootfs.squashfs");
  assertEquals(next.path, "/dev/loop0", "the first one is free again");
});
