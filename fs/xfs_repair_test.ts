/** /var that is damaged: what is mended, how often, and what is told. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { PoweredKernel } from "../tests/fakes/powered_kernel.ts";
import { openVar, ourDisk } from "../tests/fakes/var_disk.ts";

const REPAIR = "/usr/sbin/xfs_repair";

/** Has xfs_repair end with each of these codes in turn; gives what it is called with. */
function repairs(kernel: PoweredKernel, ...codes: readonly number[]): string[] {
  const calls: string[] = [];
  kernel.onTool(REPAIR, (args) => {
    calls.push(args.join(" "));
    return { code: codes[calls.length - 1] ?? 0, stderr: "Phase 1\nfatal error -- torn\n" };
  });
  return calls;
}

Deno.test("openVarVolume() repairs a damaged file system that was in use, and says so", async () => {
  for (const errno of ["EUCLEAN", "EIO", "EBADMSG"] as const) {
    const kernel = new PoweredKernel({ vda: ourDisk({ isUnused: false }) });
    const calls = repairs(kernel, 0);
    kernel.refuse("mount", errno, { times: 1 });
    const facts = await openVar(kernel);
    assertEquals([facts.phase, facts.formattedNow, calls], ["ready", false, ["/dev/vda1"]]);
    const [repair, ...more] = facts.repairs;
    assertEquals([repair?.logDiscarded, repair?.outcome, more], [false, "repaired", []]);
    assertEquals(repair?.reason.includes(errno), true, repair?.reason);
  }
});

Deno.test("openVarVolume() discards the log only where a mount failed and xfs_repair found it dirty", async () => {
  const kernel = new PoweredKernel({ vda: ourDisk({ isUnused: false }) });
  const calls = repairs(kernel, 2, 0);
  kernel.refuse("mount", "EUCLEAN", { times: 2 });
  const facts = await openVar(kernel);
  assertEquals([facts.phase, calls], ["ready", ["/dev/vda1", "-L /dev/vda1"]]);
  assertEquals(facts.repairs.map(({ logDiscarded, outcome }) => [logDiscarded, outcome]), [
    [false, "the log is dirty"],
    [true, "repaired"],
  ]);
});

Deno.test("openVarVolume() repairs a bounded number of times, and says what xfs_repair said last", async () => {
  for (const code of [0, 1]) {
    const kernel = new PoweredKernel({ vda: ourDisk({ isUnused: false }) });
    const calls = repairs(kernel, code, code, code, code);
    kernel.refuse("mount", "EIO");
    const facts = await openVar(kernel);
    assertEquals([facts.phase, facts.repairs.length], ["failed", 3]);
    assertEquals(calls, ["/dev/vda1", "/dev/vda1", "/dev/vda1"], "the log is left alone");
    const last = code === 0 ? "repaired" : "ended with 1: fatal error -- torn";
    assertEquals(
      facts.error,
      `Cannot mount "/dev/vda1": Cannot mount "/var": EIO (5); 3 runs of xfs_repair did not help, the last: ${last}`,
    );
    assertEquals(kernel.steps, []);
  }
});

Deno.test("openVarVolume() says so where xfs_repair cannot be run", async () => {
  const kernel = new PoweredKernel({ vda: ourDisk({ isUnused: false }) });
  kernel.refuse("mount", "EIO");
  const { phase, error } = await openVar(kernel);
  assertEquals([phase, error], [
    "failed",
    `Cannot mount "/var": EIO (5), and cannot repair it: Cannot execve "${REPAIR}": ENOENT (2)`,
  ]);
});

Deno.test("openVarVolume() unmounts what cannot hold its directory before it repairs it", async () => {
  const kernel = new PoweredKernel({ vda: ourDisk({ isUnused: false }) });
  const calls = repairs(kernel, 0);
  kernel.refuse("mkdir", "EUCLEAN", { times: 1 });
  const { phase } = await openVar(kernel);
  assertEquals([phase, calls.length, kernel.unmounted], ["ready", 1, ["/var"]]);
});

Deno.test("openVarVolume() keeps what the kernel refuses to mount for another reason", async () => {
  const kernel = new PoweredKernel({ vda: ourDisk({ isUnused: false }) });
  const calls = repairs(kernel);
  kernel.refuse("mount", "EINVAL");
  const { phase, error } = await openVar(kernel);
  assertEquals([phase, error, calls], ["failed", 'Cannot mount "/var": EINVAL (22)', []]);
  assertEquals(kernel.steps, []);
});

Deno.test("openVarVolume() repairs what was in use where it would make anew what was not", async () => {
  const used = new PoweredKernel({ vda: ourDisk({ isUnused: false }) });
  used.refuse("mount", "EUCLEAN", { times: 1 });
  const calls = repairs(used, 0);
  assertEquals([(await openVar(used)).formattedNow, calls.length], [false, 1]);
  assertEquals(used.steps, []);
});
