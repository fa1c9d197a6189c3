/** What is used of `@std/streams`; the npm package that serves it ships no types. */

/** Passes at most `size` bytes: ends there, or with `error` fails with a RangeError. */
export declare class LimitedBytesTransformStream
  extends TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  constructor(size: number, options?: { error?: boolean });
}
/** Splits text at `\n` or `\r\n`. */
export declare class TextLineStream extends TransformStream<string, string> {
  constructor(options?: { allowCR?: boolean });
}
export declare function toBytes(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array<ArrayBuffer>>;
export declare function toText(
  stream: ReadableStream<Uint8Array<ArrayBuffer> | string>,
): Promise<string>;
