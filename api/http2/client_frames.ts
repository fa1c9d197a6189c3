import { type AnswerHead, answerHead } from "./answer_rules.ts";
import type { ClientCore } from "./client_core.ts";
import type { ClientStream } from "./client_stream.ts";
import { TABLE_BYTES_MAX } from "./connection_core.ts";
import { HeaderBlocks, unpadded } from "./connection_headers.ts";
import { ConnectionFault, ConnectionLost, Http2Code } from "./fault.ts";
import { Flood } from "./flood_meter.ts";
import { mustBeOfConnection, protocolFault, sizeFault } from "./frame_faults.ts";
import type { FrameSink } from "./frame_reader.ts";
import { Flag, FrameType, INT31_MAX, readUint31, readUint32 } from "./frame_types.ts";
import type { HeaderPairs } from "./header_pairs.ts";
import { trailersFault } from "./header_rules.ts";
import { type DecodedHeaders, HpackDecoder } from "./hpack_decoder.ts";

/** Bytes of the text of a GOAWAY that are repeated. */
const FAREWELL_BYTES_MAX = 128;

/** Heads that a server sends again and again are judged once. */
const HEADS_REMEMBERED = 8;

/** What each frame of a server does, by the rules of RFC 9113 §5 and §6. */
export class ClientFrames implements FrameSink {
  readonly #core: ClientCore;
  readonly #decoder: HpackDecoder;
  readonly headers: HeaderBlocks;
  readonly #lists: (HeaderPairs | undefined)[] = new Array(HEADS_REMEMBERED).fill(undefined);
  readonly #heads: (AnswerHead | string)[] = new Array(HEADS_REMEMBERED).fill("");
  #nextHead = 0;
  #greeted = false;

