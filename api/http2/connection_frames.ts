import { type ConnectionCore, TABLE_BYTES_MAX } from "./connection_core.ts";
import { HeaderBlocks, unpadded } from "./connection_headers.ts";
import { RequestHeads } from "./connection_lists.ts";
import { ConnectionFault, Http2Code } from "./fault.ts";
import { Flood } from "./flood_meter.ts";
import { mustBeOfConnection, protocolFault, sizeFault } from "./frame_faults.ts";
import type { FrameSink } from "./frame_reader.ts";
import { Flag, FrameType, INT31_MAX, readUint31, readUint32 } from "./frame_types.ts";
import type { HeaderPairs } from "./header_pairs.ts";
import { type RequestHead, trailersFault } from "./header_rules.ts";
import { type DecodedHeaders, HpackDecoder } from "./hpack_decoder.ts";
import { Stream } from "./stream.ts";

const NO_HEADERS: HeaderPairs = [];

/** What stands for the head of a request whose headers are too many to be read. */
const UNREAD_HEAD: RequestHead = {
  method: "",
  scheme: "",
  path: "",
  authority: "",
  headers: NO_HEADERS,
  contentLength: undefined,
  expectsContinue: false,
};

/** What each frame of the peer does, by the rules of RFC 9113 §5 and §6. */
export class ConnectionFrames implements FrameSink {
  readonly #core: ConnectionCore;
  readonly #decoder: HpackDecoder;
  readonly #heads = new RequestHeads();
  readonly headers: HeaderBlocks;
  /** Called with the payload of an acknowledged PING of ours. */
  readonly #onPong: () => void;
  #greeted = false;

