/** Frames of a client that end its connection, with the code and the whole message: RFC 9113 §5 and §6. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { data, frame, rstStream, uint32, windowUpdate } from "../../tests/fakes/http2_client.ts";
import { begun, ServerParts } from "../../tests/fakes/http2_server_parts.ts";
import { goaway, settingsFrame } from "../../tests/fakes/http2_server.ts";
import type { Http2Limits } from "./connection_limits.ts";
import { Http2Code } from "./fault.ts";
import { Flag, FrameType, INT31_MAX, Setting } from "./frame_types.ts";

const { PROTOCOL_ERROR, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, ENHANCE_YOUR_CALM } = Http2Code;
const { STREAM_CLOSED, COMPRESSION_ERROR } = Http2Code;
const PING = frame(FrameType.PING, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]);
const { SETTINGS, HEADERS, DATA, PRIORITY } = FrameType;

/** Frames behind a request on stream 5, the code and the whole message. */
const FAULTS: readonly (readonly [Uint8Array, number, string])[] = [
  [data(0, 1), PROTOCOL_ERROR, "DATA on stream 0"],
  [data(2, 1), PROTOCOL_ERROR, "DATA on idle stream 2"],
  [data(7, 1), PROTOCOL_ERROR, "DATA on idle stream 7"],
  [frame(DATA, Flag.PADDED, 5, [2, 0]), PROTOCOL_ERROR, "padding as long as its frame"],
  [frame(DATA, Flag.PADDED, 5, []), PROTOCOL_ERROR, "padding as long as its frame"],
  [frame(HEADERS, 4, 0, [0x82]), PROTOCOL_ERROR, "HEADERS on stream 0"],
  [frame(HEADERS, 4, 8, [0x82]), PROTOCOL_ERROR, "HEADERS on stream 8"],
  [frame(HEADERS, 4, 3, [0x82]), PROTOCOL_ERROR, "HEADERS on stream 3 after stream 5"],
  [
    frame(HEADERS, 4, 7, [0x80]),
    COMPRESSION_ERROR,
    "Cannot decode headers: index 0, may be 1 to 63",
  ],
  [
    frame(HEADERS, 4 | Flag.PRIORITY, 7, [0, 0, 0, 0]),
    FRAME_SIZE_ERROR,
    "HEADERS with 4 bytes of its 5 of priority",
  ],
  [
    frame(HEADERS, 4 | Flag.PRIORITY | Flag.PADDED, 7, [1, 0, 0, 0, 0, 0]),
    FRAME_SIZE_ERROR,
    "HEADERS with 4 bytes of its 5 of priority",
  ],
  [
    frame(FrameType.CONTINUATION, 4, 5, [0x82]),
    PROTOCOL_ERROR,
    "CONTINUATION of no open header block",
  ],
  [rstStream(0, 1), PROTOCOL_ERROR, "RST_STREAM on stream 0"],
  [rstStream(7, 1), PROTOCOL_ERROR, "RST_STREAM on idle stream 7"],
  [
    frame(FrameType.RST_STREAM, 0, 5, [1, 2, 3]),
    FRAME_SIZE_ERROR,
    "RST_STREAM of 3 bytes, may be 4",
  ],
  [
    frame(FrameType.WINDOW_UPDATE, 0, 5, [0, 0, 0, 0, 1]),
    FRAME_SIZE_ERROR,
    "WINDOW_UPDATE of 5 bytes, may be 4",
  ],
  [windowUpdate(0, 0), PROTOCOL_ERROR, "WINDOW_UPDATE by 0"],
  [windowUpdate(0, INT31_MAX - 65_534), FLOW_CONTROL_ERROR, "a window beyond 2^31-1"],
  [windowUpdate(7, 1), PROTOCOL_ERROR, "WINDOW_UPDATE on idle stream 7"],
  [frame(SETTINGS, 0, 5), PROTOCOL_ERROR, "SETTINGS on stream 5"],
  [
    frame(SETTINGS, Flag.ACK, 0, [0, 1]),
    FRAME_SIZE_ERROR,
    "an acknowledgement of SETTINGS of 2 bytes, may be 0",
  ],
  [
    frame(SETTINGS, 0, 0, new Uint8Array(7)),
    FRAME_SIZE_ERROR,
    "SETTINGS of 7 bytes, may be a multiple of 6",
  ],
  [
    settingsFrame([Setting.ENABLE_PUSH, 2]),
    PROTOCOL_ERROR,
    "SETTINGS_ENABLE_PUSH is 2, may be 0 or 1",
  ],
  [
    settingsFrame([Setting.INITIAL_WINDOW_SIZE, 2 ** 31]),
    FLOW_CONTROL_ERROR,
    "SETTINGS_INITIAL_WINDOW_SIZE is 2147483648, may be 2147483647 at most",
  ],
  [
    settingsFrame([Setting.MAX_FRAME_SIZE, 16_383]),
    PROTOCOL_ERROR,
    "SETTINGS_MAX_FRAME_SIZE is 16383, may be 16384 to 16777215",
  ],
  [
    settingsFrame([Setting.MAX_FRAME_SIZE, 2 ** 24]),
    PROTOCOL_ERROR,
    "SETTINGS_MAX_FRAME_SIZE is 16777216, may be 16384 to 16777215",
  ],
  [frame(FrameType.PING, 0, 3, uint32(1)), PROTOCOL_ERROR, "PING on stream 3"],
  [frame(FrameType.PING, 0, 0, uint32(1)), FRAME_SIZE_ERROR, "PING of 4 bytes, may be 8"],
  [frame(FrameType.GOAWAY, 0, 3, new Uint8Array(8)), PROTOCOL_ERROR, "GOAWAY on stream 3"],
  [
    frame(FrameType.GOAWAY, 0, 0, new Uint8Array(7)),
    FRAME_SIZE_ERROR,
    "GOAWAY of 7 bytes, may be 8 or more",
  ],
  [frame(FrameType.PUSH_PROMISE, 4, 5), PROTOCOL_ERROR, "PUSH_PROMISE of a client"],
  [frame(PRIORITY, 0, 0, new Uint8Array(5)), PROTOCOL_ERROR, "PRIORITY on stream 0"],
  [frame(PRIORITY, 0, 7, new Uint8Array(4)), FRAME_SIZE_ERROR, "PRIORITY of stream 7 that is none"],
  [frame(PRIORITY, 0, 7, [0, 0, 0, 7, 0]), PROTOCOL_ERROR, "PRIORITY of stream 7 that is none"],
];

