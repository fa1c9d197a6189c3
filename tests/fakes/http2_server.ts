/** A server of HTTP/2 in memory, which says what it is told to, right or wrong; and a client of ours that asks it. */
import {
  type ClientConnection,
  type ClientConnectionOptions,
  clientHttp2,
} from "../../api/http2/client_connection.ts";
import type { ClientStream } from "../../api/http2/client_stream.ts";
import { Flag, FrameType, PREFACE } from "../../api/http2/frame_types.ts";
import { FakeClock } from "./clock.ts";
import { FakeHttp2Client, frame, REQUEST, uint32 } from "./http2_client.ts";

/** A plain answer. */
export const ANSWER: readonly string[] = [":status", "200", "content-type", "application/grpc"];

/** Both ends say the same things: this one hears a preface first, and has none to say. */
export class FakeHttp2Server extends FakeHttp2Client {
  constructor() {
    super(PREFACE.length);
  }

  /** Settings, and the acknowledgement of the client's. */
  override greet(settings: readonly number[] = []): void {
    this.send(settingsFrame(settings), frame(FrameType.SETTINGS, Flag.ACK, 0));
  }

  /** A whole answer: head, body and trailers. */
  answer(streamId: number, body = "body"): void {
    this.send(
      this.headers(streamId, { pairs: ANSWER, end: false }),
      frame(FrameType.DATA, 0, streamId, new TextEncoder().encode(body)),
      this.headers(streamId, { pairs: ["grpc-status", "0"] }),
    );
  }
}

/** SETTINGS. */
export function settingsFrame(settings: readonly number[]): Uint8Array {
  const payload: number[] = [];
  for (let index = 0; index + 1 < settings.length; index += 2) {
    const identifier = settings[index] ?? 0;
    payload.push(identifier >> 8, identifier & 0xff, ...uint32(settings[index + 1] ?? 0));
  }
  return frame(FrameType.SETTINGS, 0, 0, payload);
}

/** GOAWAY. */
export function goaway(lastStreamId: number, code: number, words = ""): Uint8Array {
  const text = new TextEncoder().encode(words);
  return frame(FrameType.GOAWAY, 0, 0, [...uint32(lastStreamId), ...uint32(code), ...text]);
}

/** One connection of a client of ours, and its server. */
export class ClientHouse implements AsyncDisposable {
  readonly server = new FakeHttp2Server();
  readonly clock = new FakeClock();
  readonly connection: ClientConnection;

  constructor({ limits }: Pick<ClientConnectionOptions, "limits"> = {}) {
    const { clock } = this;
    this.connection = clientHttp2(
      this.server.duplex,
      limits === undefined ? { clock } : { clock, limits },
    );
  }

  /** Begins a request; with a body to come where `open`. */
  ask(how: "ended" | "open" = "ended"): ClientStream {
    return this.connection.open(REQUEST, { ended: how === "ended" });
  }

  turn(): Promise<void> {
    return this.server.turn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.connection.cut();
    await this.connection.finished;
    await this.turn();
  }
}
