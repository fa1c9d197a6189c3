import { TextLineStream } from "@std/streams";
import { plainText } from "./process.ts";

/** How often a console that has said nothing new is looked at. */
const LOOK_MS = 50;

/** Bytes of the end of a console that are shown when a machine did not come up. */
const TAIL_BYTES_MAX = 64 * 1024;

/** Lines of them. */
const TAIL_LINES_MAX = 12;

/**
 * The lines a guest writes to its console file, from the file's beginning, as they come and
 * without control characters. Ends when `signal` aborts, after what is there by then.
 */
export function consoleLines(path: string, signal: AbortSignal): ReadableStream<string> {
  return ReadableStream.from(followFile(path, signal))
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream())
    .pipeThrough(
      new TransformStream<string, string>({
        transform: (line, controller) => controller.enqueue(plainText(line)),
      }),
    );
}

async function* followFile(
  path: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path);
  for (;;) {
    const ended = signal.aborted;
    const piece = new Uint8Array(16 * 1024);
    const read = await file.read(piece);
    if (read !== null) yield piece.subarray(0, read);
    else if (ended) return;
    else await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** What the console said last, for a report of failure. */
export async function consoleTail(path: string): Promise<readonly string[]> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  await file.seek(Math.max(0, size - TAIL_BYTES_MAX), Deno.SeekMode.Start);
  const bytes = new Uint8Array(Math.min(size, TAIL_BYTES_MAX));
  let filled = 0;
  for (let read = 0; filled < bytes.length; filled += read) {
    read = await file.read(bytes.subarray(filled)) ?? 0;
    if (read === 0) break;
  }
  const text = plainText(new TextDecoder().decode(bytes.subarray(0, filled)));
  return text.split("\n").filter((line) => line.trim() !== "").slice(-TAIL_LINES_MAX);
}