for (const [bytes, code, message] of FAULTS) {
  Deno.test(`ConnectionFrames ends the connection: ${message} (flags ${bytes[4]}, ${bytes.length} bytes)`, () => {
    const parts = begun();
    parts.ask(5, false);
    assertEquals(parts.faultOf(bytes), [code, message]);
  });
}

/** What those frames are at their edges: nothing. */
const BORNE: readonly Uint8Array[] = [
  frame(DATA, Flag.PADDED, 5, [1, 0]),
  windowUpdate(0, INT31_MAX - 65_535),
  settingsFrame([Setting.ENABLE_PUSH, 1, Setting.ENABLE_PUSH, 0]),
  settingsFrame([Setting.INITIAL_WINDOW_SIZE, INT31_MAX]),
  settingsFrame([Setting.MAX_FRAME_SIZE, 16_384, Setting.MAX_FRAME_SIZE, 2 ** 24 - 1]),
  settingsFrame([Setting.MAX_HEADER_LIST_SIZE, 0, 0x99, 2 ** 32 - 1]),
  frame(FrameType.GOAWAY, 0, 0, new Uint8Array(8)),
  frame(PRIORITY, 0, 7, [0, 0, 0, 5, 0]),
  frame(PRIORITY, 0, 5, [0, 0, 0, 7, 0]),
];

for (const bytes of BORNE) {
  Deno.test(`ConnectionFrames bears ${bytes.toHex()}`, () => {
    const parts = begun();
    const stream = parts.ask(5, false);
    assertEquals([parts.faultOf(bytes), stream?.closed, parts.core.isOver], [
      undefined,
      false,
      false,
    ]);
  });
}

Deno.test("ConnectionFrames takes nothing but SETTINGS, and no acknowledgement, as the first frame", () => {
  const fault = [PROTOCOL_ERROR, "the first frame is not SETTINGS"] as const;
  assertEquals(new ServerParts().faultOf(PING), fault);
  assertEquals(new ServerParts().faultOf(frame(SETTINGS, Flag.ACK, 0)), fault);
  const parts = new ServerParts();
  assertEquals(parts.frames.isGreeted, false);
  assertEquals([parts.take(settingsFrame([])), parts.frames.isGreeted], [true, true]);
});

