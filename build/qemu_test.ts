// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertFalse } from "@std/assert";
import { qemuArguments, type QemuMachine } from "./qemu.ts";

const MACHINE: QemuMachine = {
  accelerator: "tcg",
  kernel: "/i/vmlinuz",
  initramfs: "/i/initramfs",
  kernelArguments: ["console=ttyS0", "quiet"],
  disks: ["/m/a,b.img"],
  console: "/m/console.log",
  tokenFile: "/m/token",
  httpPort: 8080,
  onReboot: "reset",
};

/** The values given to the option `name`, in order. */
function given(machine: QemuMachine, name: string): readonly string[] {
  const args = qemuArguments(machine);
  return args.filter((_, index) => args[index - 1] === name);
}

Deno.test("qemuArguments() forwards one port of the loopback address to the machine's API", () => {
  assertEquals(given(MACHINE, "-netdev"), ["user,id=net,hostfwd=tcp:127.0.0.1:8080-:50080"]);
});

Deno.test("qemuArguments() doubles commas in file names, at which QEMU would split", () => {
  assertEquals(given(MACHINE, "-drive"), [
    "if=none,id=disk0,format=raw,werror=report,rerror=report,file=/m/a,,b.img",
  ]);
});

Deno.test("qemuArguments() hands the token over as a file, never as an argument of the kernel", () => {
  assertEquals(given(MACHINE, "-fw_cfg"), ["name=opt/strata/token,file=/m/token"]);
  assertEquals(given(MACHINE, "-append"), ["console=ttyS0 quiet"]);
});

Deno.test("qemuArguments() hands certificates over as files, and forwards a port for who has some", () => {
  const tls = { port: 5000, certFile: "/m/c", keyFile: "/m/k", caFile: "/m/a,b" };
  assertEquals(given({ ...MACHINE, tls }, "-fw_cfg").slice(1), [
    "name=opt/strata/tls/cert,file=/m/c",
    "name=opt/strata/tls/key,file=/m/k",
    "name=opt/strata/tls/ca,file=/m/a,,b",
  ]);
  assertEquals(given({ ...MACHINE, tls }, "-netdev"), [
    "user,id=net,hostfwd=tcp:127.0.0.1:8080-:50080,hostfwd=tcp:127.0.0.1:5000-:50000",
  ]);
});

Deno.test("qemuArguments() ends QEMU on a reboot only when told to", () => {
  assertFalse(qemuArguments(MACHINE).includes("-no-reboot"));
  assertEquals(qemuArguments({ ...MACHINE, onReboot: "exit" }).includes("-no-reboot"), true);
});

Deno.test("qemuArguments() gives KVM the host's processor and TCG the fullest it can emulate", () => {
  assertEquals(given(MACHINE, "-cpu"), ["max"]);
  assertEquals(given({ ...MACHINE, accelerator: "kvm" }, "-cpu"), ["host"]);
});
