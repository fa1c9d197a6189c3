/** Carries an output of a process into a log. */
import type { Clock } from "../../core/ports.ts";
import type { LineCutter } from "./line_cutter.ts";

/** Bytes taken before everybody else has a turn of the event loop: half a millisecond of work. */
const TURN_BYTES = 256 * 1024;

/** One output being read. */
export interface OutputPump {
  /** Resolves when the last process that has the output is gone, or it was cancelled. Never rejects. */
  readonly ended: Promise<void>;
  /** Reads no more. */
  cancel(): void;
}

/** Reads `stream` to its end, as fast as it comes, in turns with the event loop. */
export function pumpOutput(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  { cutter, clock }: { readonly cutter: LineCutter; readonly clock: Clock },
): OutputPump {
  const reader = stream.getReader();
  return {
    ended: pump(reader, cutter, clock).catch(() => {}).finally(() => cutter.end()),
    cancel() {
      reader.cancel().catch(() => {}); // It failed before: nothing is left to read.
    },
  };
}

async function pump(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  ...[cutter, clock]: readonly [LineCutter, Clock]
): Promise<void> {
  let taken = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    cutter.push(value);
    taken += value.length;
    if (taken < TURN_BYTES) continue;
    taken = 0;
    await clock.sleep(0);
  }
}
