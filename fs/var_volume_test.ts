// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { FakeKernel } from "../tests/fakes/kernel.ts";
import { type PowerCut, PoweredKernel, xfsSuperblock } from "../tests/fakes/powered_kernel.ts";
import { readGpt, wholeDiskTable, writeGpt } from "./gpt.ts";
import { readMounts, topMountAt } from "./mountinfo.ts";
import { VAR_PARTITION_UNUSED } from "./var_partition.ts";
import { blankDisk, DISK_BYTES, openVar as open, ourDisk } from "../tests/fakes/var_disk.ts";

const MIB = 1024 * 1024;
const MKFS = "/usr/sbin/mkfs.xfs";
const EXT4 = [1080, "\x53\xef"] as const;

function withText([at, text]: readonly [number, string], bytes = blankDisk()): typeof bytes {
  bytes.set([...text].map((letter) => letter.charCodeAt(0)), at);
  return bytes;
}

/** Attributes of the first partition in the table that would be read, if there is one. */
function partitionAttributes(bytes: Uint8Array<ArrayBuffer>): bigint | undefined {
  using device = new PoweredKernel({ vda: bytes }).openBlockDevice("/dev/vda", {
    access: "read-only",
  });
  return readGpt(device).table?.partitions.get(1)?.attributes;
}

/** Whether the table is whole and its partition marked as unused. */
function isMarked(bytes: Uint8Array<ArrayBuffer>): boolean {
  using device = new PoweredKernel({ vda: bytes }).openBlockDevice("/dev/vda", {
    access: "read-only",
  });
  const { table, isWhole } = readGpt(device);
  assert(isWhole, "both copies and the MBR are there");
  return ((table?.partitions.get(1)?.attributes ?? 0n) & VAR_PARTITION_UNUSED) !== 0n;
}

function sourceAt(kernel: FakeKernel, target: string): string | undefined {
  return topMountAt(readMounts(kernel), target)?.source;
}

Deno.test("openVarVolume() makes table and file system on a blank disk, mounts it, clears the mark", async () => {
  const vda = blankDisk();
  const kernel = new PoweredKernel({ vda });
  assertEquals(await open(kernel), {
    phase: "ready",
    disk: "/dev/vda",
    device: "/dev/vda1",
    sizeBytes: BigInt(300 * MIB),
    formattedNow: true,
    grownFromBytes: 0n,
    repairs: [],
    warning: "",
    error: "",
    refused: [],
  });
  assertEquals(sourceAt(kernel, "/var"), "/dev/vda1");
  const mount = topMountAt(readMounts(kernel), "/var");
  assertEquals(mount?.options.slice(0, 3), ["rw", "nosuid", "nodev"]);
  assertEquals(kernel.lstat("/var/system")?.mode, 0o700);
  assertEquals(isMarked(vda), false);
});

Deno.test("openVarVolume() finds the volume at the next boot and writes nothing to the disk", async () => {
  const vda = blankDisk();
  await open(new PoweredKernel({ vda }));
  const kernel = new PoweredKernel({ vda });
  const facts = await open(kernel);
  assertEquals([facts.phase, facts.formattedNow], ["ready", false]);
  assertEquals(sourceAt(kernel, "/var"), "/dev/vda1");
  const again = await open(kernel);
  assertEquals([again.phase, again.formattedNow], ["ready", false]);
  assertEquals([...kernel.mountTargets()], ["/var"], "it is mounted once");
  assertEquals(kernel.steps, []);
});

/** Bytes that an interrupted write leaves: none, all, whole sectors, and pieces of the first one. */
function tears(length: number): number[] {
  const pieces = [0, 16, 17, 40, 57, 64, 91, 446, 450, 460, 511, 512, 1024, length - 512, length];
  return [...new Set(pieces)].filter((bytes) => bytes <= length);
}

/** Every moment at which the power may go while `vda` boots. */
async function powerCuts(vda: Uint8Array<ArrayBuffer>): Promise<PowerCut[]> {
  const kernel = new PoweredKernel({ vda });
  assertEquals((await open(kernel)).phase, "ready");
  return kernel.steps.flatMap(({ length }, steps) =>
    tears(length).map((bytes) => ({ steps, bytes }))
  );
}

Deno.test("openVarVolume() ends ready after a power cut at any step of the first boot", async () => {
  const cuts = await powerCuts(blankDisk());
  // Two tables of two copies with two writes each, and the MBR; four phases of mkfs.
  assertEquals(new Set(cuts.map(({ steps }) => steps)).size, 5 + 4 + 5);
  for (const cut of cuts) {
    const vda = blankDisk();
    const broken = new PoweredKernel({ vda }, cut);
    assertEquals((await open(broken)).phase, "failed");
    const attributes = partitionAttributes(vda);
    const isUsed = attributes !== undefined && (attributes & VAR_PARTITION_UNUSED) === 0n;
    const kernel = new PoweredKernel({ vda });
    const facts = await open(kernel);
    const at = `${JSON.stringify(cut)}: ${facts.error}`;
    assertEquals([facts.phase, facts.formattedNow], ["ready", !isUsed], at);
    assertEquals(sourceAt(kernel, "/var"), "/dev/vda1", at);
    assertEquals(isMarked(vda), false, at);
  }
});

