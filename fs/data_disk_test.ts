// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { examineDisk, listDisks } from "./data_disk.ts";
import { wholeDiskTable, writeGpt } from "./gpt.ts";
import type { BlockDevice } from "./kernel/kernel.ts";
import { VAR_PARTITION_LABEL, VAR_PARTITION_TYPE, varTable } from "./var_partition.ts";

const MIB = 1024 * 1024;
/** Large enough to have the mirror of btrfs inside. */
const DISK_BYTES = 80 * MIB;
const LAST = DISK_BYTES - 512;

interface TestDisk extends Disposable {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly device: BlockDevice;
}

function disk(): TestDisk {
  const kernel = new FakeKernel();
  const bytes = new Uint8Array(DISK_BYTES);
  kernel.addDisk("/dev/vda", bytes);
  const device = kernel.openBlockDevice("/dev/vda", { access: "read-write" });
  return { bytes, device, [Symbol.dispose]: () => device[Symbol.dispose]() };
}

function ourDisk(): TestDisk {
  const made = disk();
  writeGpt(made.device, varTable(made.device, () => crypto.randomUUID()), { first: "primary" });
  return made;
}

function put(bytes: Uint8Array, at: number, text: string): void {
  bytes.set([...text].map((letter) => letter.charCodeAt(0)), at);
}

Deno.test("listDisks() leaves out what is no disk, read-only, hidden or without a medium", () => {
  const kernel = new FakeKernel();
  const add = (name: string, files: Readonly<Record<string, string>> = {}): void => {
    const all = { ro: "0", size: "2048", ...files };
    for (const [file, text] of Object.entries(all)) {
      kernel.addFile(`/sys/block/${name}/${file}`, `${text}\n`);
    }
  };
  for (const name of ["vdaa", "vdb", "nvme0n1", "cciss!c0d0"]) add(name);
  for (const name of ["loop0", "ram1", "zram0", "dm-0", "fd0", "sr0", "md0", "nbd3"]) add(name);
  add("vdc", { ro: "1" });
  add("vdd", { size: "0" });
  add("nvme1c1n1", { hidden: "1" });
  assertEquals(listDisks(kernel).map(({ path }) => path), [
    "/dev/vdb",
    "/dev/vdaa",
    "/dev/nvme0n1",
    "/dev/cciss/c0d0",
  ]);
});

Deno.test("examineDisk() calls a disk of zeros blank", () => {
  using made = disk();
  assertEquals(examineDisk(made.device), { kind: "blank" });
});

Deno.test("examineDisk() knows our partition by type and name", () => {
  using made = ourDisk();
  const content = examineDisk(made.device);
  assertEquals(content.kind === "ours" && [content.number, content.repair], [1, undefined]);
});

Deno.test("examineDisk() says in words what a foreign disk holds", () => {
  const cases = [
    [0, "XFSB", "has an XFS file system"],
    [0, "LUKS\xba\xbe", "has an encrypted volume (LUKS)"],
    [1080, "\x53\xef", "has an ext2, ext3 or ext4 file system"],
    [4086, "SWAPSPACE2", "has swap space"],
    [32769, "CD001", "has an ISO 9660 file system"],
    [65600, "_BHRfS_M", "has a btrfs file system"],
    [12345, "x", "has data at offset 12345"],
    [64 * MIB + 64, "_BHRfS_M", `has data at offset ${64 * MIB + 64}`],
    [LAST + 511, "x", `has data at offset ${LAST + 511}`],
  ] as const;
  for (const [at, text, reason] of cases) {
    using made = disk();
    put(made.bytes, at, text);
    assertEquals(examineDisk(made.device), { kind: "foreign", reason });
  }
});

Deno.test("examineDisk() counts the partitions of a DOS partition table", () => {
  using made = disk();
  put(made.bytes, 510, "\x55\xaa");
  assertEquals(examineDisk(made.device), { kind: "foreign", reason: "has a boot sector" });
  made.bytes[446 + 4] = 0x83;
  const reason = "has a DOS partition table with 1 partition";
  assertEquals(examineDisk(made.device), { kind: "foreign", reason });
});

Deno.test("examineDisk() names the partitions of a foreign GPT, ours in one of the two only", () => {
  const request = {
    attributes: 0n,
    diskGuid: VAR_PARTITION_TYPE,
    partitionGuid: VAR_PARTITION_TYPE,
  };
  const linux = "0FC63DAF-8483-4772-8E79-3D69D8477DE4";
  const cases = [
    [linux, "root", '1 "root"'],
    [linux, "", "1"],
    [linux, VAR_PARTITION_LABEL, '1 "STRATA-VAR"'],
    [VAR_PARTITION_TYPE, "other", '1 "other"'],
  ] as const;
  for (const [typeGuid, name, names] of cases) {
    using made = disk();
    const table = wholeDiskTable(made.device, { ...request, typeGuid, name });
    writeGpt(made.device, table, { first: "primary" });
    const reason = `has a GPT with partitions ${names}`;
    assertEquals(examineDisk(made.device), { kind: "foreign", reason });
  }
});

Deno.test("examineDisk() asks for the repair of the copy of our table that is lost", () => {
  const losses = [
    [0, 512, "backup"],
    [512, 1024, "primary"],
    [1024, 1536, "primary"],
    [0, MIB, "primary"],
    [LAST, LAST + 512, "backup"],
  ] as const;
  for (const [from, to, repair] of losses) {
    using made = ourDisk();
    made.bytes.fill(0, from, to);
    const content = examineDisk(made.device);
    assertEquals(content.kind === "ours" && content.repair, repair, `lost from ${from} to ${to}`);
  }
});

Deno.test("examineDisk() does not call a disk ours that got another content over our backup", () => {
  using made = ourDisk();
  made.bytes.fill(0, 0, MIB);
  put(made.bytes, 1080, "\x53\xef");
  assertEquals(examineDisk(made.device), {
    kind: "foreign",
    reason: "has an ext2, ext3 or ext4 file system, and the backup of a GPT at its end",
  });
});

Deno.test("examineDisk() refuses a damaged GPT that may be anybody's", () => {
  using made = ourDisk();
  made.bytes[512 + 60] = (made.bytes[512 + 60] ?? 0) ^ 1;
  made.bytes[LAST + 60] = (made.bytes[LAST + 60] ?? 0) ^ 1;
  put(made.bytes, 64 * MIB, "somebody's data");
  assertEquals(examineDisk(made.device), {
    kind: "foreign",
    reason: "has a damaged GPT: the checksum of its header is wrong",
  });
});

Deno.test("examineDisk() calls blank what is nothing but a piece of our table", () => {
  using whole = ourDisk();
  // The primary's entries alone, these and the MBR, the backup's entries alone.
  const pieces = [[[1024, 1536]], [[1024, 1536], [0, 512]], [[LAST - 32 * 512, LAST - 31 * 512]]];
  for (const ranges of pieces) {
    using made = disk();
    for (const [from = 0, to = 0] of ranges) made.bytes.set(whole.bytes.slice(from, to), from);
    assertEquals(examineDisk(made.device), { kind: "blank" });
    put(made.bytes, 5000, "x");
    assertEquals(examineDisk(made.device).kind, "foreign", "and one byte more is not ours");
  }
});
