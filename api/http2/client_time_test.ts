/** The time-outs of a client's connection at their edges: a millisecond before, and at them. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { frame } from "../../tests/fakes/http2_client.ts";
import { ClientParts } from "../../tests/fakes/http2_cores.ts";
import { settingsFrame } from "../../tests/fakes/http2_server.ts";
import { ClientDeadlines, type ClientVerdict } from "./client_deadlines.ts";
import { ConnectionFault, Http2Code } from "./fault.ts";
import { FrameReader } from "./frame_reader.ts";
import { Flag, FrameType } from "./frame_types.ts";

const START_MS = 5000;
const LIMITS = {
  settingsTimeoutMs: 10_000,
  headerTimeoutMs: 3000,
  writeTimeoutMs: 4000,
  silenceMs: 2000,
  pongTimeoutMs: 500,
};

/** A connection that is looked at, begun at START_MS. */
class Watched {
  readonly parts = new ClientParts(LIMITS);
  readonly reader = new FrameReader(this.parts.frames, "server");
  readonly deadlines = new ClientDeadlines({
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
    this.read(settingsFrame([]));
    this.read(frame(FrameType.SETTINGS, Flag.ACK, 0));
  }

  /** What a look says, so many milliseconds after the start. */
  at(ms: number, bytesRead = this.#bytesRead): ClientVerdict | readonly [number, string] {
    const verdict = this.deadlines.look(START_MS + ms, bytesRead);
    return verdict instanceof ConnectionFault ? [verdict.code, verdict.message] : verdict;
  }
}

Deno.test("ClientDeadlines gives up a server that does not begin in time", () => {
  const watched = new Watched();
  assertEquals([watched.at(0), watched.at(9999)], ["fine", "fine"]);
  assertEquals(watched.at(10_000), { giveUp: "it did not begin to speak HTTP/2 for 10000 ms" });
});

Deno.test("ClientDeadlines ends a connection whose SETTINGS are not acknowledged in time", () => {
  const watched = new Watched();
  watched.read(settingsFrame([]));
  assertEquals(watched.at(9999), "fine");
  assertEquals(watched.at(10_000), [Http2Code.SETTINGS_TIMEOUT, "SETTINGS were not acknowledged"]);
  watched.read(frame(FrameType.SETTINGS, Flag.ACK, 0));
  assertEquals(watched.at(20_000), "fine");
});

/** What a server begins and does not end. */
const BEGUN: Readonly<Record<string, Uint8Array>> = {
  "a frame": Uint8Array.of(0, 0, 8, FrameType.PING),
  "a header block": frame(FrameType.HEADERS, 0, 1, [0x88]),
};

for (const [name, bytes] of Object.entries(BEGUN)) {
  Deno.test(`ClientDeadlines gives ${name} its time from its beginning, and no more`, () => {
    const watched = new Watched();
    watched.parts.ask();
    watched.read(settingsFrame([]));
    assertEquals(watched.at(0), "fine");
    // Nothing had begun until now, and what has is the first or the second of its kind.
    watched.read(bytes);
    assertEquals([watched.at(1900), watched.at(4899 - 1000)], ["fine", "fine"]);
    assertEquals(watched.at(4899, 1000), "fine");
    assertEquals(watched.at(4900, 1000), [
      Http2Code.PROTOCOL_ERROR,
      "a frame did not end in time",
    ]);
  });
}

Deno.test("ClientDeadlines asks a silent server once, and gives it up when it does not answer", () => {
  const watched = new Watched();
  watched.greet();
  watched.parts.ask();
  assertEquals([watched.at(100), watched.at(2099)], ["fine", "fine"]);
  assertEquals([watched.at(2100), watched.at(2101), watched.at(2599)], ["ask", "fine", "fine"]);
  assertEquals(watched.at(2600), { giveUp: "it did not answer a PING for 500 ms" });
});

Deno.test("ClientDeadlines asks again after every silence that was broken", () => {
  const watched = new Watched();
  watched.greet();
  watched.parts.ask();
  assertEquals([watched.at(0, 50), watched.at(2000, 50)], ["fine", "ask"]);
  assertEquals([watched.at(2400, 51), watched.at(4399, 51)], ["fine", "fine"]);
  assertEquals([watched.at(4400, 51), watched.at(4401, 51)], ["ask", "fine"]);
});

Deno.test("ClientDeadlines asks nothing while nobody waits, and counts silence from the first request", () => {
  const watched = new Watched();
  watched.greet();
  for (const ms of [0, 2000, 9000, 100_000]) assertEquals(watched.at(ms), "fine");
  watched.parts.ask();
  // As many bytes as there are milliseconds, by chance.
  assertEquals(watched.at(102_000, START_MS + 100_000), "fine");
  assertEquals(watched.at(104_000, START_MS + 100_000), "ask");
});

Deno.test("ClientDeadlines gives up a server that takes no byte in time, from the write on", async () => {
  const watched = new Watched();
  const { server, core } = watched.parts;
  watched.greet();
  await server.turn();
  assertEquals(watched.at(0), "fine");
  server.taking = "nothing";
  core.frames.settingsAck();
  core.touch();
  await server.turn();
  assertEquals([watched.at(4000), watched.at(7999)], ["fine", "fine"]);
  assertEquals(watched.at(8000), { giveUp: "it took no byte for 4000 ms" });
  server.release();
  await server.turn();
  assertEquals(watched.at(20_000), "fine");
});
