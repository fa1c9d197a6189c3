// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { SendWindow } from "./flow.ts";
import { type Sender, SendTurns } from "./output_turns.ts";

/** A stream with bytes to send, and what it sent. */
class FakeSender implements Sender {
  inTurn = false;
  readonly name: string;
  readonly log: string[];
  waiting: number;
  sendWindow: number;

  constructor(name: string, log: string[], { waiting = 0, window = 100_000 } = {}) {
    this.name = name;
    this.log = log;
    this.waiting = waiting;
    this.sendWindow = window;
  }

  sendSome(allowed: number): number {
    const count = Math.min(allowed, this.waiting, this.sendWindow);
    this.waiting -= count;
    this.sendWindow -= count;
    this.log.push(`${this.name}${count}`);
    return count;
  }
}

const never = (): boolean => false;

Deno.test("SendTurns.send() gives each stream a frame in turn until all is out", () => {
  const log: string[] = [];
  const turns = new SendTurns();
  assertEquals(turns.isEmpty, true);
  const window = new SendWindow(1_000_000);
  turns.add(new FakeSender("a", log, { waiting: 40_000 }));
  turns.add(new FakeSender("b", log, { waiting: 10 }));
  turns.add(new FakeSender("c", log, { waiting: 16_385 }));
  assertEquals(turns.isEmpty, false);
  assertEquals(turns.send(window, never), 6);
  assertEquals(log, ["a16384", "b10", "c16384", "a16384", "c1", "a7232"]);
  assertEquals([window.available, turns.isEmpty], [1_000_000 - 40_000 - 10 - 16_385, true]);
});

Deno.test("SendTurns.add() takes a stream once, and none whose window is shut", () => {
  const log: string[] = [];
  const turns = new SendTurns();
  const sender = new FakeSender("a", log, { waiting: 20_000 });
  const shut = [0, -1].map((window) => new FakeSender("shut", log, { waiting: 5, window }));
  for (const one of [sender, ...shut, sender]) turns.add(one);
  assertEquals([sender, ...shut].map(({ inTurn }) => inTurn), [true, false, false]);
  turns.add(new FakeSender("b", log, { waiting: 5 }));
  assertEquals(turns.send(new SendWindow(50_000), never), 3);
  assertEquals([log, sender.inTurn], [["a16384", "b5", "a3616"], false]);
  sender.waiting = 7;
  turns.add(sender);
  turns.send(new SendWindow(100), never);
  assertEquals(log.at(-1), "a7");
});

Deno.test("SendTurns.send() keeps to the connection's window, and goes on where it stopped", () => {
  const log: string[] = [];
  const turns = new SendTurns();
  turns.add(new FakeSender("a", log, { waiting: 50 }));
  turns.add(new FakeSender("b", log, { waiting: 50 }));
  const window = new SendWindow(60);
  turns.send(window, never);
  assertEquals([log, window.available, turns.isEmpty], [["a50", "b10"], 0, false]);
  turns.send(window, never);
  window.available = 100;
  turns.send(window, never);
  assertEquals([log, window.available], [["a50", "b10", "b40"], 60]);
  window.available = -5;
  turns.add(new FakeSender("c", log, { waiting: 1 }));
  turns.send(window, never);
  assertEquals(log.length, 3);
});

Deno.test("SendTurns.send() stops when the output is full, before the next frame", () => {
  const log: string[] = [];
  const turns = new SendTurns();
  turns.add(new FakeSender("a", log, { waiting: 40_000 }));
  const window = new SendWindow(100_000);
  turns.send(window, () => log.length === 1);
  turns.send(window, () => true);
  assertEquals(log, ["a16384"]);
});

Deno.test("SendTurns.send() passes over who has nothing any more, or a window that was shut", () => {
  const log: string[] = [];
  const turns = new SendTurns();
  const [gone, shut, open] = [1, 2, 3].map((name) =>
    new FakeSender(`${name}:`, log, { waiting: 5 })
  );
  for (const sender of [gone, shut, open]) if (sender !== undefined) turns.add(sender);
  if (gone !== undefined) gone.waiting = 0;
  if (shut !== undefined) shut.sendWindow = 0;
  assertEquals([turns.send(new SendWindow(100), never), log], [1, ["3:5"]]);
  assertEquals([gone?.inTurn, shut?.inTurn, open?.inTurn], [false, false, false]);
});

Deno.test("SendTurns.send() does not keep the place of who has bytes left and no window", () => {
  const log: string[] = [];
  const turns = new SendTurns();
  const sender = new FakeSender("a", log, { waiting: 50, window: 20 });
  turns.add(sender);
  turns.send(new SendWindow(100), never);
  assertEquals([log, turns.isEmpty, sender.inTurn], [["a20"], true, false]);
});

/** Frames that the peer's windows kept small do not count as ours: bytes, the window, and whether it counts. */
const COUNTED: readonly (readonly [number, number, number])[] = [
  [2000, 1023, 0],
  [2000, 1024, 1],
  [1023, 1023, 1],
  [1, 1, 1],
  [2, 1, 0],
];

for (const [waiting, bytes, count] of COUNTED) {
  Deno.test(`SendTurns.send() counts ${count} for ${bytes} bytes of ${waiting}`, () => {
    const turns = new SendTurns();
    turns.add(new FakeSender("a", [], { waiting, window: bytes }));
    assertEquals(turns.send(new SendWindow(100_000), never), count);
  });
}

Deno.test("SendTurns keeps the order through thousands of turns", () => {
  const log: string[] = [];
  const turns = new SendTurns();
  for (let name = 0; name < 2000; name++) {
    turns.add(new FakeSender(`${name}:`, log, { waiting: 2 }));
  }
  const window = new SendWindow(0);
  for (let sent = 0; sent < 4000; sent++) {
    window.available = 1;
    assertEquals(turns.isEmpty, false);
    turns.send(window, never);
  }
  assertEquals(turns.isEmpty, true);
  const order = Array.from({ length: 4000 }, (_, index) => `${index % 2000}:1`);
  assertEquals(log, order);
});
