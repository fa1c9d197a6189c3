/** The time-outs of a server's connection at their edges: a millisecond before, and at them. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { data, frame } from "../../tests/fakes/http2_client.ts";
import { ServerParts } from "../../tests/fakes/http2_server_parts.ts";
import { Deadlines, Standstill, type Verdict } from "./connection_deadlines.ts";
import { ConnectionFault, Http2Code } from "./fault.ts";
import { FrameReader } from "./frame_reader.ts";
import { Flag, FrameType } from "./frame_types.ts";

const START_MS = 5000;
const LIMITS = {
  settingsTimeoutMs: 10_000,
  headerTimeoutMs: 3000,
  writeTimeoutMs: 4000,
  idleTimeoutMs: 50_000,
  answerTimeoutMs: 6000,
  silenceMs: 20_000,
};

/** A connection that is looked at, begun at START_MS. */
class Watched {
  readonly parts = new ServerParts(LIMITS);
  readonly reader = new FrameReader(this.parts.frames, "server");
  readonly deadlines = new Deadlines({
    core: this.parts.core,
    frames: this.parts.frames,
    reader: this.reader,
    nowMs: START_MS,
  });
  #bytesRead = 0;

  read(bytes: Uint8Array): void {
    this.reader.room().set(bytes);
    this.reader.take(bytes.length);
    this.#bytesRead += bytes.length;
  }

  greet(): void {
    this.read(frame(FrameType.SETTINGS, 0, 0));
    this.read(frame(FrameType.SETTINGS, Flag.ACK, 0));
  }

  /** What a look says, so many milliseconds after the start. */
  at(ms: number, bytesRead = this.#bytesRead): Verdict | readonly [number, string] {
    const verdict = this.deadlines.look(START_MS + ms, bytesRead);
    return verdict instanceof ConnectionFault ? [verdict.code, verdict.message] : verdict;
  }
}

Deno.test("Standstill.of() is the time since a number has changed", () => {
  const still = new Standstill();
  assertEquals([still.of(0, 100), still.of(0, 130), still.of(1, 140), still.of(1, 141)], [
    0,
    30,
    0,
    1,
  ]);
});

Deno.test("Deadlines cuts a client that does not begin in time", () => {
  const watched = new Watched();
  assertEquals([watched.at(0), watched.at(2999), watched.at(3000)], ["quiet", "quiet", "cut"]);
});

Deno.test("Deadlines ends a connection whose SETTINGS are not acknowledged in time", () => {
  const watched = new Watched();
  watched.read(frame(FrameType.SETTINGS, 0, 0));
  assertEquals(watched.at(9999), "quiet");
  assertEquals(watched.at(10_000), [Http2Code.SETTINGS_TIMEOUT, "SETTINGS were not acknowledged"]);
  watched.read(frame(FrameType.SETTINGS, Flag.ACK, 0));
  assertEquals(watched.at(10_001), "quiet");
});

/** What a client begins and does not end. */
const BEGUN: Readonly<Record<string, Uint8Array>> = {
  "a frame": Uint8Array.of(0, 0, 8, FrameType.PING),
  "a header block": frame(FrameType.HEADERS, 0, 1, [0x88]),
};

for (const [name, bytes] of Object.entries(BEGUN)) {
  Deno.test(`Deadlines gives ${name} its time from its beginning, and no more`, () => {
    const watched = new Watched();
    watched.read(frame(FrameType.SETTINGS, 0, 0));
    assertEquals(watched.at(0), "quiet");
    watched.read(bytes);
    const calm = name === "a frame" ? "fine" : "quiet";
    assertEquals([watched.at(1900), watched.at(4899)], [calm, calm]);
    assertEquals(watched.at(4900, 1000), [
      Http2Code.PROTOCOL_ERROR,
      "a frame did not end in time",
    ]);
  });
}

