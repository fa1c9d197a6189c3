/**
 * A Linux in memory for unit tests: what {@linkcode Kernel} promises, as far as the suite in
 * tests/conformance/kernel.ts shows that Linux does the same.
 *
 * It begins like an initramfs: "/" is the only mount, with /dev, /etc, /proc, /run, /sys, /tmp and /var in it, and
 * /proc/self/mountinfo can be read before proc is mounted.
 */
import { parseInetAddress, parseInetPrefix } from "../../fs/kernel/inet.ts";
import type { Ending, Kernel, KernelLog } from "../../fs/kernel/kernel.ts";
import { FakeKernelLog } from "./kernel_log.ts";
import { FakeServiceProcesses } from "./kernel_service_processes.ts";
import { refusal } from "./kernel_tree.ts";

/** A network link. */
export interface FakeLink {
  up: boolean;
  readonly addresses: string[];
}

/** Source: linux/utsname.h, __NEW_UTS_LEN. */
const HOSTNAME_BYTES_MAX = 64;

/** The fake. Everything that is not of {@linkcode Kernel} is for the test. */
export class FakeKernel extends FakeServiceProcesses implements Kernel {
  hostname = "(none)";
  /** Links by name; `lo` is there. */
  readonly links = new Map<string, FakeLink>([["lo", { up: false, addresses: [] }]]);
  defaultRoute: { readonly gateway: string; readonly name: string } | undefined;
  /** How the machine was told to end. */
  readonly endings: Ending[] = [];
  /** What it says of itself. */
  readonly kernelLog = new FakeKernelLog();
  /** How often everything was synced. */
  syncs = 0;
  /** How often free memory was given back. */
  trims = 0;
  ctrlAltDelCaught = false;
  openFilesLimit: bigint | undefined;
  #uptimeMs = 1_000;

  /** Makes time go on. */
  advance(ms: number): void {
    this.#uptimeMs += ms;
  }

  setOpenFilesLimit(limit: bigint): void {
    this.enter("setrlimit");
    this.openFilesLimit = limit;
  }

  trimHeap(): Promise<void> {
    this.trims += 1;
    return Promise.resolve();
  }

  setHostname(name: string): void {
    this.enter("sethostname", name);
    const { length } = new TextEncoder().encode(name);
    if (length > HOSTNAME_BYTES_MAX) throw refusal("sethostname", name, "EINVAL");
    this.hostname = name;
  }

  linkUp(name: string): void {
    this.#link("RTM_NEWLINK", name).up = true;
  }

  addAddress(name: string, cidr: string): void {
    const { addresses } = this.#link("RTM_NEWADDR", name);
    parseInetPrefix(cidr);
    if (!addresses.includes(cidr)) addresses.push(cidr);
  }

  addDefaultRoute(gateway: string, name: string): void {
    const { up } = this.#link("RTM_NEWROUTE", name);
    parseInetAddress(gateway);
    if (!up) throw refusal("RTM_NEWROUTE", gateway, "ENETUNREACH");
    this.defaultRoute ??= { gateway, name };
  }

  openKernelLog(from: "oldest" | "newest"): KernelLog {
    this.enter("open", "/dev/kmsg");
    return this.kernelLog.open(from);
  }

  // deno-lint-ignore require-await -- a refusal must be a rejection
  async sync(): Promise<void> {
    this.enter("sync");
    this.syncs += 1;
  }

  catchCtrlAltDel(): void {
    this.enter("reboot");
    this.ctrlAltDelCaught = true;
  }

  reboot(ending: Ending): void {
    this.enter("reboot", ending);
    this.endings.push(ending);
  }

  uptimeMs(): number {
    return this.#uptimeMs;
  }

  euid(): number {
    return 0;
  }

  #link(call: string, name: string): FakeLink {
    this.enter(call, name);
    const link = this.links.get(name);
    if (link === undefined) throw refusal(call, name, "ENODEV");
    return link;
  }
}
