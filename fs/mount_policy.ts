/** What every mount of the machine must keep to, whoever wants it. */
import { MS } from "./kernel/constants.ts";

/** A mount as far as the rules look at it. */
export interface PolicedMount {
  readonly target: string;
  readonly fstype: string;
  /** OR of `MS` or `MOUNT_ATTR`, which have the same numbers for what matters here. */
  readonly flags: bigint;
  /** The file system's own parameters. */
  readonly parameters: readonly string[];
  /** Why programs may run from it although it can be written; none may where it is not given or "". */
  readonly executable?: string;
}

/** The only file systems with devices: what they are for. */
const DEVICE_FSTYPES = ["devtmpfs", "devpts"];

/** File systems in memory: without a bound what runs away takes the machine's. */
const MEMORY_FSTYPES = ["tmpfs", "ramfs"];

/**
 * What a mount breaks of the rules: nosuid everywhere; nodev everywhere but below /dev; noexec on everything that can be
 * written, unless a reason is given; a bound on what lies in memory.
 *
 * @returns One sentence for each, none when it keeps to them.
 */
export function mountFaults(mount: PolicedMount): readonly string[] {
  const { target, fstype, flags, parameters, executable = "" } = mount;
  const has = (flag: bigint): boolean => (flags & flag) !== 0n;
  const faults: string[] = [];
  if (!has(MS.NOSUID)) faults.push("it must be nosuid");
  const holdsDevices = DEVICE_FSTYPES.includes(fstype) && /^\/dev(\/|$)/.test(target);
  if (!has(MS.NODEV) && !holdsDevices) {
    faults.push("it must be nodev: devices are in /dev alone");
  }
  if (!has(MS.RDONLY) && !has(MS.NOEXEC) && executable === "") {
    faults.push("it can be written, so it must be noexec, or say why programs run from it");
  }
  const isBounded = parameters.some((each) => /^size=\d+[kmg]?$/i.test(each));
  if (MEMORY_FSTYPES.includes(fstype) && !isBounded) {
    faults.push("it lies in memory, so it must have a bound such as size=16m");
  }
  return faults.map((fault) => `Cannot mount "${target}": ${fault}`);
}
