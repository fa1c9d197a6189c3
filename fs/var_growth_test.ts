// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { PoweredKernel, xfsSuperblock } from "../tests/fakes/powered_kernel.ts";
import { readGpt, writeGpt } from "./gpt.ts";
import type { GptTable } from "./gpt_format.ts";
import { grownTable } from "./var_growth.ts";
import { markedTable, varTable } from "./var_partition.ts";
import { openVarVolume, type VolumeFacts } from "./var_volume.ts";

const MIB = 1024 * 1024;
const OLD_BYTES = 302 * MIB;
const NEW_BYTES = 350 * MIB;
const GROWFS = "/usr/sbin/xfs_growfs";

function sizeOf(bytes: number): { readonly sizeBytes: bigint; readonly sectorBytes: number } {
  return { sizeBytes: BigInt(bytes), sectorBytes: 512 };
}

function ourTable(bytes = OLD_BYTES): GptTable {
  const table = varTable(sizeOf(bytes), () => crypto.randomUUID());
  return markedTable(table, { number: 1, isUnused: false });
}

/** Blocks of an allocation group of 75 MiB. */
const GROUP_BLOCKS = 19_200;

/** Says how many groups there are; the first sector of each is to be the same. */
function sayGroups(sector: Uint8Array<ArrayBuffer>, blocks: bigint): Uint8Array<ArrayBuffer> {
  const view = new DataView(sector.buffer);
  view.setBigUint64(8, blocks);
  view.setUint32(84, GROUP_BLOCKS);
  view.setUint32(88, Math.ceil(Number(blocks) / GROUP_BLOCKS));
  return sector;
}

/** First sectors of all groups, as text. */
function copiesOn(disk: Uint8Array<ArrayBuffer>): readonly string[] {
  const volume = disk.subarray(MIB);
  const groups = new DataView(volume.buffer, volume.byteOffset).getUint32(88);
  const places = Array.from({ length: groups }, (_, group) => group * GROUP_BLOCKS * 4096);
  return places.map((at) => volume.subarray(at, at + 512).join());
}

/** A disk of our own that was in use, copied to a larger one. */
function grownDisk(bytes = NEW_BYTES): Uint8Array<ArrayBuffer> {
  const disk = new Uint8Array(bytes);
  const old = disk.subarray(0, OLD_BYTES);
  using device = new PoweredKernel({ vda: old }).openBlockDevice("/dev/vda", {
    access: "read-write",
  });
  writeGpt(device, ourTable(), { first: "primary" });
  const superblock = sayGroups(xfsSuperblock({ isUnfinished: false }), 76_800n);
  for (let group = 0; group < 4; group++) {
    disk.set(superblock, MIB + group * GROUP_BLOCKS * 4096);
  }
  return disk;
}

/** A machine whose xfs_growfs does what the real one does, but for the copies of the superblock. */
function machine(
  vda: Uint8Array<ArrayBuffer>,
  cut?: ConstructorParameters<typeof PoweredKernel>[1],
): PoweredKernel {
  const kernel = new PoweredKernel({ vda }, cut);
  kernel.onTool(GROWFS, () => {
    using device = kernel.openBlockDevice("/dev/vda1", { access: "read-write" });
    const sector = device.readAt(0n, 512);
    device.writeAt(0n, sayGroups(sector, device.sizeBytes / 4096n));
    return {};
  });
  return kernel;
}

function open(kernel: PoweredKernel): Promise<VolumeFacts> {
  return openVarVolume(kernel, { target: "/var", sleep: () => Promise.resolve() });
}

Deno.test("grownTable() takes in what was added, and nothing where there is nothing", () => {
  const table = ourTable();
  assertEquals(grownTable(sizeOf(OLD_BYTES), table, 1), undefined);
  const grown = grownTable(sizeOf(NEW_BYTES), table, 1);
  assertEquals(grown, ourTableLike(table, NEW_BYTES));
  assertEquals(grownTable(sizeOf(OLD_BYTES), roomBehind(table), 1), undefined, "it was left free");
  const nearlyNothing = grownTable(sizeOf(OLD_BYTES + 512), table, 1);
  assertEquals(nearlyNothing, undefined, "less than the alignment");
});

/** The same with the partition ended early by somebody. */
function roomBehind(table: GptTable): GptTable {
  const [ours] = table.partitions.values();
  if (ours === undefined) throw new Error("no partition");
  const lastLba = ours.lastLba - 8n * 2048n;
  return { ...table, partitions: new Map([[1, { ...ours, lastLba }]]) };
}

/** The table that a disk of that size would be given, with the GUIDs of another. */
function ourTableLike(table: GptTable, bytes: number): GptTable {
  const fresh = ourTable(bytes);
  const [ours, theirs] = [table, fresh].map(({ partitions }) => partitions.get(1));
  if (ours === undefined || theirs === undefined) throw new Error("no partition");
  return {
    ...fresh,
    diskGuid: table.diskGuid,
    partitions: new Map([[1, { ...theirs, guid: ours.guid }]]),
  };
}

