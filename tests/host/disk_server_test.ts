/** The disk server of the power cuts, asked by a client that does what QEMU does, and worse. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { DiskClient } from "../vm/nbd/client.ts";
import { COMMAND, COMMAND_FUA, OPTION, OPTION_REPLY, REPLY_ERROR } from "../vm/nbd/protocol.ts";
import { RecordedDisk } from "../vm/nbd/recorded_disk.ts";
import { type DiskServer, serveDisk } from "../vm/nbd/server.ts";
import { type LogRecord, readWriteLog } from "../vm/nbd/write_log.ts";

const DISK_BYTES = 1024 * 1024;
const { READ, WRITE, FLUSH, TRIM, WRITE_ZEROES, DISC } = COMMAND;

interface Bench {
  readonly path: string;
  readonly folder: string;
  readonly server: DiskServer;
}

async function withServer(body: (bench: Bench) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const image = `${folder}/disk.img`;
    await Deno.writeFile(image, new Uint8Array(DISK_BYTES));
    let witness = 0;
    using disk = new RecordedDisk({ image, log: folder }, { witness: () => ++witness });
    const path = `${folder}/disk.sock`;
    await using server = serveDisk(disk, path);
    await body({ path, folder, server });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function filled(length: number, value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length).fill(value);
}

/** A name of no letters, and one kind of information asked for. */
const ASK_ABOUT_EXPORT = new Uint8Array([0, 0, 0, 0, 0, 1, 0, 3]);

Deno.test("serveDisk() negotiates by GO: size, abilities, block sizes, and then it serves", async () => {
  await withServer(async ({ path }) => {
    using client = await DiskClient.connect(path);
    for (const option of [OPTION.INFO, OPTION.GO]) {
      await client.option(option, ASK_ABOUT_EXPORT);
      const [size, blocks, end] = [
        await client.optionAnswer(),
        await client.optionAnswer(),
        await client.optionAnswer(),
      ];
      assertEquals([...size.data], [0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 1 | 4 | 8 | 32 | 64]);
      assertEquals([...blocks.data.subarray(0, 6)], [0, 3, 0, 0, 2, 0]);
      assertEquals([size.reply, blocks.reply, end.reply], [
        OPTION_REPLY.INFO,
        OPTION_REPLY.INFO,
        OPTION_REPLY.ACK,
      ]);
      assertEquals([size.option, end.option], [option, option]);
    }
    assertEquals((await client.ask({ command: READ, length: 3 })).data, filled(3, 0));
  });
});

Deno.test("serveDisk() negotiates by EXPORT_NAME, with the zeroes of old clients where they want them", async () => {
  await withServer(async ({ path }) => {
    for (const [flags, bytes] of [[0, 134], [2, 10]] as const) {
      using client = await DiskClient.connect(path, flags);
      await client.option(OPTION.EXPORT_NAME, new TextEncoder().encode("any"));
      assertEquals((await client.take(bytes))[5], 0x10);
      assertEquals((await client.ask({ command: READ, length: 1 })).error, 0);
    }
  });
});

Deno.test("serveDisk() says no to options it does not know and to malformed ones, and goes on", async () => {
  await withServer(async ({ path, server }) => {
    using client = await DiskClient.connect(path);
    const answerTo = async (option: number, data: readonly number[]): Promise<number> => {
      await client.option(option, new Uint8Array(data));
      return (await client.optionAnswer()).reply;
    };
    assertEquals(await answerTo(8, []), OPTION_REPLY.ERR_UNSUP);
    assertEquals(await answerTo(OPTION.GO, [0, 0]), OPTION_REPLY.ERR_INVALID);
    assertEquals(await answerTo(OPTION.GO, [0, 0, 0, 9, 0, 0]), OPTION_REPLY.ERR_INVALID);
    assertEquals(await answerTo(OPTION.GO, [0, 0, 0, 0, 0, 1]), OPTION_REPLY.ERR_INVALID);
    assertEquals(await answerTo(OPTION.LIST, []), OPTION_REPLY.SERVER);
    assertEquals((await client.optionAnswer()).reply, OPTION_REPLY.ACK);
    assertEquals(await answerTo(OPTION.ABORT, []), OPTION_REPLY.ACK);
    assertEquals(await client.stream.take(1), undefined);
    await server.idle();
  });
});

