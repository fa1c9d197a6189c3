// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { MS } from "../fs/kernel/constants.ts";
import { attributesOf, ensureMount } from "../fs/mount.ts";
import { mountFaults } from "../fs/mount_policy.ts";
import { EARLY_MOUNTS, mountAll, ROOT_MOUNTS } from "../fs/mount_table.ts";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { beginFakeLife, furnish, isUp, untilLife } from "../tests/fakes/machine.ts";
import { designedLayers, layOverlays, PERSISTENT_DIRECTORIES } from "./layers.ts";

const LAYERS = designedLayers(PERSISTENT_DIRECTORIES);

Deno.test("designedLayers() break no rule; programs run from /opt alone, and the reason is there", () => {
  for (const layer of LAYERS) {
    assertEquals(mountFaults({ ...layer, flags: attributesOf(layer) }), []);
  }
  const executable = LAYERS.filter(({ executable }) => executable !== "");
  assertEquals(executable.map(({ target }) => target), ["/opt"]);
});

Deno.test("designedLayers() are what the boot mounted: nothing is mounted or changed for them", () => {
  const kernel = new FakeKernel();
  mountAll(kernel, [...EARLY_MOUNTS, ...ROOT_MOUNTS]);
  const mounts = kernel.readText("/proc/self/mountinfo");
  for (const layer of designedLayers([])) assertEquals(ensureMount(kernel, layer), "present");
  assertEquals(kernel.readText("/proc/self/mountinfo"), mounts);
  const flags = new Map(ROOT_MOUNTS.map((mount) => [mount.target as string, mount.flags]));
  for (const layer of designedLayers([])) {
    assertEquals(attributesOf(layer), flags.get(layer.target), layer.target);
  }
  assertEquals(MS.NOSUID, 2n); // The numbers of both tables of flags are the same.
});

Deno.test("layOverlays() names every directory that could not be kept, and keeps the others", () => {
  const kernel = new FakeKernel();
  kernel.addFile("/opt/image", "");
  const error = assertThrows(() => layOverlays(kernel, PERSISTENT_DIRECTORIES), Error);
  const why = "the image has no such directory, it must be a directory of the image";
  assertEquals(
    error.message,
    `Cannot keep "/etc/kubernetes": ${why}; Cannot keep "/etc/cni": ${why}`,
  );
  assertEquals([...kernel.mountTargets()], ["/opt"]);
});

Deno.test("the agent owns /var/system, closed to all others, and nothing else on /var", async () => {
  const kernel = furnish(new FakeKernel());
  kernel.mount({ source: "/dev/vda1", target: "/var", fstype: "xfs", flags: 0n, data: "" });
  kernel.mkdir("/var/lib/kubelet", 0o755);
  kernel.writeFile("/var/lib/kubelet/config", "theirs", { mode: 0o640 });
  kernel.chmod("/var/lib", 0o711);
  kernel.unmount("/var");
  const life = beginFakeLife(kernel);
  await untilLife(life, () => isUp(life) && kernel.mountTargets().has("/etc/machine-id"));
  assertEquals(kernel.names("/var"), ["lib", "system"]);
  assertEquals(kernel.names("/var/lib/kubelet"), ["config"]);
  const modes = ["/var/lib", "/var/lib/kubelet", "/var/lib/kubelet/config", "/var/system"]
    .map((path) => kernel.lstat(path)?.mode);
  assertEquals(modes, [0o711, 0o755, 0o640, 0o700]);
  assertEquals(kernel.names("/var/system"), ["life.json", "machine-id", "overlays"]);
  life.outside.raise("SIGTERM");
  assertEquals(await life.ending, "power-off");
});