Deno.test("Deadlines asks a silent client of an open stream once, and cuts it when it does not answer", () => {
  const watched = new Watched();
  watched.greet();
  watched.parts.ask(1)?.respond(200, []);
  assertEquals([watched.at(100), watched.at(20_099)], ["fine", "fine"]);
  assertEquals([watched.at(20_100), watched.at(20_101)], ["ask", "fine"]);
  assertEquals([watched.at(40_099), watched.at(40_100)], ["fine", "cut"]);
});

Deno.test("Deadlines asks again after every silence that was broken", () => {
  const watched = new Watched();
  watched.greet();
  watched.parts.ask(1)?.respond(200, []);
  assertEquals([watched.at(0, 50), watched.at(20_000, 50)], ["fine", "ask"]);
  assertEquals([watched.at(24_000, 51), watched.at(43_999, 51)], ["fine", "fine"]);
  assertEquals([watched.at(44_000, 51), watched.at(44_001, 51)], ["ask", "fine"]);
});

Deno.test("Deadlines ends a connection that is idle since its last stream, looked at or not", () => {
  const watched = new Watched();
  watched.greet();
  assertEquals(watched.at(0), "quiet");
  const stream = watched.parts.ask(1);
  stream?.respond(200, []);
  assertEquals(watched.at(10_000), "fine");
  stream?.end();
  assertEquals([watched.at(10_001), watched.at(60_000), watched.at(60_001)], [
    "quiet",
    "quiet",
    "idle",
  ]);
  // One that came and went between two looks.
  watched.parts.ask(3)?.respond(204, [], true);
  assertEquals([watched.at(70_000), watched.at(119_999), watched.at(120_000)], [
    "quiet",
    "quiet",
    "idle",
  ]);
});

Deno.test("Deadlines does not count time with streams as idle, though it looks seldom", () => {
  const watched = new Watched();
  watched.greet();
  const stream = watched.parts.ask(1);
  stream?.respond(200, []);
  for (const ms of [0, 19_000]) watched.at(ms, ms);
  stream?.end();
  assertEquals([watched.at(60_000), watched.at(109_999), watched.at(110_000)], [
    "quiet",
    "quiet",
    "idle",
  ]);
});

Deno.test("Deadlines cuts a client that takes no byte in time, from the write on", async () => {
  const watched = new Watched();
  const { client, core } = watched.parts;
  watched.greet();
  await client.turn();
  assertEquals(watched.at(0), "quiet");
  client.taking = "nothing";
  core.frames.settingsAck();
  core.touch();
  await client.turn();
  assertEquals([watched.at(4000), watched.at(7999), watched.at(8000)], ["fine", "fine", "cut"]);
  client.release();
  await client.turn();
  assertEquals(watched.at(20_000), "quiet");
});

Deno.test("Deadlines resets a stream whose body is awaited and does not come, a drip of it or not", () => {
  for (const [bytes, isReset] of [[0, true], [4095, true], [4096, false]] as const) {
    const watched = new Watched();
    watched.greet();
    const stream = watched.parts.ask(1, false);
    // Time in which nobody waits does not count.
    watched.at(0);
    stream?.collect(100_000, () => {});
    assertEquals([watched.at(1000), watched.at(6999), stream?.closed], ["fine", "fine", false]);
    watched.parts.take(data(1, bytes));
    watched.at(7000);
    assertEquals([bytes, stream?.closed], [bytes, isReset]);
    assertEquals(watched.parts.said().includes("RST_STREAM 1: 11"), isReset);
    if (isReset) continue;
    watched.at(12_999);
    assertEquals(stream?.closed, false);
    watched.at(13_000);
    assertEquals(stream?.closed, true);
  }
});

Deno.test("Deadlines counts anew for a stream that was not waited for in between", () => {
  const watched = new Watched();
  watched.greet();
  const stream = watched.parts.ask(1, false);
  stream?.read().catch(() => {});
  watched.at(0);
  watched.parts.take(data(1, 10));
  assertEquals([watched.at(5000), stream?.markedBytes], ["fine", -1]);
  stream?.read().catch(() => {});
  watched.at(6000);
  watched.at(11_999);
  assertEquals(stream?.closed, false);
  watched.at(12_000);
  assertEquals(stream?.closed, true);
});
