// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { answerUnary, Http2House } from "../../tests/fakes/http2_house.ts";
import {
  BusyPoll,
  NEAR_LEAST,
  NEAR_LEAST_MAX,
  NEAR_MS,
  NextRequest,
  POLL_MS,
} from "./busy_poll.ts";

/** An event loop whose turns take a microsecond each, and a peer. */
class Loop {
  nowMs = 1000;
  turns = 0;
  readonly poll = new BusyPoll({ turn: (then) => this.#due.push(then), nowMs: () => this.nowMs });
  #due: (() => void)[] = [];

  /** Whether somebody is awake. */
  get isBusy(): boolean {
    return this.#due.length > 0;
  }

  /** Lets time go by; while somebody polls it goes turn by turn. */
  pass(ms: number): void {
    const end = this.nowMs + ms;
    while (this.isBusy && this.nowMs < end) this.#turn();
    this.nowMs = Math.max(this.nowMs, end);
    if (this.isBusy) this.#turn();
  }

  #turn(): void {
    this.nowMs += 0.001;
    const due = this.#due;
    this.#due = [];
    this.turns += due.length;
    for (const then of due) then();
  }
}

/** Has a connection answer so many requests, each `gapMs` behind the answer before. @returns Turns of each gap. */
function talk(loop: Loop, next: NextRequest, requests: number, gapMs: number): number[] {
  const turns = [];
  for (let request = 0; request < requests; request++) {
    const before = loop.turns;
    next.written();
    loop.pass(gapMs);
    next.came();
    turns.push(loop.turns - before);
  }
  return turns;
}

/** So many turns are the whole time. */
function assertWhole(turns: number | undefined): void {
  const all = POLL_MS * 1000;
  assert(turns !== undefined && turns >= all - 1 && turns <= all + 1, `${turns}`);
}

Deno.test("a connection polls once some requests have come near behind the answers before", () => {
  const loop = new Loop();
  const turns = talk(loop, new NextRequest(loop.poll), NEAR_LEAST + 3, 0.02);
  assertEquals(turns.slice(0, NEAR_LEAST), Array(NEAR_LEAST).fill(0));
  for (const count of turns.slice(NEAR_LEAST)) assert(count >= 20 && count <= 22, `${count}`);
});

Deno.test("polling ends when what was looked for has come", () => {
  const loop = new Loop();
  const next = new NextRequest(loop.poll);
  talk(loop, next, NEAR_LEAST + 1, 0.02);
  loop.pass(0);
  assertEquals(loop.isBusy, false);
});

Deno.test("polling ends after its time, and nothing turns any more", () => {
  const loop = new Loop();
  const next = new NextRequest(loop.poll);
  talk(loop, next, NEAR_LEAST, 0.02);
  const before = loop.turns;
  next.written();
  loop.pass(50);
  assertEquals(loop.isBusy, false);
  assertWhole(loop.turns - before);
});

Deno.test("a wrong guess doubles what the next one asks for, up to a bound; right ones bring it back", () => {
  const loop = new Loop();
  const next = new NextRequest(loop.poll);
  for (let least = NEAR_LEAST; least <= 2 * NEAR_LEAST_MAX; least *= 2) {
    const asked = Math.min(least, NEAR_LEAST_MAX);
    const turns = talk(loop, next, asked, 0.02);
    assertEquals(turns, Array(asked).fill(0), `before guess ${least}`);
    const [polled] = talk(loop, next, 1, 5);
    assertWhole(polled);
  }
  talk(loop, next, 2 * NEAR_LEAST_MAX, 0.02);
  talk(loop, next, 1, 5);
  const turns = talk(loop, next, 2 * NEAR_LEAST + 1, 0.02);
  assertEquals(turns.indexOf(turns.find((count) => count > 0) ?? -1), 2 * NEAR_LEAST);
});

Deno.test("requests that are far from the answers before are never polled for", () => {
  const loop = new Loop();
  const next = new NextRequest(loop.poll);
  talk(loop, next, 50, NEAR_MS * 1.01);
  for (let burst = 0; burst < 20; burst++) {
    talk(loop, next, NEAR_LEAST - 1, NEAR_MS * 0.99);
    talk(loop, next, 1, 5);
  }
  assertEquals(loop.turns, 0);
  talk(loop, next, NEAR_LEAST + 1, NEAR_MS * 0.99);
  assert(loop.turns > 0);
});

Deno.test("more bytes of what came, before an answer, tell nothing", () => {
  const loop = new Loop();
  const next = new NextRequest(loop.poll);
  for (let count = 0; count < 50; count++) next.came();
  next.written();
  assertEquals(loop.isBusy, false);
  next.came();
  for (let request = 0; request < NEAR_LEAST; request++) {
    talk(loop, next, 1, 0.02);
    loop.pass(5);
    next.came();
  }
  next.written();
  assertEquals(loop.isBusy, true);
});

Deno.test("who is written to and says nothing is a wrong guess: events of a watch are not polled behind", () => {
  const loop = new Loop();
  const next = new NextRequest(loop.poll);
  talk(loop, next, NEAR_LEAST, 0.02);
  for (let event = 0; event < 100; event++) {
    next.written();
    loop.pass(5);
  }
  assertWhole(loop.turns);
});

Deno.test("an answer in two writes is polled behind once", () => {
  const loop = new Loop();
  const next = new NextRequest(loop.poll);
  talk(loop, next, NEAR_LEAST, 0.02);
  next.written();
  loop.pass(0.01);
  next.written();
  next.came();
  loop.pass(0.001);
  assertEquals(loop.isBusy, false);
});

Deno.test("who ends what had ended by itself keeps nobody from polling", () => {
  const loop = new Loop();
  loop.poll.end();
  loop.poll.begin(loop.nowMs + 0.01);
  loop.pass(0.005);
  assertEquals(loop.isBusy, true);
});

Deno.test("who waits goes on polling while another's bytes come", () => {
  const loop = new Loop();
  const [first, second] = [new NextRequest(loop.poll), new NextRequest(loop.poll)];
  for (const next of [first, second]) talk(loop, next, NEAR_LEAST, 0.02);
  first.written();
  second.written();
  loop.pass(0.01);
  second.came();
  loop.pass(0.01);
  assertEquals(loop.isBusy, true);
  first.came();
  loop.pass(0.001);
  assertEquals(loop.isBusy, false);
});

Deno.test("polling that ended without its request is over for those who come later, too", () => {
  const loop = new Loop();
  const [first, second] = [new NextRequest(loop.poll), new NextRequest(loop.poll)];
  for (const next of [first, second]) talk(loop, next, NEAR_LEAST, 0.02);
  first.written(); // Its peer is gone.
  loop.pass(5);
  second.written();
  loop.pass(0.01);
  second.came();
  loop.pass(0.001);
  assertEquals(loop.isBusy, false);
});

/** A connection that is greeted, and `loop` its poll. */
async function greeted(loop: Loop): Promise<Http2House> {
  const house = new Http2House({ handler: answerUnary, poll: loop.poll });
  house.client.greet();
  await house.client.turn();
  return house;
}

/** Asks for the nth time, 20 µs behind the answer before. */
async function ask({ client }: Http2House, loop: Loop, nth: number): Promise<void> {
  loop.pass(0.02);
  client.send(client.headers(2 * nth + 1));
  await client.turn();
}

Deno.test("a connection polls behind the answers of who asks one thing after another", async () => {
  const loop = new Loop();
  await using house = await greeted(loop);
  const polls: boolean[] = [];
  for (let nth = 0; nth < NEAR_LEAST + 2; nth++) {
    polls.push(loop.isBusy);
    await ask(house, loop, nth);
  }
  assertEquals(polls, [...Array(NEAR_LEAST).fill(false), true, true]);
  assertEquals(house.exchanges.length, NEAR_LEAST + 2);
});

Deno.test("a connection whose answer is not out yet does not poll", async () => {
  const loop = new Loop();
  await using house = await greeted(loop);
  for (let nth = 0; nth < NEAR_LEAST; nth++) await ask(house, loop, nth);
  assertEquals(loop.isBusy, true);
  house.client.taking = "nothing";
  await ask(house, loop, NEAR_LEAST);
  loop.pass(0.001);
  assertEquals(loop.isBusy, false);
});