Deno.test("grownTable() leaves a partition that another one follows", () => {
  const table = ourTable();
  const [ours] = table.partitions.values();
  if (ours === undefined) throw new Error("no partition");
  const behind = { ...ours, firstLba: ours.lastLba + 1n, lastLba: ours.lastLba + 2n, name: "next" };
  const two = { ...table, partitions: new Map(table.partitions).set(2, behind) };
  assertEquals(grownTable(sizeOf(NEW_BYTES), two, 1), undefined);
  assertEquals(grownTable(sizeOf(NEW_BYTES), two, 2)?.partitions.get(1), ours);
});

Deno.test("openVarVolume() grows partition and file system with the disk, once", async () => {
  const vda = grownDisk();
  const facts = await open(machine(vda));
  assertEquals([facts.phase, facts.grownFromBytes, facts.sizeBytes, facts.warning], [
    "ready",
    BigInt(300 * MIB),
    BigInt(NEW_BYTES - 2 * MIB),
    "",
  ]);
  assertEquals(new Set(copiesOn(vda)).size, 1);
  const again = machine(vda);
  assertEquals((await open(again)).grownFromBytes, 0n);
  assertEquals(again.steps, []);
});

Deno.test("openVarVolume() writes the copies of a superblock that grew until they are safe, and then no more", async () => {
  const vda = grownDisk();
  const kernel = machine(vda);
  kernel.refuse("XFS_IOC_FSGROWFSDATA", "EIO", { times: 1 });
  const cut = await open(kernel);
  assertEquals([cut.phase, cut.warning], ["ready", 'Cannot XFS_IOC_FSGROWFSDATA "/var": EIO (5)']);
  assertEquals(new Set(copiesOn(vda)).size, 3, "of the new size, of the old, and none");
  for (const written of [true, false]) {
    kernel.unmount("/var");
    kernel.synced.length = 0;
    let renewals = 0;
    const renew = kernel.renewXfsCopies;
    kernel.renewXfsCopies = (path) => {
      renewals += 1;
      renew.call(kernel, path);
      assertEquals(kernel.names("/var/system"), ["growing"], "until they are synced");
    };
    const facts = await open(kernel);
    kernel.renewXfsCopies = renew;
    assertEquals([facts.phase, facts.grownFromBytes, facts.warning], ["ready", 0n, ""]);
    assertEquals([renewals, kernel.synced], written ? [1, ["/dev/vda1"]] : [0, []]);
    assertEquals(kernel.names("/var/system"), []);
    assertEquals(new Set(copiesOn(vda)).size, 1);
  }
});

Deno.test("openVarVolume() grows nothing that it cannot mark before", async () => {
  const vda = grownDisk();
  const kernel = machine(vda);
  kernel.refuse("/var/system/growing", "ENOSPC");
  const { phase, grownFromBytes, warning } = await open(kernel);
  assertEquals([phase, grownFromBytes], ["ready", 0n]);
  assertStringIncludes(warning, '"/var/system/growing": ENOSPC');
  assertEquals(new Set(copiesOn(vda)).size, 1);
});

Deno.test("openVarVolume() grows at the next boot what a power cut kept from growing", async () => {
  const whole = machine(grownDisk());
  await open(whole);
  // Two copies with two writes each, the MBR, and the file system.
  assertEquals(whole.steps.length, 6);
  for (const [steps, { length }] of whole.steps.entries()) {
    for (const bytes of [0, 16, 91, length]) {
      const vda = grownDisk();
      await open(machine(vda, { steps, bytes }));
      const facts = await open(machine(vda));
      const at = `step ${steps}, ${bytes} bytes: ${facts.error}`;
      assertEquals([facts.phase, facts.sizeBytes], ["ready", BigInt(NEW_BYTES - 2 * MIB)], at);
      using device = new PoweredKernel({ vda }).openBlockDevice("/dev/vda", {
        access: "read-only",
      });
      assertEquals(readGpt(device).isWhole, true, at);
    }
  }
});

Deno.test("openVarVolume() is ready without growing where xfs_growfs fails, and says so", async () => {
  const kernel = machine(grownDisk());
  kernel.onTool(GROWFS, () => ({ code: 1, stderr: "xfs_growfs: no room\n" }));
  const { phase, grownFromBytes, warning } = await open(kernel);
  assertEquals([phase, grownFromBytes], ["ready", 0n]);
  assertStringIncludes(warning, 'Cannot grow "/var": xfs_growfs ended with 1: xfs_growfs: no room');
});

Deno.test("openVarVolume() leaves the table of a mounted volume for the next boot", async () => {
  const vda = new Uint8Array(grownDisk().subarray(0, OLD_BYTES));
  const kernel = machine(vda);
  await open(kernel);
  const larger = machine(grownDisk());
  larger.mount({ source: "/dev/vda1", target: "/var", fstype: "xfs", flags: 0n, data: "" });
  const { phase } = await open(larger);
  assertEquals([phase, larger.steps], ["ready", []]);
});