Deno.test("openVarVolume() ends ready after a second power cut while it mends what the first left", async () => {
  const first = { steps: 8, bytes: 0 };
  const left = blankDisk();
  await open(new PoweredKernel({ vda: left }, first));
  left.fill(0, 0, 2 * 512); // MBR and primary header are lost, too.
  const trial = left.slice();
  const cuts = (await powerCuts(trial)).filter(({ bytes }) => bytes === 0);
  for (const cut of cuts) {
    const vda = blankDisk();
    await open(new PoweredKernel({ vda }, first));
    vda.fill(0, 0, 2 * 512);
    assertEquals((await open(new PoweredKernel({ vda }, cut))).phase, "failed");
    const facts = await open(new PoweredKernel({ vda }));
    assertEquals(facts.phase, "ready", `${JSON.stringify(cut)}: ${facts.error}`);
    assertEquals(isMarked(vda), false);
  }
});

Deno.test("openVarVolume() names a foreign disk with the reason and writes nothing to it", async () => {
  const at1MiB = withText([MIB, "XFSB"]);
  const cases = [
    [withText([0, "XFSB"]), "has an XFS file system"],
    [withText(EXT4), "has an ext2, ext3 or ext4 file system"],
    [otherGpt(), 'has a GPT with partitions 1 "root"'],
    [dosTable(), "has a DOS partition table with 1 partition"],
    [withText([12_345, "x"]), "has data at offset 12345"],
    [withText([MIB + 777, "x"]), `has data at offset ${MIB + 777}`],
    [at1MiB, `has an XFS file system at offset ${MIB}`],
    [withText([64 * MIB + 64, "_BHRfS_M"]), `has data at offset ${64 * MIB + 64}`],
    [withText([DISK_BYTES - 1, "x"]), `has data at offset ${DISK_BYTES - 1}`],
    [
      withText(EXT4, ourDisk({ isUnused: false }).fill(0, 0, MIB)),
      "has an ext2, ext3 or ext4 file system, and the backup of a GPT at its end",
    ],
  ] as const;
  for (const [vda, reason] of cases) {
    const kernel = new PoweredKernel({ vda });
    assertEquals(await open(kernel), {
      phase: "missing",
      disk: "",
      device: "",
      sizeBytes: 0n,
      formattedNow: false,
      grownFromBytes: 0n,
      repairs: [],
      warning: "",
      error: `Cannot mount /var: no disk is ours or blank: /dev/vda ${reason}; ` +
        "wipe one or attach a blank one",
      refused: [{ disk: "/dev/vda", reason }],
    });
    assertEquals(kernel.steps, [], reason);
  }
});

function otherGpt(): Uint8Array<ArrayBuffer> {
  const bytes = blankDisk();
  const kernel = new PoweredKernel({ vda: bytes });
  using device = kernel.openBlockDevice("/dev/vda", { access: "read-write" });
  const table = wholeDiskTable(device, {
    typeGuid: "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
    name: "root",
    attributes: 0n,
    diskGuid: crypto.randomUUID(),
    partitionGuid: crypto.randomUUID(),
  });
  writeGpt(device, table, { first: "primary" });
  return bytes;
}

function dosTable(): Uint8Array<ArrayBuffer> {
  const bytes = withText([510, "\x55\xaa"]);
  bytes[450] = 0x83;
  return bytes;
}

Deno.test("openVarVolume() leaves alone what is not XFS in our partition, and says so", async () => {
  const ext4 = withText(EXT4, new Uint8Array(4096));
  const unfinished = xfsSuperblock({ isUnfinished: true });
  const cases = [
    [ourDisk({ isUnused: true, start: ext4 }), "has an ext2, ext3 or ext4 file system"],
    [ourDisk({ isUnused: false, start: ext4 }), "has an ext2, ext3 or ext4 file system"],
    [ourDisk({ isUnused: false, start: new Uint8Array() }), "is empty, though it was in use"],
    [
      ourDisk({ isUnused: false, start: unfinished }),
      "has an XFS file system that was never finished",
    ],
    [ourDisk({ isUnused: false, start: new Uint8Array(9).fill(7) }), "has data at offset 0"],
  ] as const;
  for (const [vda, found] of cases) {
    const kernel = new PoweredKernel({ vda });
    const { phase, disk, device, error } = await open(kernel);
    assertEquals([phase, disk, device, error], [
      "failed",
      "/dev/vda",
      "/dev/vda1",
      `Cannot mount "/dev/vda1" at /var: it ${found}; ` +
      "restore its XFS file system, or wipe the disk to begin anew",
    ]);
    assertEquals(kernel.steps, [], found);
  }
});