Deno.test("ConnectionFrames takes nothing but CONTINUATION of the same stream within a header block", () => {
  const parts = begun();
  parts.take(frame(HEADERS, 0, 1, [0x82]));
  assertEquals(parts.faultOf(PING), [PROTOCOL_ERROR, "frame of type 6 within a header block"]);
  assertEquals(parts.faultOf(frame(FrameType.CONTINUATION, 4, 3)), [
    PROTOCOL_ERROR,
    "CONTINUATION of no open header block",
  ]);
});

/** What is borne so often, its bound set to none: the frame, and what there were too many of. */
const NONE: Partial<Http2Limits> = { chatterMax: 0, streamsMax: 0 };
const COUNTED: readonly (readonly [Partial<Http2Limits>, Uint8Array, string | undefined])[] = [
  [{ settingsMax: 2 }, settingsFrame([]), "SETTINGS frames"],
  [{ settingsMax: 2 }, frame(SETTINGS, Flag.ACK, 0), "SETTINGS frames"],
  [{ pingsMax: 0 }, PING, "PING frames"],
  [{ pingsMax: 0 }, frame(FrameType.PING, Flag.ACK, 0, new Uint8Array(8)), "PING frames"],
  [{ windowUpdatesMax: 0 }, windowUpdate(0, 1), "WINDOW_UPDATE frames"],
  [NONE, frame(PRIORITY, 0, 9, new Uint8Array(5)), "frames without a use"],
  [NONE, frame(0x77, 0, 0), "frames without a use"],
  [NONE, goaway(1, 0), "frames without a use"],
  [{ emptyDataMax: 0 }, data(5, 0), "DATA frames without bytes"],
  [{ emptyDataMax: 0 }, frame(DATA, Flag.PADDED, 5, [3, 0, 0, 0]), "DATA frames without bytes"],
  [{ emptyDataMax: 0 }, data(5, 0, true), undefined],
  [{ emptyDataMax: 0 }, data(5, 1), undefined],
];

for (const [limits, bytes, what] of COUNTED) {
  const name = `${what ?? "no"} (type ${bytes[3]}, flags ${bytes[4]}, ${bytes.length} bytes)`;
  Deno.test(`ConnectionFrames counts ${name}`, () => {
    const parts = begun(limits);
    parts.ask(5, false);
    const fault = [ENHANCE_YOUR_CALM, `too many ${what}`] as const;
    assertEquals(parts.faultOf(bytes), what === undefined ? undefined : fault);
  });
}

Deno.test("ConnectionFrames keeps DATA to the connection's window, to the byte", () => {
  for (
    const [length, fault] of [[10, undefined], [11, [
      FLOW_CONTROL_ERROR,
      "DATA beyond the connection's window",
    ]]] as const
  ) {
    const parts = begun({ connectionWindowBytes: 10 });
    parts.ask(1, false);
    assertEquals(parts.faultOf(data(1, length)), fault);
  }
});

Deno.test("ConnectionFrames bears HEADERS on a stream that we have reset, and none on one that has ended", () => {
  const reset = begun({ chatterMax: 0, streamsMax: 1 });
  reset.ask(1)?.reset(Http2Code.CANCEL);
  // Two of each stream are borne.
  assertEquals([1, 2].map(() => reset.faultOf(reset.client.headers(1))), [undefined, undefined]);
  assertEquals(reset.faultOf(reset.client.headers(1)), [ENHANCE_YOUR_CALM, "too many late frames"]);
  const ended = begun();
  ended.ask(1)?.respond(204, [], true);
  assertEquals(ended.faultOf(ended.client.headers(1)), [
    STREAM_CLOSED,
    "HEADERS on ended stream 1",
  ]);
  const left = begun({ chatterMax: 0, streamsMax: 1 });
  left.ask(1);
  left.take(rstStream(1, 8));
  assertEquals([1, 2].map(() => left.faultOf(rstStream(1, 8))), [undefined, undefined]);
  assertEquals(left.faultOf(rstStream(1, 8)), [ENHANCE_YOUR_CALM, "too many late frames"]);
  assertEquals(left.faultOf(windowUpdate(1, 0)), undefined);
});
