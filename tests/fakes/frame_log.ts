/** Frames as words, so that a test can say in a line what was to be sent. */
import {
  Flag,
  FRAME_HEADER_BYTES,
  FrameType,
  readUint31,
  readUint32,
} from "../../api/http2/frame_types.ts";
import type { FrameWriter } from "../../api/http2/frame_writer.ts";

const NAMES = new Map<number, string>(
  Object.entries(FrameType).map(([name, type]): [number, string] => [type, name]),
);

/** What bit 0 of the flags means, where it means anything. */
const FIRST_FLAG: Readonly<Record<string, string>> = {
  DATA: " END",
  HEADERS: " END",
  SETTINGS: " ACK",
  PING: " ACK",
};

/**
 * Takes all frames out of `writer`, and gives each as its name, its stream, its flags and what it says:
 * `DATA 1 END: 3 bytes`, `RST_STREAM 1: 8`, `GOAWAY 0: 0 11 "too many"`, `HEADERS 1: 88`.
 */
export function said(writer: FrameWriter): string[] {
  return framesIn(writer.take());
}

/** The same of bytes that begin with a frame. */
export function framesIn(bytes: Uint8Array): string[] {
  const words: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const payload = at + FRAME_HEADER_BYTES;
    const end = payload + (readUint32(bytes, at) >>> 8);
    const type = bytes[at + 3] ?? 0;
    const flags = bytes[at + 4] ?? 0;
    const name = NAMES.get(type) ?? `type ${type}`;
    const first = (flags & Flag.END_STREAM) === 0 ? "" : FIRST_FLAG[name] ?? " 1";
    const open = isOpen(type, flags) ? " OPEN" : "";
    const what = content(type, bytes.subarray(payload, end));
    words.push(`${name} ${readUint31(bytes, at + 5)}${first}${open}: ${what}`);
    at = end;
  }
  return words;
}

/** Whether a header block goes on in the next frame. */
function isOpen(type: number, flags: number): boolean {
  const isBlock = type === FrameType.HEADERS || type === FrameType.CONTINUATION;
  return isBlock && (flags & Flag.END_HEADERS) === 0;
}

function content(type: number, payload: Uint8Array): string {
  switch (type) {
    case FrameType.DATA:
      return `${payload.length} bytes`;
    case FrameType.RST_STREAM:
    case FrameType.WINDOW_UPDATE:
      return String(readUint32(payload, 0));
    case FrameType.GOAWAY: {
      const text = new TextDecoder().decode(payload.subarray(8));
      return `${readUint32(payload, 0)} ${readUint32(payload, 4)} ${JSON.stringify(text)}`;
    }
    default:
      return payload.toHex();
  }
}
