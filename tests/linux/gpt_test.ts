/** The partition tables we write, judged by sgdisk(8); and those it writes, read by us. On an image file. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { examineDisk } from "../../fs/data_disk.ts";
import { readGpt, writeGpt } from "../../fs/gpt.ts";
import { openLinux } from "../../fs/kernel/linux.ts";
import { grownTable } from "../../fs/var_growth.ts";
import {
  VAR_PARTITION_LABEL,
  VAR_PARTITION_TYPE,
  VAR_PARTITION_UNUSED,
  varTable,
} from "../../fs/var_partition.ts";

/** Opened once: libc stays open between tests. */
const kernel = openLinux({ bind: "at once" });
const IMAGE_BYTES = 64 * 1024 * 1024;

async function sgdisk(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("sgdisk", { args: [...args] }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assertEquals(code, 0, said);
  return said;
}

async function withImage(body: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".img" });
  try {
    await Deno.truncate(path, IMAGE_BYTES);
    await body(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("writeGpt() writes a table in which sgdisk finds no fault", async () => {
  await withImage(async (path) => {
    {
      using device = kernel.openBlockDevice(path, { access: "read-write" });
      writeGpt(device, varTable(device, () => crypto.randomUUID()), { first: "primary" });
    }
    assertStringIncludes(await sgdisk("--verify", path), "No problems found");
    const info = await sgdisk("--info=1", path);
    assertStringIncludes(info, VAR_PARTITION_TYPE);
    assertStringIncludes(info, `Partition name: '${VAR_PARTITION_LABEL}'`);
    assertStringIncludes(info, "First sector: 2048 ");
    assertStringIncludes(info, "Attribute flags: 0001000000000000");
  });
});

Deno.test("grownTable() is a table in which sgdisk finds no fault, the partition where it was", async () => {
  await withImage(async (path) => {
    {
      using device = kernel.openBlockDevice(path, { access: "read-write" });
      writeGpt(device, varTable(device, () => crypto.randomUUID()), { first: "primary" });
    }
    await Deno.truncate(path, 1.5 * IMAGE_BYTES);
    {
      using device = kernel.openBlockDevice(path, { access: "read-write" });
      const { table } = readGpt(device);
      assert(table !== undefined);
      const grown = grownTable(device, table, 1);
      assert(grown !== undefined);
      writeGpt(device, grown, { first: "backup" });
    }
    assertStringIncludes(await sgdisk("--verify", path), "No problems found");
    const info = await sgdisk("--info=1", path);
    assertStringIncludes(info, "First sector: 2048 ");
    const lastSector = (1.5 * IMAGE_BYTES - 1024 * 1024) / 512 - 1;
    assertStringIncludes(info, `Last sector: ${lastSector} `);
  });
});

Deno.test("readGpt() reads the table sgdisk wrote, and examineDisk() knows ours in it", async () => {
  await withImage(async (path) => {
    const ours = [`--typecode=2:${VAR_PARTITION_TYPE}`, `--change-name=2:${VAR_PARTITION_LABEL}`];
    const boot = ["--new=1:2048:+1M", "--change-name=1:boot"];
    await sgdisk(...boot, "--new=2:0:0", ...ours, "--attributes=2:set:48", path);
    using device = kernel.openBlockDevice(path, { access: "read-only" });
    const reading = readGpt(device);
    assert(reading.isWhole);
    assertEquals(reading.table?.partitions.get(1)?.name, "boot");
    assertEquals(reading.table?.partitions.get(2)?.attributes, VAR_PARTITION_UNUSED);
    const content = examineDisk(device);
    assertEquals(content.kind === "ours" && content.number, 2);
  });
});

Deno.test("writeGpt() repairs a damaged primary from the backup so that sgdisk agrees", async () => {
  await withImage(async (path) => {
    using device = kernel.openBlockDevice(path, { access: "read-write" });
    writeGpt(device, varTable(device, () => crypto.randomUUID()), { first: "primary" });
    device.writeAt(512n, new Uint8Array(512));
    const content = examineDisk(device);
    if (content.kind !== "ours") throw new Error(`the disk is ${content.kind}`);
    assertEquals(content.repair, "primary");
    writeGpt(device, content.table, { first: "primary" });
    assertStringIncludes(await sgdisk("--verify", path), "No problems found");
  });
});
