/** MountSpecs of a running machine, by the calls of its users. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { createResource, resource, until } from "./asking.ts";
import type { TestMachine } from "./machine.ts";

const SPECS = "fs/MountSpecs.fs.strata";

/** Mounts a tmpfs and unmounts it; a wish that breaks a rule is not met and told why. */
export async function assertMountSpecsFollowed(machine: TestMachine): Promise<void> {
  const tmpfs = { target: "/run/wished", fstype: "tmpfs", parameters: ["size=1m"] };
  await createResource(machine, SPECS, { id: "wished", spec: tmpfs });
  const status = await until("the mount", async () => {
    const found = await machine.http(
      "/api/v1/resources/fs/MountStatuses.fs.strata/%2Frun%2Fwished",
    );
    const { spec } = await found.json();
    return found.status === 200 ? spec : undefined;
  });
  assertEquals(status.options.slice(0, 4), ["rw", "nosuid", "nodev", "noexec"]);
  assertEquals(status.sizeBytes, "1048576");
  await destroyed(machine, "wished");
  await until("the unmount", async () => {
    const found = await machine.http(
      "/api/v1/resources/fs/MountStatuses.fs.strata/%2Frun%2Fwished",
    );
    await found.body?.cancel();
    return found.status === 404 ? true : undefined;
  });

  const unbounded = { target: "/run/unbounded", fstype: "tmpfs" };
  await createResource(machine, SPECS, { id: "unbounded", spec: unbounded });
  const error = await until("the report", async () => {
    const found = await machine.http("/api/v1/resources/fs/MountReports.fs.strata/unbounded");
    const { spec } = await found.json();
    return spec?.error || undefined;
  });
  const must = "it lies in memory, so it must have a bound such as size=16m";
  assertEquals(error, `Cannot mount "/run/unbounded": ${must}`);
  await destroyed(machine, "unbounded");
  const { spec } = await resource(machine, "fs/MountReports.fs.strata/%2Fopt");
  assertEquals(spec["error"], "");
}

async function destroyed(machine: TestMachine, id: string): Promise<void> {
  const response = await machine.http(`/api/v1/resources/${SPECS}/${id}?wait=30`, {
    method: "DELETE",
  });
  assertEquals(response.status, 204, await response.text());
}
