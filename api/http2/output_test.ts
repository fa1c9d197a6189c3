/** Frames on their way out, over a byte stream that takes what a test says. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import type { Duplex } from "./duplex.ts";
import { Output } from "./output.ts";

interface Write {
  readonly length: number;
  readonly taken: PromiseWithResolvers<number>;
}

class House {
  readonly writes: Write[] = [];
  readonly broken: unknown[] = [];
  /** How often room was made for those that wait. */
  fills = 0;
  /** Called before each write. */
  onFill: (() => void) | undefined;
  /** How often all was written. */
  wholes = 0;
  /** Whether write() throws. */
  throws = false;
  readonly output: Output;

  constructor(mark = 100) {
    const duplex: Duplex = {
      read: () => Promise.resolve(null),
      write: (bytes) => {
        if (this.throws) throw new Error("thrown");
        const taken = Promise.withResolvers<number>();
        this.writes.push({ length: bytes.length, taken });
        return taken.promise;
      },
      close: () => {},
    };
    this.output = new Output({
      duplex,
      mark,
      fill: () => {
        this.fills++;
        this.onFill?.();
      },
      onWritten: () => this.wholes++,
      onBroken: (error) => this.broken.push(error),
    });
  }

  /** Adds a frame of 9 bytes. */
  add(count = 1): void {
    for (let frame = 0; frame < count; frame++) this.output.frames.settingsAck();
    this.output.touch();
  }

  /** The byte stream takes `count` bytes of the last write. */
  async take(count?: number): Promise<void> {
    const last = this.writes.at(-1);
    last?.taken.resolve(count ?? last.length);
    await rounds(50);
  }

  get lengths(): number[] {
    return this.writes.map(({ length }) => length);
  }
}

/** So many rounds of microtasks pass. */
async function rounds(count: number): Promise<void> {
  for (let round = 0; round < count; round++) await Promise.resolve();
}

async function isSettled(promise: Promise<void>): Promise<boolean> {
  let settled = false;
  promise.then(() => settled = true);
  await rounds(3);
  return settled;
}

/** Rounds of microtasks until something is written. */
async function roundsUntilWrite(house: House): Promise<number> {
  let count = 0;
  for (; house.writes.length === 0 && count < 1000; count++) await Promise.resolve();
  return count;
}

Deno.test("Output sends all of a turn in one write once nothing came for three rounds", async () => {
  const house = new House();
  house.add();
  house.add();
  // One round to see the frames, and three quiet ones.
  assertEquals([await roundsUntilWrite(house), house.lengths], [4, [18]]);
  assertEquals(house.output.isWriting, true);
  const busy = new House();
  busy.add();
  for (let round = 0; round < 3; round++) await Promise.resolve();
  busy.add();
  assertEquals([await roundsUntilWrite(busy), busy.lengths], [4, [18]]);
});

Deno.test("Output sends what is there after 32 rounds, though more keeps coming", async () => {
  const house = new House();
  let count = 0;
  for (; house.writes.length === 0 && count < 1000; count++) {
    house.add();
    await Promise.resolve();
  }
  assertEquals([count, house.lengths], [33, [33 * 9]]);
});

Deno.test("Output counts the rounds of each turn anew", async () => {
  const house = new House();
  for (let turn = 1; turn <= 3; turn++) {
    for (let round = 0; round < 20; round++) {
      house.add();
      await Promise.resolve();
    }
    assertEquals(house.writes.length, turn - 1);
    await rounds(10);
    await house.take();
    assertEquals(house.lengths, new Array(turn).fill(20 * 9));
  }
});

Deno.test("Output has one write under way at a time, and sends at once what waited behind it", async () => {
  const house = new House();
  house.add();
  await rounds(10);
  house.add(2);
  house.output.touch();
  await rounds(50);
  assertEquals([house.lengths, house.output.written], [[9], 0]);
  await house.take();
  assertEquals([house.lengths, house.output.written, house.fills], [[9, 18], 9, 2]);
  await house.take();
  assertEquals([house.output.isWriting, house.output.written], [false, 27]);
});

Deno.test("Output lets those who wait add their frames before each write, and writes nothing where nobody does", async () => {
  const house = new House();
  house.onFill = () => house.output.frames.settingsAck();
  house.output.touch();
  await rounds(10);
  assertEquals(house.lengths, [9]);
  house.onFill = undefined;
  await house.take();
  assertEquals([house.lengths, house.output.isWriting, house.fills], [[9], false, 2]);
});