  constructor(core: ClientCore) {
    this.#core = core;
    this.headers = new HeaderBlocks(core.limits);
    this.#decoder = new HpackDecoder({
      tableBytesMax: TABLE_BYTES_MAX,
      listBytesMax: core.limits.headerBytesMax,
    });
  }

  /** Whether the server's first SETTINGS are here. */
  get isGreeted(): boolean {
    return this.#greeted;
  }

  onFrame(
    type: number,
    flags: number,
    streamId: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    if (!this.#greeted) this.#greet(type, flags);
    if (this.headers.isOpen && type !== FrameType.CONTINUATION) {
      throw protocolFault(`frame of type ${type} within a header block`);
    }
    switch (type) {
      case FrameType.DATA:
        this.#data(flags, streamId, bytes, start, end);
        break;
      case FrameType.HEADERS:
      case FrameType.CONTINUATION:
        this.#headers(type, flags, streamId, bytes.subarray(0, end), start);
        break;
      case FrameType.WINDOW_UPDATE:
        this.#windowUpdate(streamId, bytes, start, end);
        break;
      case FrameType.RST_STREAM:
        this.#rstStream(streamId, bytes, start, end);
        break;
      case FrameType.SETTINGS:
        this.#settings(flags, streamId, bytes, start, end);
        break;
      case FrameType.PING:
        this.#ping(flags, streamId, bytes, start, end);
        break;
      case FrameType.GOAWAY:
        this.#goaway(streamId, bytes, start, end);
        break;
      case FrameType.PUSH_PROMISE:
        throw protocolFault("PUSH_PROMISE, though we take no pushes");
      default:
        this.#core.count(Flood.CHATTER, "frames without a use");
    }
    return !this.#core.isOver;
  }

  #greet(type: number, flags: number): void {
    if (type !== FrameType.SETTINGS || (flags & Flag.ACK) !== 0) {
      throw protocolFault("its first frame is not SETTINGS");
    }
    this.#greeted = true;
  }

  #data(flags: number, streamId: number, bytes: Uint8Array, start: number, end: number): void {
    if (streamId === 0) throw protocolFault("DATA on stream 0");
    const core = this.#core;
    const counted = end - start;
    if (!core.receiveWindow.receive(counted)) {
      throw new ConnectionFault(
        Http2Code.FLOW_CONTROL_ERROR,
        "DATA beyond the connection's window",
      );
    }
    const last = (flags & Flag.END_STREAM) !== 0;
    const until = unpadded(flags, bytes, start, end);
    const from = (flags & Flag.PADDED) === 0 ? start : start + 1;
    if (until === from && !last) core.count(Flood.EMPTY_DATA, "DATA frames without bytes");
    const stream = core.get(streamId);
    if (stream === undefined) {
      if (core.isIdle(streamId)) throw protocolFault(`DATA on idle stream ${streamId}`);
      core.giveBack(counted);
      return;
    }
    const fault = stream.receive(bytes, { start: from, end: until, counted, last });
    if (fault === undefined) {
      if (counted > until - from) core.giveBack(counted - (until - from));
      return;
    }
    core.giveBack(counted);
    stream.fail(fault);
  }

  #headers(
    type: number,
    flags: number,
    streamId: number,
    bytes: Uint8Array,
    start: number,
  ): void {
    if (this.#core.isIdle(streamId)) throw protocolFault(`HEADERS on idle stream ${streamId}`);
    const { headers } = this;
    const block = type === FrameType.HEADERS
      ? headers.begin(streamId, flags, bytes, start, bytes.length)
      : headers.proceed(streamId, flags, bytes, start, bytes.length);
    if (block === undefined) return;
    // Also where nobody waits for it: the table must stay the server's.
    const decoded = this.#decoder.decode(block);
    const stream = this.#core.get(streamId);
    if (stream === undefined) return this.#core.count(Flood.CHATTER, "late frames");
    const fault = this.#answer(stream, decoded);
    if (fault !== undefined) stream.fail({ code: Http2Code.PROTOCOL_ERROR, message: fault });
  }

  /** @returns Why the stream must be reset. */
  #answer(stream: ClientStream, { pairs, tooLarge }: DecodedHeaders): string | undefined {
    const last = this.headers.endStream;
    if (tooLarge) return `a header list of more than ${this.#core.limits.headerBytesMax} bytes`;
    if (this.headers.dependsOnItself) return "a stream that depends on itself";
    if (stream.hasHead) {
      if (!last) return "trailers that do not end the stream";
      return trailersFault(pairs) ?? stream.receiveTrailers(pairs);
    }
    const head = this.#headOf(pairs);
    if (typeof head === "string") return head;
    if (head.status < 200) this.#core.count(Flood.CHATTER, "heads before the answer");
    this.#core.hasAnswered = true;
    return stream.receiveHead(head, last);
  }

  /** Blocks that come again are the same list. */
  #headOf(pairs: HeaderPairs): AnswerHead | string {
    const found = this.#lists.indexOf(pairs);
    if (found >= 0) return this.#heads[found] ?? "";
    const head = answerHead(pairs);
    const at = this.#nextHead++ % HEADS_REMEMBERED;
    this.#lists[at] = pairs;
    this.#heads[at] = head;
    return head;
  }

  #windowUpdate(streamId: number, bytes: Uint8Array, start: number, end: number): void {
    if (end - start !== 4) throw sizeFault("WINDOW_UPDATE", end - start, "4");
    const core = this.#core;
    core.count(Flood.WINDOW_UPDATES, "WINDOW_UPDATE frames");
    const increment = readUint31(bytes, start);
    if (streamId === 0) {
      if (increment === 0) throw protocolFault("WINDOW_UPDATE by 0");
      if (!core.sendWindow.grow(increment)) throw windowFault();
      if (!core.turns.isEmpty) core.touch();
      return;
    }
    const stream = core.get(streamId);
    if (stream === undefined) {
      if (core.isIdle(streamId)) throw protocolFault(`WINDOW_UPDATE on idle stream ${streamId}`);
      return;
    }
    if (increment === 0) {
      return stream.fail({ code: Http2Code.PROTOCOL_ERROR, message: "WINDOW_UPDATE by 0" });
    }
    if (stream.sendWindow + increment > INT31_MAX) {
      const code = Http2Code.FLOW_CONTROL_ERROR;
      return stream.fail({ code, message: "a window beyond 2^31-1" });
    }
    stream.sendWindow += increment;
    if (stream.waiting > 0) core.awaitTurn(stream);
  }

  #rstStream(streamId: number, bytes: Uint8Array, start: number, end: number): void {
    if (end - start !== 4) throw sizeFault("RST_STREAM", end - start, "4");
    if (this.#core.isIdle(streamId)) throw protocolFault(`RST_STREAM on idle stream ${streamId}`);
    const stream = this.#core.get(streamId);
    if (stream === undefined) return this.#core.count(Flood.CHATTER, "late frames");
    stream.wasReset(readUint32(bytes, start));
  }

  #settings(flags: number, streamId: number, bytes: Uint8Array, start: number, end: number): void {
    mustBeOfConnection("SETTINGS", streamId);
    const core = this.#core;
    core.count(Flood.SETTINGS, "SETTINGS frames");
    if ((flags & Flag.ACK) !== 0) {
      if (end > start) throw sizeFault("an acknowledgement of SETTINGS", end - start, "0");
      core.settingsAcknowledged = true;
      return;
    }
    const delta = core.settings.take(bytes, start, end);
    if (core.settings.pushes) throw protocolFault("SETTINGS_ENABLE_PUSH is 1, may be 0");
    // What is absent of the first frame has the value of RFC 9113 §6.5.2: no bound.
    core.settings.streamsMax ??= INT31_MAX;
    const { tableBytes } = core.settings;
    if (tableBytes !== undefined) {
      core.encoder.setTableBytesMax(tableBytes.least);
      core.encoder.setTableBytesMax(tableBytes.last);
    }
    if (delta !== 0) this.#changeWindows(delta);
    core.frames.settingsAck();
    core.touch();
    core.changed();
  }

  #changeWindows(delta: number): void {
    for (const stream of this.#core.all()) {
      stream.sendWindow += delta;
      if (stream.sendWindow > INT31_MAX) throw windowFault();
      if (stream.waiting > 0) this.#core.turns.add(stream);
    }
  }

  #ping(flags: number, streamId: number, bytes: Uint8Array, start: number, end: number): void {
    mustBeOfConnection("PING", streamId);
    if (end - start !== 8) throw sizeFault("PING", end - start, "8");
    this.#core.count(Flood.PINGS, "PING frames");
    if ((flags & Flag.ACK) !== 0) return;
    this.#core.frames.ping(bytes, start, true);
    this.#core.touch();
  }

  #goaway(streamId: number, bytes: Uint8Array, start: number, end: number): void {
    mustBeOfConnection("GOAWAY", streamId);
    if (end - start < 8) throw sizeFault("GOAWAY", end - start, "8 or more");
    this.#core.count(Flood.CHATTER, "frames without a use");
    const code = readUint32(bytes, start + 4);
    const words = farewell(bytes.subarray(start + 8, end));
    const message = `the server closes the connection, code ${code}${words}`;
    this.#core.goingAway(readUint31(bytes, start), new ConnectionLost(code, message));
  }
}

/** The words of a GOAWAY, as far as they are printable. */
function farewell(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes.subarray(0, FAREWELL_BYTES_MAX));
  const shown = text.replace(/[^\x20-\x7e]/g, "?").trim();
  return shown === "" ? "" : `: ${shown}`;
}

function windowFault(): ConnectionFault {
  return new ConnectionFault(Http2Code.FLOW_CONTROL_ERROR, "a window beyond 2^31-1");
}