Deno.test("serveDisk() ends a connection that speaks something else, and says so", async () => {
  await withServer(async ({ path, server }) => {
    using client = await DiskClient.connect(path);
    await client.send(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
    assertEquals(await client.stream.take(1), undefined);
    await assertRejects(() => server.idle(), AggregateError, "what came is no option");
  });
});

Deno.test("serveDisk() gives back what was written, cleared and trimmed", async () => {
  await withServer(async ({ path }) => {
    using client = await DiskClient.open(path);
    await client.ask({ command: WRITE, offset: 512, data: filled(4096, 7) });
    await client.ask({ command: WRITE_ZEROES, offset: 1024, length: 512 });
    await client.ask({ command: TRIM, offset: 2048, length: 1024 });
    const { data } = await client.ask({ command: READ, offset: 0, length: 5120 });
    const sectors = Array.from({ length: 10 }, (_, sector) => data[sector * 512]);
    assertEquals(sectors, [0, 7, 0, 7, 0, 0, 7, 7, 7, 0]);
    using second = await DiskClient.open(path);
    assertEquals((await second.ask({ command: READ, offset: 0, length: 5120 })).data, data);
  });
});

Deno.test("serveDisk() refuses what is beyond the disk and commands it does not know", async () => {
  await withServer(async ({ path, folder }) => {
    using client = await DiskClient.open(path);
    const offset = DISK_BYTES - 512;
    const answers = await client.together([
      { command: READ, offset, length: 1024 },
      { command: WRITE, offset, data: filled(1024, 1) },
      { command: TRIM, offset, length: 513 },
      { command: 77, offset: 0, length: 0 },
      { command: READ, offset, length: 512 },
    ]);
    const { EINVAL, ENOSPC } = REPLY_ERROR;
    assertEquals(answers.map(({ error }) => error), [EINVAL, ENOSPC, ENOSPC, EINVAL, 0]);
    assertEquals(await readWriteLog(folder), []);
  });
});

Deno.test("serveDisk() logs every change in order; a flush covers what was answered before it came", async () => {
  await withServer(async ({ path, folder, server }) => {
    {
      using client = await DiskClient.open(path);
      await client.ask({ command: WRITE, offset: 0, data: filled(512, 1) });
      await client.together([
        { command: WRITE, offset: 512, data: filled(512, 2), flags: COMMAND_FUA },
        { command: FLUSH },
        { command: TRIM, offset: 1024, length: 512 },
      ]);
      await client.ask({ command: FLUSH });
      await client.send(
        new Uint8Array(28).with(0, 0x25).with(1, 0x60).with(2, 0x95).with(3, 0x13)
          .with(7, DISC),
      );
      assertEquals(await client.stream.take(1), undefined);
    }
    await server.idle();
    const wanted: readonly LogRecord[] = [
      { kind: "write", offset: 0, length: 512, at: 0, fua: false, witness: 1 },
      { kind: "write", offset: 512, length: 512, at: 512, fua: true, witness: 2 },
      { kind: "flush", covers: 1, witness: 3 },
      { kind: "trim", offset: 1024, length: 512, at: 0, fua: false, witness: 4 },
      { kind: "flush", covers: 4, witness: 5 },
    ];
    assertEquals(await readWriteLog(folder), wanted);
    const data = await Deno.readFile(`${folder}/writes.data`);
    assertEquals([data.length, data[0], data[512]], [1024, 1, 2]);
  });
});

Deno.test("serveDisk() takes a client that goes in the middle of a write as gone", async () => {
  await withServer(async ({ path, folder, server }) => {
    {
      using client = await DiskClient.open(path);
      const head = new Uint8Array(28).with(0, 0x25).with(1, 0x60).with(2, 0x95).with(3, 0x13);
      await client.send(head.with(7, WRITE).with(26, 2));
    }
    await server.idle();
    assertEquals(await readWriteLog(folder), []);
  });
});
