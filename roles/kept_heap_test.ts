// @ts-types="../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { FakeClock } from "../tests/fakes/clock.ts";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { FakeLog } from "../tests/fakes/log.ts";
import { keepHeapTrimmed } from "./kept_heap.ts";

const MIB = 1024 * 1024;

/** A process whose memory is told, and may be given back. */
class Bench implements Disposable {
  readonly kernel = new FakeKernel();
  readonly clock = new FakeClock();
  readonly log = new FakeLog();
  readonly stop = new AbortController();
  /** MiB that it takes. */
  taken = 100;
  /** MiB that a try leaves. */
  inUse = 100;
  /** Times the kernel was opened. */
  opened = 0;

  constructor() {
    keepHeapTrimmed({
      openKernel: () => {
        this.opened += 1;
        return {
          trimHeap: async () => {
            await this.kernel.trimHeap();
            this.taken = Math.min(this.taken, this.inUse);
          },
        };
      },
      clock: this.clock,
      log: this.log,
      signal: this.stop.signal,
      residentBytes: () => this.taken * MIB,
    });
  }

  /** Lets seconds pass. @returns How often memory was given back in them. */
  async after(seconds: number): Promise<number> {
    const before = this.kernel.trims;
    for (let second = 0; second < seconds; second++) {
      await this.clock.sleeping();
      await this.clock.advance(1_000);
    }
    await this.clock.sleeping();
    return this.kernel.trims - before;
  }

  [Symbol.dispose](): void {
    this.stop.abort(new Error("the test is over"));
  }
}

Deno.test("keepHeapTrimmed() leaves a process alone that grows by little", async () => {
  using bench = new Bench();
  assertEquals(await bench.after(5), 0);
  bench.taken = 131;
  assertEquals([await bench.after(5), bench.opened], [0, 0]);
  bench.taken = 132;
  assertEquals([await bench.after(1), bench.taken, bench.opened], [1, 100, 1]);
  assertEquals(await bench.after(60), 0);
});

Deno.test("keepHeapTrimmed() measures by the least that was seen", async () => {
  using bench = new Bench();
  await bench.after(1);
  bench.taken = 90;
  await bench.after(1);
  bench.taken = 122;
  bench.inUse = 80;
  assertEquals([await bench.after(1), bench.taken], [1, 80]);
  bench.taken = 112;
  assertEquals([await bench.after(2), bench.taken, bench.opened], [1, 80, 1]);
});

Deno.test("keepHeapTrimmed() tries ever more seldom while it brings little, and soon again once it brought more", async () => {
  using bench = new Bench();
  await bench.after(1);
  bench.taken = bench.inUse = 300;
  const tries = [];
  for (let minute = 0; minute < 5; minute++) tries.push(await bench.after(60));
  // At 1, 3, 7, 15, 31, then after a minute each.
  assertEquals(tries, [5, 1, 1, 1, 1]);
  bench.inUse = 150;
  await bench.after(60);
  assertEquals(bench.taken, 150);
  bench.taken = 200;
  assertEquals([await bench.after(1), bench.taken], [1, 150]);
});

Deno.test("keepHeapTrimmed() says once that it cannot, and ends with its signal", async () => {
  const clock = new FakeClock();
  const log = new FakeLog();
  const { signal } = new AbortController();
  let taken = 100;
  const refused = { trimHeap: () => Promise.reject(new Error("no such function")) };
  const residentBytes = (): number => taken * MIB;
  keepHeapTrimmed({ openKernel: () => refused, clock, log, signal, residentBytes });
  await clock.sleeping();
  await clock.advance(1_000);
  await clock.sleeping();
  taken = 200;
  await clock.advance(1_000);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(clock.pendingMs, []);
  assertEquals(log.lines.map(({ level, message }) => [level, message]), [
    ["warn", "memory is not given back"],
  ]);

  const bench = new Bench();
  await bench.clock.sleeping();
  bench[Symbol.dispose]();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals([bench.clock.pendingMs, bench.log.lines], [[], []]);
});
