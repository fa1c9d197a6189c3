/** A fake machine with disks whose power can go at any step of what is written to them. */
import { readGpt } from "../../fs/gpt.ts";
import type { BlockDevice } from "../../fs/kernel/kernel.ts";
import { FakeKernel } from "./kernel.ts";

const MKFS = "/usr/sbin/mkfs.xfs";

/** One thing done to a disk: a write to the device at `path`, or a phase of mkfs.xfs on it. */
export interface DiskStep {
  readonly path: string;
  readonly what: "write" | "mkfs begins" | "mkfs clears" | "mkfs in progress" | "mkfs ends";
  /** Bytes of a write. */
  readonly length: number;
}

/** When the power goes. */
export interface PowerCut {
  /** Steps done whole before it. */
  readonly steps: number;
  /** Bytes that the write it interrupts leaves on the disk; of those before it, what was not synced is lost. */
  readonly bytes: number;
}

/** The fake. A disk's partitions show as Linux shows them: after a boot or a rereading, of an intact primary table. */
export class PoweredKernel extends FakeKernel {
  /** What was done to the disks. */
  readonly steps: DiskStep[] = [];
  readonly #cut: PowerCut;

  /** @param disks By name, such as `vda`; they keep what is written when the kernel is gone. */
  constructor(
    disks: Readonly<Record<string, Uint8Array<ArrayBuffer>>>,
    cut: PowerCut = { steps: Infinity, bytes: 0 },
  ) {
    super();
    this.#cut = cut;
    for (const [name, bytes] of Object.entries(disks)) {
      this.addFile(`/sys/block/${name}/size`, `${bytes.length / 512}\n`);
      this.addFile(`/sys/block/${name}/ro`, "0\n");
      const path = `/dev/${name}`;
      this.addDisk(path, bytes);
      this.onRereadPartitions(path, () => this.#showPartitions(path, bytes));
      this.#showPartitions(path, bytes);
    }
    this.onTool(MKFS, (args) => this.#makeFileSystem(args.at(-1) ?? ""));
  }

  override openBlockDevice(
    path: string,
    options: { readonly access: "read-only" | "read-write" },
  ): BlockDevice {
    this.#requirePower();
    const device = super.openBlockDevice(path, options);
    /** Content before writes that nobody synced: the disk may do later ones first. */
    const unsynced: { readonly offset: bigint; readonly before: Uint8Array<ArrayBuffer> }[] = [];
    const writeAt = (offset: bigint, data: Uint8Array<ArrayBuffer>): void => {
      this.#step({ path, what: "write", length: data.length }, (bytes) => {
        for (const write of unsynced.toReversed()) device.writeAt(write.offset, write.before);
        device.writeAt(offset, data.slice(0, bytes));
      });
      unsynced.push({ offset, before: device.readAt(offset, data.length) });
      device.writeAt(offset, data);
    };
    const sync = (): void => {
      unsynced.length = 0;
      device.sync();
    };
    return { ...device, writeAt, sync };
  }

  override mount(request: Parameters<FakeKernel["mount"]>[0]): void {
    this.#requirePower();
    super.mount(request);
  }

  /** As the real one: clears what could be mistaken, then a superblock in progress, and at last one that is not. */
  #makeFileSystem(path: string): Record<string, never> {
    const at = (what: DiskStep["what"], act: (device: BlockDevice) => void): void => {
      this.#step({ path, what, length: 0 }, () => {});
      using device = super.openBlockDevice(path, { access: "read-write" });
      act(device);
    };
    at("mkfs begins", () => {});
    at("mkfs clears", (device) => device.writeAt(70_000n, new Uint8Array(100).fill(0x55)));
    at("mkfs in progress", (device) => device.writeAt(0n, xfsSuperblock({ isUnfinished: true })));
    at("mkfs ends", (device) => device.writeAt(0n, xfsSuperblock({ isUnfinished: false })));
    return {};
  }

  #step(step: DiskStep, interrupted: (bytes: number) => void): void {
    this.#requirePower();
    this.steps.push(step);
    if (this.#hasPower()) return;
    interrupted(this.#cut.bytes);
    throw new Error("Cannot go on: the power is gone");
  }

  #requirePower(): void {
    if (!this.#hasPower()) throw new Error("Cannot go on: the power is gone");
  }

  #hasPower(): boolean {
    return this.steps.length <= this.#cut.steps;
  }

  #showPartitions(path: string, bytes: Uint8Array<ArrayBuffer>): void {
    using device = super.openBlockDevice(path, { access: "read-only" });
    const { primary, hasProtectiveMbr } = readGpt(device);
    if (primary.state !== "intact" || !hasProtectiveMbr) return;
    for (const [number, { firstLba, lastLba }] of primary.table.partitions) {
      const [from, to] = [Number(firstLba) * 512, (Number(lastLba) + 1) * 512];
      this.addDisk(`${path}${number}`, bytes.subarray(from, to));
    }
  }
}

/** The first sector of an XFS file system of 300 MiB. */
export function xfsSuperblock(
  options: { readonly isUnfinished: boolean },
): Uint8Array<ArrayBuffer> {
  const sector = new Uint8Array(512);
  const view = new DataView(sector.buffer);
  sector.set(new TextEncoder().encode("XFSB"));
  view.setUint32(4, 4096);
  view.setBigUint64(8, 76_800n);
  sector.set(new TextEncoder().encode("STRATA-VAR"), 108);
  view.setUint8(126, options.isUnfinished ? 1 : 0);
  return sector;
}
