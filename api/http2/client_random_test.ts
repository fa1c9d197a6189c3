/** Servers that talk at random: whatever they say, a client's requests end, and nothing else does. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { data, frame, rstStream, uint32, windowUpdate } from "../../tests/fakes/http2_client.ts";
import { ANSWER, ClientHouse, goaway, settingsFrame } from "../../tests/fakes/http2_server.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { ConnectionLost, RequestUnprocessed, StreamClosed } from "./fault.ts";
import { Flag, FrameType } from "./frame_types.ts";

const SESSIONS = 100;
const FRAMES = 40;

/** Frames of which most are right, on streams of which most are open. */
class Babbler {
  readonly #random: FakeRandom;

  constructor(seed: number) {
    this.#random = new FakeRandom(seed);
  }

  below(bound: number): number {
    return this.#random.uint32() % bound;
  }

  frame(house: ClientHouse, streams: number): Uint8Array {
    const id = this.below(100) === 0 ? this.below(100) : 2 * this.below(Math.max(1, streams)) + 1;
    const { server } = house;
    switch (this.below(12)) {
      case 0:
      case 1:
      case 2:
        return server.headers(id, { pairs: ANSWER, end: this.below(4) === 0 });
      case 3:
        return server.headers(id, { pairs: ["grpc-status", "0"] });
      case 4:
      case 5:
        return data(id, this.below(2000), this.below(6) === 0);
      case 6:
        return windowUpdate(this.below(2) * id, this.below(70_000));
      case 7:
        return rstStream(id, this.below(14));
      case 8:
        return settingsFrame([
          1 + this.below(6),
          this.below(3) === 0 ? this.below(2 ** 31) : 20_000,
        ]);
      case 9:
        return frame(FrameType.PING, this.below(2), 0, new Uint8Array(8));
      case 10:
        return this.below(8) === 0 ? goaway(this.below(20), this.below(14)) : uselessFrame(this);
      default:
        return frame(FrameType.HEADERS, this.below(256) & ~Flag.PADDED, id, server.block(ANSWER));
    }
  }

  /** Some bytes of it changed, cut off or doubled, now and then. */
  spoilt(bytes: Uint8Array): Uint8Array {
    const spoilt = bytes.slice();
    if (this.below(40) !== 0 || spoilt.length === 0) return spoilt;
    for (let count = this.below(3); count >= 0; count--) {
      spoilt[this.below(spoilt.length)] = this.below(256);
    }
    return this.below(3) === 0 ? spoilt.subarray(0, this.below(spoilt.length)) : spoilt;
  }
}

function uselessFrame(babbler: Babbler): Uint8Array {
  return frame(10 + babbler.below(200), babbler.below(256), babbler.below(9), uint32(7));
}

Deno.test("clientHttp2() ends every request, whatever a server says", async () => {
  const ends = { answered: 0, refused: 0 };
  for (let seed = 1; seed <= SESSIONS; seed++) {
    const babbler = new Babbler(seed);
    await using house = new ClientHouse();
    const { connection, server } = house;
    const outcomes: Promise<void>[] = [];
    if (babbler.below(10) > 0) server.greet();
    for (let count = 0; count < FRAMES; count++) {
      if (connection.room > 0 && babbler.below(3) === 0) {
        const stream = house.ask("open");
        const read = async (): Promise<void> => {
          stream.write(new Uint8Array(babbler.below(40_000)));
          stream.end();
          await stream.answer;
          while (await stream.read() !== undefined);
          ends.answered++;
        };
        outcomes.push(
          read().catch((error: unknown) => {
            const isKnown = error instanceof ConnectionLost || error instanceof StreamClosed ||
              error instanceof RequestUnprocessed;
            if (!isKnown) throw error;
            ends.refused++;
          }),
        );
      }
      const open = 2 * outcomes.length - 1;
      if (open > 0 && babbler.below(6) === 0) server.answer(open);
      else server.send(babbler.spoilt(babbler.frame(house, outcomes.length)));
      if (babbler.below(6) === 0) await house.turn();
    }
    await house.turn();
    if (babbler.below(2) === 0) server.end();
    else connection.cut();
    await connection.finished;
    await Promise.all(outcomes);
    assertEquals([connection.streams, connection.room], [0, 0]);
  }
  assert(ends.answered > SESSIONS / 4 && ends.refused > SESSIONS / 4, JSON.stringify(ends));
});
