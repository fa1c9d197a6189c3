// @ts-types="../../../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { FakeClock } from "../../../tests/fakes/clock.ts";
import { LINE_BYTES_MAX, LineCutter } from "./line_cutter.ts";
import { pumpOutput } from "./output_pump.ts";
import { LOG_BYTES_MAX, type LogReading, type LogRecord, ServiceLog } from "./service_log.ts";

const NEVER = new AbortController().signal;

function cutter(): {
  readonly log: ServiceLog;
  readonly clock: FakeClock;
  readonly cut: LineCutter;
} {
  const log = new ServiceLog();
  const clock = new FakeClock();
  return { log, clock, cut: new LineCutter(log, clock) };
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function text(records: readonly LogRecord[]): string {
  return records.map(({ lines }) => new TextDecoder().decode(lines)).join("");
}

async function kept(log: ServiceLog, reading: Partial<LogReading> = {}): Promise<string> {
  let all = "";
  for await (const records of log.read({ follow: false, signal: NEVER, ...reading })) {
    all += text(records);
  }
  return all;
}

Deno.test("LineCutter gives whole lines, however they come, and the last one at the end", async () => {
  const { log, cut } = cutter();
  for (const piece of ["on", "e\ntw", "o\r", "\nthree\r\n\nfo", "ur"]) cut.push(bytes(piece));
  assertEquals(await kept(log), "one\ntwo\nthree\n\n");
  cut.end();
  cut.end();
  assertEquals(await kept(log), "one\ntwo\nthree\n\nfour\n");
  assertEquals(log.lineCount, 5);
});

Deno.test("LineCutter leaves a carriage return that ends no line where it is", async () => {
  const { log, cut } = cutter();
  cut.push(bytes("10%\r20%\r\r\n"));
  assertEquals(await kept(log), "10%\r20%\r\n");
});

Deno.test("LineCutter cuts a line without end at 16 KiB, and not one that just fits", async () => {
  const { log, cut } = cutter();
  const fits = "x".repeat(LINE_BYTES_MAX - 1);
  cut.push(bytes(`${fits}\n`));
  assertEquals(log.lineCount, 1);
  cut.push(bytes(fits));
  cut.push(bytes("\nnext\n"));
  assertEquals(log.lineCount, 3);
  cut.push(bytes(`${fits}y${"z".repeat(9)}\n`));
  assertEquals(log.lineCount, 5);
  assertEquals(await kept(log, { tailLines: 2 }), `${fits}\ny${"z".repeat(9)}\n`);
});

Deno.test("ServiceLog keeps the time that lines came at, in nanoseconds", async () => {
  const { log, clock, cut } = cutter();
  cut.push(bytes("one\n"));
  await clock.advance(1_500);
  cut.push(bytes("two\n"));
  const { value: records } = await log.read({ follow: false, signal: NEVER }).next();
  const times = (records ?? []).map(({ time }) => time);
  assertEquals(times, [1_767_323_045_000_000_000n, 1_767_323_046_500_000_000n]);
});

Deno.test("ServiceLog gives the last lines that are asked for, from within what came at once", async () => {
  const { log, cut } = cutter();
  cut.push(bytes("1\n2\n3\n"));
  cut.push(bytes("4\n5\n"));
  for (
    const [tailLines, wanted] of [[0, ""], [1, "5\n"], [3, "3\n4\n5\n"], [9, "1\n2\n3\n4\n5\n"]]
  ) {
    assertEquals(await kept(log, { tailLines: Number(tailLines) }), wanted);
  }
});

Deno.test("ServiceLog never takes more than its bound, and keeps what came last", async () => {
  const { log, cut } = cutter();
  for (let line = 0; line < 300_000; line++) cut.push(bytes(`line ${line}\n`));
  assertEquals(log.memoryBytes, LOG_BYTES_MAX);
  const lines = (await kept(log)).trimEnd().split("\n");
  assertEquals(lines.at(-1), "line 299999");
  const [first = ""] = lines;
  assertEquals(Number(first.slice(5)), 300_000 - lines.length);
  assertEquals(lines.length > 30_000, true);
});

Deno.test("ServiceLog read() gives 64 KiB at once, and without follow ends where it began", async () => {
  const { log, cut } = cutter();
  const line = `${"x".repeat(999)}\n`;
  for (let count = 0; count < 500; count++) cut.push(bytes(line));
  let total = 0;
  for await (const records of log.read({ follow: false, signal: NEVER })) {
    const size = text(records).length;
    assertEquals(size <= 64 * 1024, true);
    total += size;
    cut.push(bytes(line));
  }
  assertEquals(total, 500_000);
});

Deno.test("ServiceLog lets several follow, each at its own place", async () => {
  const { log, cut } = cutter();
  cut.push(bytes("before\n"));
  const early = log.read({ follow: true, signal: NEVER });
  const late = log.read({ follow: true, tailLines: 0, signal: NEVER });
  assertEquals(text((await early.next()).value ?? []), "before\n");
  const [waiting, alsoWaiting] = [early.next(), late.next()];
  cut.push(bytes("after\n"));
  assertEquals(text((await waiting).value ?? []), "after\n");
  assertEquals(text((await alsoWaiting).value ?? []), "after\n");
  const last = early.next();
  log.close();
  assertEquals(await last, { value: undefined, done: true });
  assertEquals((await late.next()).done, true);
});

Deno.test("ServiceLog stops for who does not follow it any more", async () => {
  const { log } = cutter();
  const over = new AbortController();
  const next = log.read({ follow: true, signal: over.signal }).next();
  over.abort();
  assertEquals((await next).done, true);
});

Deno.test("ServiceLog tells a slow reader how many lines it lost", async () => {
  const { log, cut } = cutter();
  const reader = log.read({ follow: true, signal: NEVER });
  cut.push(bytes("first\n"));
  assertEquals(text((await reader.next()).value ?? []), "first\n");
  for (let line = 1; line < 200_000; line++) cut.push(bytes(`line ${line}\n`));
  const [notice, next] = text((await reader.next()).value ?? []).split("\n");
  const lost = Number(/^\.\.\. (\d+) lines are lost/.exec(notice ?? "")?.[1]);
  assertEquals(next, `line ${lost + 1}`);
});

Deno.test("ServiceLog says what its last line was since a time", () => {
  const { log, cut } = cutter();
  assertEquals(log.lastLine(0), "");
  cut.push(bytes(`one\n${"é".repeat(300)}\n`));
  assertEquals(log.lastLine(0), "é".repeat(256));
  assertEquals(log.lastLine(2), "");
});

Deno.test("ServiceLog append() refuses what is no whole line, or too long", () => {
  const { log } = cutter();
  const may = "they may be 16384, of whole lines";
  assertThrows(() => log.append(bytes("half"), 0n), RangeError, `Cannot log 4 bytes: ${may}`);
  const long = new Uint8Array(LINE_BYTES_MAX + 1).fill(10);
  assertThrows(() => log.append(long, 0n), RangeError, `Cannot log 16385 bytes: ${may}`);
});

Deno.test("pumpOutput() gives the event loop its turns while a process writes without end", async () => {
  const { log, clock, cut } = cutter();
  const chunk = bytes(`${"y".repeat(99)}\n`.repeat(640));
  let read = 0;
  const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      read += chunk.length;
      controller.enqueue(chunk);
    },
  });
  const pump = pumpOutput(endless, { cutter: cut, clock });
  for (let turns = 0; turns < 50; turns++) {
    const before = read;
    await new Promise((resolve) => setTimeout(resolve, 0));
    // It never takes more than a few turns' worth before somebody else has one.
    assertEquals(read - before < 4 * 1024 * 1024, true);
  }
  assertEquals(read > 1024 * 1024, true);
  assertEquals(log.memoryBytes <= LOG_BYTES_MAX, true);
  pump.cancel();
  await pump.ended;
});

Deno.test("pumpOutput() ends with what an output held when that fails", async () => {
  const { log, clock, cut } = cutter();
  const failing = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(bytes("half"));
    },
    pull(controller) {
      controller.error(new Error("EIO"));
    },
  });
  await pumpOutput(failing, { cutter: cut, clock }).ended;
  assertEquals(await kept(log), "half\n");
});