  constructor(core: ConnectionCore, onPong: () => void) {
    const { limits } = core;
    this.#core = core;
    this.#onPong = onPong;
    this.headers = new HeaderBlocks(limits);
    this.#decoder = new HpackDecoder({
      tableBytesMax: TABLE_BYTES_MAX,
      listBytesMax: limits.headerBytesMax,
    });
  }

  /** Whether the peer's first SETTINGS are here. */
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
      case FrameType.HEADERS: {
        if (streamId % 2 === 0) throw protocolFault(`HEADERS on stream ${streamId}`);
        const block = this.headers.begin(streamId, flags, bytes, start, end);
        if (block !== undefined) this.#block(streamId, block);
        break;
      }
      case FrameType.CONTINUATION: {
        const block = this.headers.proceed(streamId, flags, bytes, start, end);
        if (block !== undefined) this.#block(streamId, block);
        break;
      }
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
      case FrameType.PRIORITY:
        this.#priority(streamId, bytes, start, end);
        break;
      case FrameType.GOAWAY:
        mustBeOfConnection("GOAWAY", streamId);
        if (end - start < 8) throw sizeFault("GOAWAY", end - start, "8 or more");
        // Its streams are answered all the same; then it closes, or is idle.
        this.#core.count(Flood.CHATTER, "frames without a use");
        break;
      case FrameType.PUSH_PROMISE:
        throw protocolFault("PUSH_PROMISE of a client");
      default:
        this.#core.count(Flood.CHATTER, "frames without a use");
    }
    return !this.#core.isOver;
  }

  #greet(type: number, flags: number): void {
    if (type !== FrameType.SETTINGS || (flags & Flag.ACK) !== 0) {
      throw protocolFault("the first frame is not SETTINGS");
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
    const stream = core.streams.get(streamId);
    if (stream === undefined || stream.requestEnded) {
      core.giveBack(counted);
      this.#strayData(streamId);
      return;
    }
    const fault = stream.receive(bytes, { start: from, end: until, counted, last });
    if (fault === undefined) {
      if (counted > until - from) core.giveBack(counted - (until - from));
    } else {
      core.giveBack(counted);
      core.resetStream(streamId, fault);
    }
  }

  #strayData(streamId: number): void {
    const { streams } = this.#core;
    if (streams.isIdle(streamId)) throw protocolFault(`DATA on idle stream ${streamId}`);
    if (streams.wasReset(streamId) || this.#isIgnored(streamId)) return;
    this.#core.resetStream(streamId, Http2Code.STREAM_CLOSED);
  }

  #block(streamId: number, block: Uint8Array): void {
    const decoded = this.#decoder.decode(block);
    const { streams } = this.#core;
    const stream = streams.get(streamId);
    if (stream !== undefined) return this.#trailers(stream, decoded);
    if (streamId <= streams.last) return this.#lateHeaders(streamId);
    streams.began(streamId);
    if (!this.#isIgnored(streamId)) this.#open(streamId, decoded);
  }

  /** Whether the stream was begun after we said which ones are answered. */
  #isIgnored(streamId: number): boolean {
    const { lastAnswered } = this.#core;
    return lastAnswered !== undefined && streamId > lastAnswered;
  }

  #open(streamId: number, { pairs, tooLarge }: DecodedHeaders): void {
    const core = this.#core;
    if (core.streams.size >= core.limits.streamsMax) return core.refuse(streamId);
    const ended = this.headers.endStream;
    const sendWindow = core.settings.initialWindowBytes;
    if (tooLarge) {
      const stream = new Stream(core, { id: streamId, head: UNREAD_HEAD, sendWindow, ended });
      core.streams.add(stream);
      stream.respond(431, NO_HEADERS, true);
      core.count(Flood.RESETS, "requests with too great a header list");
      return;
    }
    const head = this.#heads.of(pairs);
    if (
      typeof head === "string" || this.headers.dependsOnItself ||
      ended && (head.contentLength ?? 0) > 0
    ) {
      return core.resetStream(streamId, Http2Code.PROTOCOL_ERROR);
    }
    const stream = new Stream(core, { id: streamId, head, sendWindow, ended });
    core.streams.add(stream);
    core.handle(stream);
  }

  #trailers(stream: Stream, { pairs, tooLarge }: DecodedHeaders): void {
    if (stream.requestEnded) return stream.reset(Http2Code.STREAM_CLOSED);
    const isWrong = tooLarge || !this.headers.endStream || this.headers.dependsOnItself ||
      trailersFault(pairs) !== undefined;
    const fault = isWrong ? Http2Code.PROTOCOL_ERROR : stream.endRequest();
    if (fault !== undefined) stream.reset(fault);
  }

  #lateHeaders(streamId: number): void {
    const { streams } = this.#core;
    if (this.#isIgnored(streamId)) return;
    if (streams.wasReset(streamId)) return this.#core.count(Flood.CHATTER, "late frames");
    if (streams.hasEnded(streamId)) {
      throw new ConnectionFault(Http2Code.STREAM_CLOSED, `HEADERS on ended stream ${streamId}`);
    }
    throw protocolFault(`HEADERS on stream ${streamId} after stream ${streams.last}`);
  }

  #windowUpdate(streamId: number, bytes: Uint8Array, start: number, end: number): void {
    if (end - start !== 4) throw sizeFault("WINDOW_UPDATE", end - start, "4");
    const core = this.#core;
    core.count(Flood.WINDOW_UPDATES, "WINDOW_UPDATE frames");
    const increment = readUint31(bytes, start);
    if (streamId === 0) {
      if (increment === 0) throw protocolFault("WINDOW_UPDATE by 0");
      if (!core.sendWindow.grow(increment)) {
        throw new ConnectionFault(Http2Code.FLOW_CONTROL_ERROR, "a window beyond 2^31-1");
      }
      if (!core.turns.isEmpty) core.touch();
      return;
    }
    const stream = core.streams.get(streamId);
    if (stream === undefined) {
      if (core.streams.isIdle(streamId)) {
        throw protocolFault(`WINDOW_UPDATE on idle stream ${streamId}`);
      }
      return;
    }
    if (increment === 0) return stream.reset(Http2Code.PROTOCOL_ERROR);
    if (stream.sendWindow + increment > INT31_MAX) {
      return stream.reset(Http2Code.FLOW_CONTROL_ERROR);
    }
    stream.sendWindow += increment;
    if (stream.waiting > 0) core.awaitTurn(stream);
  }

  #rstStream(streamId: number, bytes: Uint8Array, start: number, end: number): void {
    if (end - start !== 4) throw sizeFault("RST_STREAM", end - start, "4");
    const { streams } = this.#core;
    if (streamId === 0) throw protocolFault("RST_STREAM on stream 0");
    const stream = streams.get(streamId);
    if (stream !== undefined) return stream.wasReset(readUint32(bytes, start));
    if (streams.isIdle(streamId)) throw protocolFault(`RST_STREAM on idle stream ${streamId}`);
    this.#core.count(Flood.CHATTER, "late frames");
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
    const { tableBytes } = core.settings;
    if (tableBytes !== undefined) {
      core.encoder.setTableBytesMax(tableBytes.least);
      core.encoder.setTableBytesMax(tableBytes.last);
    }
    if (delta !== 0) this.#changeWindows(delta);
    core.frames.settingsAck();
    core.touch();
  }

  #changeWindows(delta: number): void {
    for (const stream of this.#core.streams.all()) {
      stream.sendWindow += delta;
      if (stream.sendWindow > INT31_MAX) {
        throw new ConnectionFault(Http2Code.FLOW_CONTROL_ERROR, "a window beyond 2^31-1");
      }
      if (stream.waiting > 0) this.#core.turns.add(stream);
    }
  }

  #ping(flags: number, streamId: number, bytes: Uint8Array, start: number, end: number): void {
    mustBeOfConnection("PING", streamId);
    if (end - start !== 8) throw sizeFault("PING", end - start, "8");
    this.#core.count(Flood.PINGS, "PING frames");
    if ((flags & Flag.ACK) !== 0) return this.#onPong();
    this.#core.frames.ping(bytes, start, true);
    this.#core.touch();
  }

  #priority(streamId: number, bytes: Uint8Array, start: number, end: number): void {
    if (streamId === 0) throw protocolFault("PRIORITY on stream 0");
    this.#core.count(Flood.CHATTER, "frames without a use");
    const isSized = end - start === 5;
    if (isSized && readUint31(bytes, start) !== streamId) return;
    const code = isSized ? Http2Code.PROTOCOL_ERROR : Http2Code.FRAME_SIZE_ERROR;
    // Once is enough: nothing may follow a reset.
    if (this.#core.streams.wasReset(streamId)) return;
    if (!this.#core.streams.isIdle(streamId)) return this.#core.resetStream(streamId, code);
    // A stream that is idle cannot be reset.
    throw new ConnectionFault(code, `PRIORITY of stream ${streamId} that is none`);
  }
}
