// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { foundTls } from "./tls_files.ts";

const FIRMWARE = "/sys/firmware/qemu_fw_cfg/by_name/opt/strata/tls";
const FILES = "/var/system/strata/tls";

const BY_FIRMWARE = [`${FIRMWARE}/cert/raw`, `${FIRMWARE}/key/raw`, `${FIRMWARE}/ca/raw`] as const;
const BY_FILES = [`${FILES}/server.crt`, `${FILES}/server.key`, `${FILES}/ca.crt`] as const;

/** Puts three files there, the second for its owner alone. */
function put(kernel: FakeKernel, paths: readonly [string, string, string], what: string): void {
  for (const [at, path] of paths.entries()) kernel.addFile(path, `${what} ${at}\n`);
  kernel.chmod(paths[1], 0o600);
}

function fault(kernel: FakeKernel): string {
  const found = foundTls(kernel);
  return found !== undefined && "error" in found ? String(found.error) : "none";
}

Deno.test("foundTls() takes the firmware's certificates before the files'", () => {
  const kernel = new FakeKernel();
  assertEquals(foundTls(kernel), undefined);
  put(kernel, BY_FILES, "file");
  const certificates = { cert: "file 0\n", key: "file 1\n", ca: "file 2\n" };
  assertEquals(foundTls(kernel), { certificates });
  put(kernel, BY_FIRMWARE, "firmware");
  // Its mode is the kernel's to choose.
  kernel.chmod(BY_FIRMWARE[1], 0o444);
  const handed = { cert: "firmware 0\n", key: "firmware 1\n", ca: "firmware 2\n" };
  assertEquals(foundTls(kernel), { certificates: handed });
});

Deno.test("foundTls() names what is missing, and a key that others may read", () => {
  const kernel = new FakeKernel();
  kernel.addFile(BY_FILES[0], "only this");
  const words = `Cannot serve TLS without ${BY_FILES[1]}, ${BY_FILES[2]}`;
  assertStringIncludes(fault(kernel), words);
  put(kernel, BY_FILES, "file");
  for (const mode of [0o640, 0o604, 0o777]) {
    kernel.chmod(BY_FILES[1], mode);
    const said = `${BY_FILES[1]} has mode 0${mode.toString(8)}, and may have 0600`;
    assertStringIncludes(fault(kernel), said);
  }
});

Deno.test("foundTls() has what the kernel says of a file that cannot be looked at", () => {
  const kernel = new FakeKernel();
  kernel.refuse(BY_FIRMWARE[0], "EIO");
  assertStringIncludes(fault(kernel), "EIO");
});
