/** Frames of a server that end its connection, with the code and the whole message: RFC 9113 §5 and §6. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { data, frame, rstStream, uint32, windowUpdate } from "../../tests/fakes/http2_client.ts";
import { ClientParts, greeted } from "../../tests/fakes/http2_cores.ts";
import { goaway, settingsFrame } from "../../tests/fakes/http2_server.ts";
import type { ClientLimits } from "./client_limits.ts";
import { Http2Code } from "./fault.ts";
import { Flag, FrameType, INT31_MAX, Setting } from "./frame_types.ts";

const PING = frame(FrameType.PING, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]);

const { PROTOCOL_ERROR, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, ENHANCE_YOUR_CALM } = Http2Code;

/** Frames that end the connection, the code and the whole message. */
const FAULTS: readonly (readonly [Uint8Array, number, string])[] = [
  [data(0, 1), PROTOCOL_ERROR, "DATA on stream 0"],
  [data(2, 1), PROTOCOL_ERROR, "DATA on idle stream 2"],
  [data(3, 1), PROTOCOL_ERROR, "DATA on idle stream 3"],
  [frame(FrameType.HEADERS, 4, 0), PROTOCOL_ERROR, "HEADERS on idle stream 0"],
  [frame(FrameType.HEADERS, 4, 3), PROTOCOL_ERROR, "HEADERS on idle stream 3"],
  [rstStream(0, 1), PROTOCOL_ERROR, "RST_STREAM on idle stream 0"],
  [rstStream(3, 1), PROTOCOL_ERROR, "RST_STREAM on idle stream 3"],
  [
    frame(FrameType.RST_STREAM, 0, 1, [1, 2, 3]),
    FRAME_SIZE_ERROR,
    "RST_STREAM of 3 bytes, may be 4",
  ],
  [
    frame(FrameType.WINDOW_UPDATE, 0, 1, [0, 0, 0, 0, 1]),
    FRAME_SIZE_ERROR,
    "WINDOW_UPDATE of 5 bytes, may be 4",
  ],
  [windowUpdate(0, 0), PROTOCOL_ERROR, "WINDOW_UPDATE by 0"],
  [windowUpdate(0, INT31_MAX), FLOW_CONTROL_ERROR, "a window beyond 2^31-1"],
  [windowUpdate(3, 1), PROTOCOL_ERROR, "WINDOW_UPDATE on idle stream 3"],
  [frame(FrameType.SETTINGS, 0, 1), PROTOCOL_ERROR, "SETTINGS on stream 1"],
  [
    frame(FrameType.SETTINGS, Flag.ACK, 0, [0, 1]),
    FRAME_SIZE_ERROR,
    "an acknowledgement of SETTINGS of 2 bytes, may be 0",
  ],
  [
    settingsFrame([Setting.ENABLE_PUSH, 1]),
    PROTOCOL_ERROR,
    "SETTINGS_ENABLE_PUSH is 1, may be 0",
  ],
  [frame(FrameType.PING, 0, 3, uint32(1)), PROTOCOL_ERROR, "PING on stream 3"],
  [frame(FrameType.PING, 0, 0, uint32(1)), FRAME_SIZE_ERROR, "PING of 4 bytes, may be 8"],
  [frame(FrameType.GOAWAY, 0, 3, new Uint8Array(8)), PROTOCOL_ERROR, "GOAWAY on stream 3"],
  [
    frame(FrameType.GOAWAY, 0, 0, new Uint8Array(7)),
    FRAME_SIZE_ERROR,
    "GOAWAY of 7 bytes, may be 8 or more",
  ],
  [frame(FrameType.PUSH_PROMISE, 4, 1), PROTOCOL_ERROR, "PUSH_PROMISE, though we take no pushes"],
];

for (const [bytes, code, message] of FAULTS) {
  Deno.test(`ClientFrames ends the connection: ${message}`, () => {
    assertEquals(greeted().faultOf(bytes), [code, message]);
  });
}

Deno.test("ClientFrames takes nothing but SETTINGS, and no acknowledgement, as the first frame", () => {
  const fault = [PROTOCOL_ERROR, "its first frame is not SETTINGS"] as const;
  assertEquals(new ClientParts().faultOf(PING), fault);
  assertEquals(new ClientParts().faultOf(frame(FrameType.SETTINGS, Flag.ACK, 0)), fault);
  const parts = new ClientParts();
  assertEquals(parts.frames.isGreeted, false);
  assertEquals([parts.take(settingsFrame([])), parts.frames.isGreeted], [true, true]);
});

Deno.test("ClientFrames takes nothing but CONTINUATION within a header block", () => {
  const parts = greeted();
  parts.take(frame(FrameType.HEADERS, 0, 1, [0x88]));
  const fault = [PROTOCOL_ERROR, "frame of type 6 within a header block"] as const;
  assertEquals(parts.faultOf(PING), fault);
  assertEquals(parts.faultOf(frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1)), undefined);
  assertEquals(parts.faultOf(PING), undefined);
});

/** What is borne so often, its bound set to 0: the frame, and what there were too many of. */
const NONE: Partial<ClientLimits> = { chatterMax: 0, streamsMax: 0 };
const COUNTED: readonly (readonly [Partial<ClientLimits>, Uint8Array, string | undefined])[] = [
  [{ settingsMax: 1 }, settingsFrame([]), "SETTINGS frames"],
  [{ settingsMax: 1 }, frame(FrameType.SETTINGS, Flag.ACK, 0), "SETTINGS frames"],
  [{ pingsMax: 0 }, PING, "PING frames"],
  [{ pingsMax: 0 }, frame(FrameType.PING, Flag.ACK, 0, new Uint8Array(8)), "PING frames"],
  [{ windowUpdatesMax: 0 }, windowUpdate(1, 1), "WINDOW_UPDATE frames"],
  [NONE, frame(FrameType.PRIORITY, 0, 1, new Uint8Array(5)), "frames without a use"],
  [NONE, frame(0x77, 0, 0), "frames without a use"],
  [NONE, goaway(1, 0), "frames without a use"],
  [NONE, frame(FrameType.HEADERS, 4, 1, [0x48, 3, 0x31, 0x39, 0x39]), "heads before the answer"],
  [NONE, frame(FrameType.HEADERS, 4, 1, [0x88]), undefined],
  [{ emptyDataMax: 0 }, data(1, 0), "DATA frames without bytes"],
  [
    { emptyDataMax: 0 },
    frame(FrameType.DATA, Flag.PADDED, 1, [3, 0, 0, 0]),
    "DATA frames without bytes",
  ],
  [{ emptyDataMax: 0 }, data(1, 0, true), undefined],
  [{ emptyDataMax: 0 }, data(1, 1), undefined],
];

for (const [limits, bytes, what] of COUNTED) {
  const name = `${what ?? "no"} (type ${bytes[3]}, flags ${bytes[4]}, ${bytes.length} bytes)`;
  Deno.test(`ClientFrames counts ${name}`, () => {
    const fault = [ENHANCE_YOUR_CALM, `too many ${what}`] as const;
    assertEquals(greeted(limits).faultOf(bytes), what === undefined ? undefined : fault);
  });
}
