// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { addSignedRoot, SIGNED_ROOT } from "../tests/fakes/signed_root.ts";
import { SyscallError } from "./kernel/syscall_error.ts";
import { EARLY_MOUNTS, mountAll } from "./mount_table.ts";
import { readMounts, topMountAt } from "./mountinfo.ts";
import { mountRootImage } from "./root_image.ts";
import { switchRoot } from "./switch_root.ts";

const REQUEST = {
  root: "/root",
  carry: ["/proc", "/sys", "/dev"],
  agent: { source: "/init", target: "/usr/bin/strata" },
  remove: ["/rootfs.squashfs", "/lib", "/missing"],
};

/** An initramfs with its image mounted at /root. */
function initramfs(): FakeKernel {
  const kernel = new FakeKernel();
  const { verity } = addSignedRoot(kernel, {
    "usr/bin/strata": "placeholder",
    "proc/.keep": "",
    "sys/.keep": "",
    "dev/.keep": "",
  });
  kernel.addFile("/init", "the agent");
  kernel.addFile("/lib/modules/xfs.ko", "a module");
  mountAll(kernel, EARLY_MOUNTS);
  kernel.addNode("/dev/mapper/control", "character");
  mountRootImage(kernel, { ...SIGNED_ROOT, verity, target: "/root" });
  return kernel;
}

Deno.test("switchRoot() shows the image as /, with the mounts carried over and the agent laid in", () => {
  const kernel = initramfs();
  assertEquals(switchRoot(kernel, REQUEST), []);
  assertEquals(kernel.names("/"), ["dev", "proc", "sys", "usr"]);
  assertEquals(kernel.readText("/usr/bin/strata"), "the agent");
  const options = topMountAt(readMounts(kernel), "/usr/bin/strata")?.options.slice(0, 3);
  assertEquals(options, ["ro", "nosuid", "nodev"]);
  assertEquals([...kernel.mountTargets()], ["/proc", "/sys", "/dev", "/usr/bin/strata"]);
});

Deno.test("switchRoot() tells what it could not remove", () => {
  const kernel = initramfs();
  kernel.mkdir("/lib/mounted", 0o755);
  const tmpfs = { source: "tmpfs", fstype: "tmpfs", flags: 0n, data: "" };
  kernel.mount({ ...tmpfs, target: "/lib/mounted" });
  const kept = switchRoot(kernel, REQUEST);
  assertEquals(kept.map(({ path }) => path), ["/lib"]);
  assertEquals(kept[0]?.reason.includes("EBUSY"), true, kept[0]?.reason);
});

Deno.test("switchRoot() leaves the initramfs whole when any mount is refused", () => {
  const refusals = ["/root/usr/bin/strata", "/root/proc", "/root/sys", "/root/dev"];
  for (const target of refusals) {
    const kernel = initramfs();
    const before = [...kernel.mountTargets()].sort();
    kernel.refuse(target, "EINVAL", { times: 1 });
    const error = assertThrows(() => switchRoot(kernel, REQUEST), SyscallError);
    assertEquals(error.message, `Cannot move_mount "${target}": EINVAL (22)`);
    assertEquals([...kernel.mountTargets()].sort(), before, target);
    assertEquals(kernel.names("/lib/modules"), ["xfs.ko"]);
    assertEquals(kernel.readText("/root/usr/bin/strata"), "placeholder");
    assertEquals(switchRoot(kernel, REQUEST), [], "and it can be tried again");
  }
});

Deno.test("switchRoot() refuses to remove the agent's own file, before it moves anything", () => {
  const held = `it holds the agent's own file "/init"`;
  const cases = [
    ["/init", held],
    ["/", held],
    ["/lib/../init/", held],
    ["lib", "must be an absolute path of the initramfs"],
  ] as const;
  for (const [path, why] of cases) {
    const kernel = initramfs();
    const before = kernel.readText("/proc/self/mountinfo");
    const request = { ...REQUEST, remove: ["/lib", path] };
    assertThrows(() => switchRoot(kernel, request), RangeError, `Cannot remove "${path}": ${why}`);
    assertEquals(kernel.readText("/proc/self/mountinfo"), before);
    assertEquals(kernel.names("/lib/modules"), ["xfs.ko"]);
  }
});