Deno.test("Output keeps to one write though who fills it touches it, before the first write and behind it", async () => {
  const house = new House();
  // As streams do that have waited: each frame of theirs says so.
  house.onFill = () => house.fills <= 3 ? house.add(house.fills) : undefined;
  house.output.touch();
  await rounds(200);
  // The touch of the first round was within it: the write under way is not begun again.
  assertEquals([house.lengths, house.broken], [[9], []]);
  await house.take();
  await rounds(200);
  assertEquals([house.lengths, house.broken], [[9, 18], []]);
  await house.take();
  assertEquals([house.lengths, house.broken], [[9, 18, 27], []]);
  await house.take();
  assertEquals([house.lengths, house.output.written], [[9, 18, 27], 54]);
});

Deno.test("Output goes on with the rest of a write that was taken in part", async () => {
  const house = new House();
  house.add(2);
  await rounds(10);
  await house.take(5);
  assertEquals([house.lengths, house.output.written, house.output.isWriting], [[18, 13], 5, true]);
  await house.take(12);
  await house.take(1);
  assertEquals([house.lengths, house.output.written], [[18, 13, 1], 18]);
  assertEquals(house.output.isWriting, false);
});

for (const count of [0, -1, 10, Number.NaN]) {
  Deno.test(`Output breaks off when a write of 9 bytes says that it took ${count}`, async () => {
    const house = new House();
    house.add();
    await rounds(10);
    await house.take(count);
    assertEquals(house.broken.map(String), [`RangeError: a write of 9 bytes took ${count}`]);
    assertEquals([house.output.isWriting, house.output.written], [false, 0]);
  });
}

Deno.test("Output breaks off when a write rejects or throws, with its reason", async () => {
  const house = new House();
  house.add();
  await rounds(10);
  const reason = new Error("broken pipe");
  house.writes[0]?.taken.reject(reason);
  await rounds(5);
  assertEquals([house.broken, house.output.isWriting], [[reason], false]);
  const throwing = new House();
  throwing.throws = true;
  throwing.add();
  await rounds(10);
  assertEquals(throwing.broken.map(String), ["Error: thrown"]);
  assertEquals(throwing.output.isWriting, false);
});

Deno.test("Output.isCongested is of more than the mark behind a write", async () => {
  const house = new House(18);
  house.add(3);
  assertEquals(house.output.isCongested, false);
  await rounds(10);
  house.add(2);
  assertEquals(house.output.isCongested, false);
  house.add(1);
  assertEquals(house.output.isCongested, true);
});

Deno.test("Output.room() resolves when a write is done or has failed, and at once where none is under way", async () => {
  const house = new House();
  assertEquals(await isSettled(house.output.room()), true);
  house.add();
  await rounds(10);
  const waiting = [house.output.room(), house.output.room()];
  assertEquals(await isSettled(house.output.room()), false);
  await house.take();
  for (const room of waiting) assertEquals(await isSettled(room), true);
  const failing = new House();
  failing.add();
  await rounds(10);
  const room = failing.output.room();
  failing.writes[0]?.taken.reject(new Error("broken"));
  assertEquals(await isSettled(room), true);
});

Deno.test("Output.close() lets nobody wait, sends nothing more, and is settled where no write is under way", async () => {
  const house = new House();
  assertEquals(await isSettled(house.output.settled), false);
  house.add();
  house.output.close();
  assertEquals(await isSettled(house.output.settled), true);
  house.add();
  await rounds(50);
  assertEquals([house.lengths, house.fills], [[], 0]);
});

/** How the write under way at a close ends. */
const LAST: Readonly<Record<string, (write: Write | undefined) => void>> = {
  "taken whole": (write) => write?.taken.resolve(18),
  "taken in part": (write) => write?.taken.resolve(7),
  "failed": (write) => write?.taken.reject(new Error("broken")),
};

for (const [name, end] of Object.entries(LAST)) {
  Deno.test(`Output.close() is settled when the write under way is ${name}, and nobody is told of a break`, async () => {
    const house = new House();
    house.add(2);
    await rounds(10);
    house.add();
    const room = house.output.room();
    house.output.close();
    assertEquals([await isSettled(room), await isSettled(house.output.settled)], [true, false]);
    assertEquals(await isSettled(house.output.room()), true);
    end(house.writes[0]);
    assertEquals(await isSettled(house.output.settled), true);
    await rounds(50);
    assertEquals([house.lengths, house.broken], [[18], []]);
  });
}

Deno.test("onWritten is called behind the last byte, and behind that of a closed one never", async () => {
  const house = new House();
  house.add(2);
  await rounds(50);
  await house.take(10);
  assertEquals(house.wholes, 0, "8 bytes are left");
  house.add();
  await house.take();
  assertEquals(house.wholes, 0, "a frame came meanwhile");
  await house.take();
  assertEquals(house.wholes, 1);
  house.add();
  await rounds(50);
  void house.output.close();
  await house.take();
  assertEquals(house.wholes, 1, "nothing more comes");
});
