/** The test image through boot, reboot, watchdog and power-off: what is promised of a machine's life. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EVENT_INTERVAL } from "../../roles/event_loop.ts";
import {
  giveHost,
  machineStatusOf,
  nextBoot,
  readFile,
  resource,
  strata,
  until,
} from "./asking.ts";
import { assertMountsAsDesigned, assertWritableAsDesigned } from "./layers.ts";
import { assertMountSpecsFollowed } from "./mount_specs.ts";
import { bootMachine, makeDisk } from "./machine.ts";
import { probe } from "./probe_client.ts";
import { squashfsDigests } from "./squashfs.ts";
import { xfsIsClean } from "./xfs.ts";

const IMAGE = "dist/probe-image";

/** As short as the machine takes it and still safe under emulation. */
const WATCHDOG_SECONDS = 10;

/** What is written before an end and read after it. */
const KEPT = ["/var/kept", "/etc/kubernetes/kept"];

Deno.test("a machine lives as designed", async (t) => {
  const dir = await Deno.makeTempDir({ prefix: "strata-life-" });
  const disks = [await makeDisk(`${dir}/data.img`)];
  const kernelArgs = [`strata.watchdog=${WATCHDOG_SECONDS}`];
  const machine = await bootMachine({ image: IMAGE, dir, disks, kernelArgs });

  await t.step("every layer is mounted as designed", async () => {
    await assertMountsAsDesigned(machine);
  });

  await t.step("the first boot makes /var on the blank disk and says so", async () => {
    const { spec } = await resource(machine, "fs/VolumeStatuses.fs.strata/var");
    assertEquals(
      [spec["phase"], spec["disk"], spec["device"], spec["formattedNow"]],
      ["PHASE_READY", "/dev/vda", "/dev/vda1", true],
    );
    // Of the agent's there is one directory, for it alone; the rest is the workloads'.
    const listing = await strata(machine, "ls", "--long", "/var");
    assertEquals([listing.code, listing.stderr], [0, ""]);
    assertMatch(listing.stdout, /drwx------ .*system/);
    assertEquals((await probe(machine, { act: "names", path: "/var" })).value, ["system"]);
    assertEquals((await machineStatusOf(machine))["previousEnd"], "PREVIOUS_END_UNSPECIFIED");
  });

  await t.step("a call without the token gets 401, health answers anybody", async () => {
    for (const path of ["/api/v1/types", "/machine.MachineService/Version"]) {
      const response = await machine.stranger(path, { method: path[1] === "a" ? "GET" : "POST" });
      await response.body?.cancel();
      assertEquals(response.status, 401, path);
    }
    for (const path of ["/livez", "/readyz", "/healthz", "/version"]) {
      const response = await machine.stranger(path);
      await response.body?.cancel();
      assertEquals(response.status, 200, path);
    }
  });

  await t.step("the kernel hands PID 1 what its event loop is to do", async () => {
    const variables = (await readFile(machine, "/proc/1/environ")).split("\0");
    assert(variables.includes(`${EVENT_INTERVAL}=1`), variables.join(" "));
  });

  await t.step("every byte of / reads back with no boot medium attached", async () => {
    const { error, value } = await probe(machine, { act: "digest", root: "/" });
    assertEquals(error, "");
    assertEquals(value, await squashfsDigests(`${IMAGE}/rootfs.squashfs`, dir));
  });

  await t.step("root and /etc refuse writes with EROFS", async () => {
    for (const path of ["/probe", "/usr/bin/probe", "/etc/probe", "/etc/hosts"]) {
      const answer = await probe(machine, { act: "write", path, text: "x" });
      assertEquals(answer.error, "EROFS", path);
    }
    // Of a file that runs the kernel says so first.
    const agent = await probe(machine, { act: "write", path: "/usr/bin/strata", text: "x" });
    assertMatch(agent.error, /ETXTBSY|os error 26/);
  });

  await t.step("of all directories only those take a file that are designed to", async () => {
    await assertWritableAsDesigned(machine);
  });

  await t.step("/etc/hosts follows its resources", async () => {
    await giveHost(machine, "changed", "192.0.2.7");
    await until("the new /etc/hosts", async () => {
      const hosts = await readFile(machine, "/etc/hosts");
      return hosts.endsWith("\n192.0.2.7 changed\n") ? true : undefined;
    });
    assertEquals(
      (await probe(machine, { act: "write", path: "/etc/hosts", text: "x" })).error,
      "EROFS",
    );
    await assertMountsAsDesigned(machine);
  });

  await t.step("what is wiped from /system is built again, sockets too", async () => {
    const directories = ["/system/etc", "/system/run/strata"];
    const namesIn = (path: string) => probe(machine, { act: "names", path });
    const before = await Promise.all(directories.map(namesIn));
    for (const path of directories) {
      assertEquals((await probe(machine, { act: "wipe", path })).error, "", path);
    }
    for (const [index, path] of directories.entries()) {
      await until(`the contents of ${path}`, async () => {
        const { value } = await namesIn(path);
        return JSON.stringify(value) === JSON.stringify(before[index]?.value) ? true : undefined;
      });
    }
    await assertMountsAsDesigned(machine);
  });

  await t.step("a MountSpec is mounted and unmounted, and says what is wrong", async () => {
    await assertMountSpecsFollowed(machine);
  });

  await t.step("orphans are reaped and no child's exit is stolen", async () => {
    const runs = [1, 2, 3].map(() =>
      probe(machine, { act: "run", path: "/usr/lib/probe/orphans", args: ["40"] })
    );
    for (const { error, value } of await Promise.all(runs)) {
      assertEquals([error, (value as { code?: number } | undefined)?.code], ["", 7]);
    }
    await until("the last zombie's end", async () => {
      const { value } = await probe(machine, { act: "zombies" });
      return (value as readonly number[]).length === 0 ? true : undefined;
    });
  });

  await t.step("a child that is killed reports its signal", async () => {
    const { value } = await probe(machine, {
      act: "run",
      path: "/usr/lib/probe/killed",
      args: [],
    });
    assertEquals((value as { signal?: string } | undefined)?.signal, "SIGKILL");
  });

  await t.step("a rejection and an error that nobody handles are logged and survived", async () => {
    await probe(machine, { act: "reject" });
    await probe(machine, { act: "throw" });
    await machine.waitConsole(/a rejection nobody handles/);
    await machine.waitConsole(/an error nobody catches/);
    assertEquals((await machineStatusOf(machine))["stage"], "STAGE_RUNNING");
  });

  await t.step("/var and /etc/kubernetes keep what is written through an API reboot", async () => {
    for (const path of KEPT) {
      assertEquals((await probe(machine, { act: "write", path, text: "kept\n" })).error, "", path);
    }
    const { bootId } = await machineStatusOf(machine);
    const { code, stderr } = await strata(machine, "reboot");
    assertEquals([code, stderr], [0, ""]);
    const status = await nextBoot(machine, bootId);
    assertEquals(status["previousEnd"], "PREVIOUS_END_REBOOT");
    for (const path of KEPT) assertEquals(await readFile(machine, path), "kept\n", path);
    const { spec } = await resource(machine, "fs/VolumeStatuses.fs.strata/var");
    assertEquals(spec["formattedNow"], false);
  });

  await t.step("an endless loop ends in a reset that the next boot reports", async () => {
    const { bootId } = await machineStatusOf(machine);
    await probe(machine, { act: "loop" });
    const status = await nextBoot(machine, bootId);
    assertEquals(status["previousEnd"], "PREVIOUS_END_WATCHDOG");
    for (const path of KEPT) assertEquals(await readFile(machine, path), "kept\n", path);
  });

  await t.step("SIGINT, which ctrl-alt-del sends, ends in an orderly restart", async () => {
    const { bootId } = await machineStatusOf(machine);
    await probe(machine, { act: "signal", signal: "SIGINT" });
    const status = await nextBoot(machine, bootId);
    assertEquals(status["previousEnd"], "PREVIOUS_END_REBOOT");
  });

  await t.step("a power-off ends QEMU and leaves XFS clean", async () => {
    const { code } = await strata(machine, "shutdown");
    assertEquals(code, 0);
    assertEquals(await machine.waitExit(), 0);
    const said = await machine.console();
    assertStringIncludes(said, "reboot: power-off");
    // The controllers took away what they had made; /var alone was left for the table, and nothing after that.
    const [released = "", unmounted = ""] = ["release layers", "unmount"].map((step) =>
      said.split("\n").findLast((line) => line.includes(` ${step} `)) ?? ""
    );
    assertMatch(released, /release layers \d+ ms 4 files of \/etc, 9 mounts\s*$/);
    assertMatch(unmounted, /unmount \d+ ms\s*$/);
    assertEquals(await xfsIsClean(`${dir}/data.img`), true);
  });

  await t.step(
    "what was written is there after the power-off, and SIGTERM ends in order, too",
    async () => {
      await using again = await bootMachine({ image: IMAGE, dir, disks });
      assertEquals((await machineStatusOf(again))["previousEnd"], "PREVIOUS_END_POWER_OFF");
      for (const path of KEPT) assertEquals(await readFile(again, path), "kept\n", path);
      await probe(again, { act: "signal", signal: "SIGTERM" });
      assertEquals(await again.waitExit(), 0);
      assertEquals(await xfsIsClean(`${dir}/data.img`), true);
    },
  );

  await t.step("a power cut is survived and reported", async () => {
    await using cut = await bootMachine({ image: IMAGE, dir, disks });
    await cut.powerCut();
    await using after = await bootMachine({ image: IMAGE, dir, disks });
    assertEquals((await machineStatusOf(after))["previousEnd"], "PREVIOUS_END_UNORDERED");
    for (const path of KEPT) assertEquals(await readFile(after, path), "kept\n", path);
  });

  await machine[Symbol.asyncDispose]();
  await Deno.remove(dir, { recursive: true });
});
