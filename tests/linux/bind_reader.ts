/** A worker that reads a file without pause until told to stop, and counts what it saw. */

/** What it is told. */
export interface ReaderOrder {
  readonly path: string;
  /** One Int32: anything but 0 is the word to stop. */
  readonly stop: SharedArrayBuffer;
  /** Where answers go. */
  readonly answers: MessagePort;
}

/** What it answers: "reading" once it reads, then how often it read each content. */
export type ReaderAnswer = "reading" | Readonly<Record<string, number>>;

function read({ path, stop }: ReaderOrder): Record<string, number> {
  const seen: Record<string, number> = {};
  const word = new Int32Array(stop);
  do {
    let content: string;
    try {
      content = Deno.readTextFileSync(path);
    } catch (error) {
      content = String(error);
    }
    seen[content] = (seen[content] ?? 0) + 1;
  } while (Atomics.load(word, 0) === 0);
  return seen;
}

globalThis.addEventListener("message", (event: Event) => {
  if (!(event instanceof MessageEvent)) return;
  const order: ReaderOrder = event.data;
  order.answers.postMessage("reading" satisfies ReaderAnswer);
  order.answers.postMessage(read(order) satisfies ReaderAnswer);
});
