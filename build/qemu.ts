/** The two ways QEMU runs a guest here. */
export type Accelerator = "kvm" | "tcg";

/** A virtual machine: what is in it and where its ends are. */
export interface QemuMachine {
  readonly accelerator: Accelerator;
  readonly kernel: string;
  readonly initramfs?: string;
  readonly kernelArguments: readonly string[];
  /** Raw images, in the order the guest sees them: vda, vdb, … */
  readonly disks: readonly string[];
  /** Where the serial console's output goes: a file. */
  readonly console: string;
  /** A file of mode 0600 that the guest reads as `opt/strata/token`. */
  readonly tokenFile?: string;
  /** 127.0.0.1 at this port of the host is the guest's 50080. */
  readonly httpPort?: number;
  /** Callers with certificates: what the guest reads as `opt/strata/tls/…`, and the port that is the guest's 50000. */
  readonly tls?: {
    readonly port: number;
    readonly certFile: string;
    readonly keyFile: string;
    readonly caFile: string;
  };
  /** What a reboot of the guest does: `exit` ends QEMU. */
  readonly onReboot: "reset" | "exit";
}

/** MiB: the agent's file system in memory, XFS, and room for what is written to tmpfs. */
const MEMORY_MIB = 1024;

/** The port the agent listens on inside. */
const GUEST_HTTP_PORT = 50080;

/** The same for callers with certificates. */
const GUEST_TLS_PORT = 50000;

/** QEMU's arguments for `machine`. */
export function qemuArguments(machine: QemuMachine): readonly string[] {
  const kvm = machine.accelerator === "kvm";
  return [
    ...["-accel", kvm ? "kvm" : "tcg,thread=multi", "-cpu", kvm ? "host" : "max"],
    ...["-smp", "2", "-m", String(MEMORY_MIB)],
    ...["-nodefaults", "-no-user-config", "-display", "none"],
    ...["-serial", `file:${machine.console}`],
    ...["-kernel", machine.kernel],
    ...(machine.initramfs === undefined ? [] : ["-initrd", machine.initramfs]),
    ...["-append", machine.kernelArguments.join(" ")],
    ...["-device", "i6300esb", "-action", "watchdog=reset"],
    ...(machine.onReboot === "exit" ? ["-no-reboot"] : []),
    ...machine.disks.flatMap(diskArguments),
    ...networkArguments(machine),
    ...firmwareArguments(machine),
  ];
}

/**
 * The kernel arguments of a machine that serves on QEMU's user network: quiet, restarting at
 * once after a panic, without the crypto self-tests that take a second.
 */
export const MACHINE_ARGUMENTS: readonly string[] = [
  "console=ttyS0",
  "quiet",
  "panic=-1",
  // An emulated timer that is late on a busy host is no reason to panic.
  "no_timer_check",
  "cryptomgr.notests",
  // For PID 1's environment: it looks at its sockets in each turn of its event loop (roles/event_loop.ts).
  "DENO_TOKIO_EVENT_INTERVAL=1",
  "ip=10.0.2.15::10.0.2.2:255.255.255.0:strata:eth0:off:10.0.2.3",
  `strata.http=0.0.0.0:${GUEST_HTTP_PORT}`,
];

function diskArguments(path: string, index: number): readonly string[] {
  // A full host disk is the guest's I/O error; QEMU would otherwise stop the guest for ever.
  const errors = "werror=report,rerror=report";
  const drive = `if=none,id=disk${index},format=raw,${errors},file=${quoted(path)}`;
  return ["-drive", drive, "-device", `virtio-blk-pci,drive=disk${index},serial=disk${index}`];
}

function networkArguments({ httpPort, tls }: QemuMachine): readonly string[] {
  const ports = [[httpPort, GUEST_HTTP_PORT], [tls?.port, GUEST_TLS_PORT]];
  const forwards = ports.filter(([port]) => port !== undefined)
    .map(([port, guest]) => `,hostfwd=tcp:127.0.0.1:${port}-:${guest}`);
  if (forwards.length === 0) return [];
  // No option ROM: nothing boots from the network, and loading it takes time.
  const device = "virtio-net-pci,netdev=net,romfile=";
  return ["-netdev", `user,id=net${forwards.join("")}`, "-device", device];
}

/** Secrets go by the firmware: arguments of the kernel anybody in the machine may read. */
function firmwareArguments({ tokenFile, tls }: QemuMachine): readonly string[] {
  const files: readonly (readonly [string, string | undefined])[] = [
    ["token", tokenFile],
    ["tls/cert", tls?.certFile],
    ["tls/key", tls?.keyFile],
    ["tls/ca", tls?.caFile],
  ];
  return files.flatMap(([name, file]) =>
    file === undefined ? [] : ["-fw_cfg", `name=opt/strata/${name},file=${quoted(file)}`]
  );
}

/** QEMU splits options at commas; a doubled one stands for itself. */
function quoted(path: string): string {
  return path.replaceAll(",", ",,");
}