Deno.test("openVarVolume() refuses a blank disk that is too small for XFS", async () => {
  const kernel = new PoweredKernel({ vda: new Uint8Array(DISK_BYTES - 512) });
  const { phase, refused } = await open(kernel);
  const reason = "has 316669440 bytes, needs 316669952";
  assertEquals([phase, refused], ["missing", [{ disk: "/dev/vda", reason }]]);
  assertEquals(kernel.steps, []);
});

Deno.test("openVarVolume() says when there is no disk, or none that can be read", async () => {
  const bare = new PoweredKernel({});
  bare.addNode("/sys/block", "directory");
  const { phase, error } = await open(bare);
  assertEquals([phase, error], ["missing", "Cannot mount /var: there is no disk"]);
  const broken = new PoweredKernel({ vda: blankDisk() });
  broken.refuse("pread", "EIO");
  const { refused } = await open(broken);
  const reason = 'cannot be read: Cannot pread "/dev/vda": EIO (5)';
  assertEquals(refused, [{ disk: "/dev/vda", reason }]);
});

Deno.test("openVarVolume() repairs a damaged copy of our table from the other one", async () => {
  const losses = [[0, 512], [512, 1024], [1024, 1536], [0, MIB], [-512, DISK_BYTES]] as const;
  for (const [from, to] of losses) {
    const vda = ourDisk({ isUnused: false });
    vda.fill(0, from, to);
    const kernel = new PoweredKernel({ vda });
    const slept: number[] = [];
    const facts = await open(kernel, slept);
    const lost = `lost from ${from} to ${to}: ${facts.error}`;
    assertEquals([facts.phase, facts.formattedNow], ["ready", false], lost);
    assertEquals(slept, [], "the kernel was told of the partition at once");
    assertEquals(isMarked(vda), false);
  }
});

Deno.test("openVarVolume() repairs the table of a mounted volume without disturbing it", async () => {
  const vda = ourDisk({ isUnused: false });
  const kernel = new PoweredKernel({ vda });
  await open(kernel);
  vda.fill(0, 512, 1024);
  kernel.refuse("BLKRRPART", "EBUSY");
  assertEquals((await open(kernel)).phase, "ready");
  assertEquals(isMarked(vda), false);
});

Deno.test("openVarVolume() takes our disk before a blank one, and leaves foreign ones", async () => {
  for (const vda of [blankDisk(), withText(EXT4)]) {
    const kernel = new PoweredKernel({ vda, vdb: ourDisk({ isUnused: false }) });
    const { phase, device, formattedNow } = await open(kernel);
    assertEquals([phase, device, formattedNow], ["ready", "/dev/vdb1", false]);
    assertEquals(kernel.steps, []);
  }
});

Deno.test("openVarVolume() gives up on a partition that the kernel never shows", async () => {
  const kernel = new PoweredKernel({ vda: blankDisk() });
  kernel.onRereadPartitions("/dev/vda", () => {});
  const slept: number[] = [];
  const { phase, error } = await open(kernel, slept);
  assertEquals([phase, error], [
    "failed",
    'Cannot open "/dev/vda1": the kernel does not show the partition after 5000 ms',
  ]);
  assertEquals(slept.reduce((sum, ms) => sum + ms, 0), 5000);
});

Deno.test("openVarVolume() tells what mkfs.xfs said when it fails, and tries again at the next boot", async () => {
  const vda = blankDisk();
  const kernel = new PoweredKernel({ vda });
  kernel.onTool(MKFS, () => ({ code: 1, stderr: "mkfs.xfs: pwrite failed: No space\nUsage: …\n" }));
  const { phase, error, device, formattedNow } = await open(kernel);
  assertEquals([phase, device, formattedNow, error], [
    "failed",
    "/dev/vda1",
    false,
    'Cannot make a file system on "/dev/vda1": mkfs.xfs ended with 1: ' +
    "mkfs.xfs: pwrite failed: No space",
  ]);
  assertEquals(kernel.mountTargets().size, 0);
  assertEquals(isMarked(vda), true);
  assertEquals((await open(new PoweredKernel({ vda }))).phase, "ready");
});

Deno.test("openVarVolume() makes again what was never mounted, and only where nobody ever wrote", async () => {
  const disk = ourDisk({ isUnused: true });
  const { phase, formattedNow } = await open(new PoweredKernel({ vda: disk }));
  assertEquals([phase, formattedNow, isMarked(disk)], ["ready", true, false]);

  const others = xfsSuperblock({ isUnfinished: false });
  others.set(new TextEncoder().encode("NOT-OURS\0\0"), 108);
  const kept = await open(new PoweredKernel({ vda: ourDisk({ isUnused: true, start: others }) }));
  assertEquals([kept.phase, kept.formattedNow], ["ready", false]);
});
