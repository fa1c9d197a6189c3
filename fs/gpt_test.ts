// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { crc32 } from "./crc32.ts";
import { readGpt, wholeDiskTable, writeGpt } from "./gpt.ts";
import type { GptPartition, GptTable } from "./gpt_format.ts";
import { decodeGuid, encodeGuid } from "./guid.ts";
import type { BlockDevice } from "./kernel/kernel.ts";

const MIB = 1024 * 1024;
const DISK_GUID = "00112233-4455-6677-8899-AABBCCDDEEFF";
const REQUEST = {
  typeGuid: "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
  name: "DATA",
  attributes: 1n << 48n,
  diskGuid: DISK_GUID,
  partitionGuid: "01234567-89AB-CDEF-0123-456789ABCDEF",
};

function openDisk(bytes: Uint8Array<ArrayBuffer>, sectorBytes = 512): BlockDevice {
  const kernel = new FakeKernel();
  kernel.addDisk("/dev/vda", bytes, { sectorBytes });
  return kernel.openBlockDevice("/dev/vda", { access: "read-write" });
}

function writtenDisk(
  sectorBytes = 512,
): { bytes: Uint8Array<ArrayBuffer>; device: BlockDevice; table: GptTable } {
  const bytes = new Uint8Array(8 * MIB);
  const device = openDisk(bytes, sectorBytes);
  const table = wholeDiskTable(device, REQUEST);
  writeGpt(device, table, { first: "primary" });
  return { bytes, device, table };
}

Deno.test("crc32() gives the check value of the standard", () => {
  assertEquals(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
});

Deno.test("encodeGuid() stores the first three groups backwards and decodeGuid() reads them", () => {
  const stored = encodeGuid(DISK_GUID);
  assertEquals(
    stored.toHex(),
    "33221100554477668899aabbccddeeff",
  );
  assertEquals(decodeGuid(stored), DISK_GUID);
  assertThrows(() => encodeGuid("1234"), RangeError, 'Cannot use GUID "1234": must be of the form');
});

for (const sectorBytes of [512, 4096]) {
  Deno.test(`readGpt() reads what writeGpt() wrote in sectors of ${sectorBytes} bytes`, () => {
    using disk = writtenDisk(sectorBytes).device;
    const reading = readGpt(disk);
    assert(reading.isWhole);
    const sectors = BigInt(8 * MIB / sectorBytes);
    assertEquals(reading.table?.diskGuid, DISK_GUID);
    assertEquals(reading.table?.backupLba, sectors - 1n);
    assertEquals(reading.table?.partitions.get(1), {
      typeGuid: REQUEST.typeGuid,
      guid: REQUEST.partitionGuid,
      firstLba: BigInt(MIB / sectorBytes),
      lastLba: BigInt(7 * MIB / sectorBytes) - 1n,
      attributes: 1n << 48n,
      name: "DATA",
    });
  });
}

Deno.test("wholeDiskTable() refuses a disk without room for a partition", () => {
  assertThrows(
    () => wholeDiskTable({ sizeBytes: BigInt(2 * MIB), sectorBytes: 512 }, REQUEST),
    RangeError,
    "Cannot make a partition on a disk of 2097152 bytes: must be at least 3 MiB",
  );
});

Deno.test("writeGpt() refuses a table for a larger disk and writes nothing", () => {
  const bytes = new Uint8Array(8 * MIB);
  using device = openDisk(bytes);
  const table = wholeDiskTable({ sizeBytes: BigInt(16 * MIB), sectorBytes: 512 }, REQUEST);
  assertThrows(
    () => writeGpt(device, table, { first: "primary" }),
    RangeError,
    "it is for 32768 sectors, the disk has 16384",
  );
  assertEquals(bytes.findIndex((byte) => byte !== 0), -1);
});

Deno.test("readGpt() finds a flipped bit in header or entries of either copy and takes the other", () => {
  const last = 8 * MIB - 512;
  const cases = [
    ["primary", 512 + 60, "the checksum of its header is wrong"],
    ["primary", 1024 + 60, "the checksum of its entries is wrong"],
    ["backup", last + 60, "the checksum of its header is wrong"],
    ["backup", last - 32 * 512 + 60, "the checksum of its entries is wrong"],
  ] as const;
  for (const [copy, at, reason] of cases) {
    const { bytes, device, table } = writtenDisk();
    using _open = device;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    const reading = readGpt(device);
    assertEquals(reading[copy], { state: "damaged", reason });
    assertEquals(reading[copy === "primary" ? "backup" : "primary"].state, "intact");
    assertEquals(reading.table, table);
    assertEquals(reading.isWhole, false);
  }
});

Deno.test("readGpt() is not whole without the protective MBR, or when the copies differ", () => {
  const { bytes, device, table } = writtenDisk();
  using _open = device;
  const start = bytes.slice(0, MIB);
  bytes.fill(0, 0, 512);
  assertEquals(readGpt(device).isWhole, false);
  writeGpt(device, { ...table, diskGuid: REQUEST.partitionGuid }, { first: "primary" });
  bytes.set(start);
  const reading = readGpt(device);
  assertEquals([reading.primary.state, reading.backup.state], ["intact", "intact"]);
  assertEquals(reading.isWhole, false);
  assertEquals(reading.table?.diskGuid, DISK_GUID, "the primary counts");
});

Deno.test("readGpt() is not whole when the copies differ in anything", () => {
  const { bytes, device, table } = writtenDisk();
  using _open = device;
  const start = bytes.slice(0, MIB);
  const [[number, partition] = [0, undefined]] = table.partitions;
  assert(partition !== undefined);
  const otherwise = (change: Partial<GptPartition>): Partial<GptTable> => ({
    partitions: new Map([[number, { ...partition, ...change }]]),
  });
  const others: Partial<GptTable>[] = [
    { diskGuid: REQUEST.partitionGuid },
    { slots: table.slots - 4 },
    { firstUsableLba: table.firstUsableLba + 1n },
    { lastUsableLba: table.lastUsableLba - 1n },
    { partitions: new Map() },
    { partitions: new Map([[number + 1, partition]]) },
    { partitions: new Map([[number, partition], [number + 1, partition]]) },
    otherwise({ typeGuid: DISK_GUID }),
    otherwise({ guid: DISK_GUID }),
    otherwise({ firstLba: partition.firstLba + 1n }),
    otherwise({ lastLba: partition.lastLba - 1n }),
    otherwise({ attributes: partition.attributes ^ 1n }),
    otherwise({ name: `${partition.name}!` }),
  ];
  for (const other of [{}, ...others]) {
    writeGpt(device, { ...table, ...other }, { first: "primary" });
    bytes.set(start);
    const { primary, backup, isWhole } = readGpt(device);
    assertEquals([primary.state, backup.state], ["intact", "intact"], Deno.inspect(other));
    assertEquals(isWhole, !others.includes(other), Deno.inspect(other));
  }
});

Deno.test("readGpt() of a blank disk has no table", () => {
  using device = openDisk(new Uint8Array(8 * MIB));
  const { primary, backup, table } = readGpt(device);
  assertEquals([primary, backup, table], [{ state: "none" }, { state: "none" }, undefined]);
});
