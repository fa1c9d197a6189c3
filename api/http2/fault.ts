/** Error codes of HTTP/2, RFC 9113 §7. */
export const Http2Code = {
  NO_ERROR: 0x0,
  PROTOCOL_ERROR: 0x1,
  INTERNAL_ERROR: 0x2,
  FLOW_CONTROL_ERROR: 0x3,
  SETTINGS_TIMEOUT: 0x4,
  STREAM_CLOSED: 0x5,
  FRAME_SIZE_ERROR: 0x6,
  REFUSED_STREAM: 0x7,
  CANCEL: 0x8,
  COMPRESSION_ERROR: 0x9,
  CONNECT_ERROR: 0xa,
  ENHANCE_YOUR_CALM: 0xb,
  INADEQUATE_SECURITY: 0xc,
  HTTP_1_1_REQUIRED: 0xd,
} as const;

/** One of {@linkcode Http2Code}; a peer may send any other 32-bit number. */
export type Http2Code = number;

/** The peer broke a rule of the connection: it is told by GOAWAY with `code` and `message`, then cut. */
export class ConnectionFault extends Error {
  override readonly name = "ConnectionFault";
  readonly code: Http2Code;

  constructor(code: Http2Code, message: string) {
    super(message);
    this.code = code;
  }
}

/** The peer broke a rule of one stream: that stream is reset with `code`, the others go on. */
export class StreamFault extends Error {
  override readonly name = "StreamFault";
  readonly code: Http2Code;
  readonly streamId: number;

  constructor(streamId: number, code: Http2Code, message: string) {
    super(message);
    this.streamId = streamId;
    this.code = code;
  }
}

/** A stream ended before its message did: reset by either side, or its connection is gone. */
export class StreamClosed extends Error {
  override readonly name = "StreamClosed";
  /** What the reset said; NO_ERROR where the connection went without a word. */
  readonly code: Http2Code;

  constructor(code: Http2Code, message: string) {
    super(message);
    this.code = code;
  }
}

/** The server has not looked at a request, which may be sent again. */
export class RequestUnprocessed extends Error {
  override readonly name = "RequestUnprocessed";
  readonly code: Http2Code;

  constructor(code: Http2Code, message: string) {
    super(message);
    this.code = code;
  }
}

/** As many requests wait for a server as may: another one is not taken. */
export class TooManyWaiting extends Error {
  override readonly name = "TooManyWaiting";
}

/** A client's connection is gone, or none came about, and nobody knows what became of its requests. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
  /** What either end said of it by GOAWAY; NO_ERROR where it went without a word. */
  readonly code: Http2Code;

  constructor(code: Http2Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
