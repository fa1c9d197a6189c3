/** A process that {@linkcode FakeKernel} started: the test says what it writes, which signals end it, and when it ends. */
import type { ProcessEnd, ProcessRequest, RunningProcess } from "../../fs/kernel/process_calls.ts";

/** Bytes that a pipe takes before its writer waits. Source: pipe(7). */
const PIPE_BYTES = 64 * 1024;
/** C names of the signals that tests send, by number. Source: asm/signal.h. */
const SIGNALS: ReadonlyMap<number, string> = new Map([
  [1, "SIGHUP"],
  [2, "SIGINT"],
  [3, "SIGQUIT"],
  [9, "SIGKILL"],
  [10, "SIGUSR1"],
  [12, "SIGUSR2"],
  [15, "SIGTERM"],
]);
/** Added to the number of a signal to make an exit code. */
const SIGNAL_CODE = 128;

/** One output: what is written waits for who reads, as in a pipe. */
class FakeOutput {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  #room = Promise.withResolvers<void>();
  #isClosed = false;

  constructor() {
    this.stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => void (this.#controller = controller),
      pull: () => this.#wake(),
      cancel: () => {
        this.#isClosed = true;
        this.#wake();
      },
    }, { highWaterMark: PIPE_BYTES, size: (bytes) => bytes?.length ?? 0 });
  }

  /** @throws {Error} `EPIPE` when nobody can read it any more. */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    while (!this.#isClosed && (this.#controller?.desiredSize ?? 0) <= 0) await this.#room.promise;
    if (this.#isClosed) throw new Error("Cannot write: EPIPE");
    this.#controller?.enqueue(bytes);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#controller?.close();
    this.#wake();
  }

  #wake(): void {
    this.#room.resolve();
    this.#room = Promise.withResolvers();
  }
}

/** The process, seen from inside. */
export class FakeProcess implements RunningProcess {
  readonly pid: number;
  readonly request: ProcessRequest;
  /** Signals that came, in order. */
  readonly signals: number[] = [];
  /** Signals that do not end it; 9 always does. */
  readonly ignored = new Set<number>();
  /** Whether its outputs stay open after its end, as those of one that left a child. */
  leavesChild = false;
  /** Called for each signal before it has its effect. */
  onSignal: (signal: number) => void = () => {};
  readonly ended: Promise<ProcessEnd>;
  readonly #outputs = { stdout: new FakeOutput(), stderr: new FakeOutput() };
  readonly #end = Promise.withResolvers<ProcessEnd>();
  readonly #onEnd: () => void;
  #isRunning = true;

  constructor(facts: { pid: number; request: ProcessRequest; onEnd: () => void }) {
    this.pid = facts.pid;
    this.request = facts.request;
    this.#onEnd = facts.onEnd;
    this.ended = this.#end.promise;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  get stdout(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#outputs.stdout.stream;
  }

  get stderr(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#outputs.stderr.stream;
  }

  /** Writes; waits while 64 KiB are not read. @throws {Error} `EPIPE`. */
  async write(
    content: string | Uint8Array<ArrayBuffer>,
    output: "stdout" | "stderr" = "stdout",
  ): Promise<void> {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await this.#outputs[output].write(bytes);
  }

  /** Ends it: by a code, by a signal's number, or before its program is executed. */
  end(how: { code: number } | { signal: number } | { refused: ProcessEnd["refused"] }): void {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    if (!this.leavesChild) this.closeOutputs();
    if ("code" in how) this.#end.resolve({ code: how.code, signal: null });
    else if ("signal" in how) {
      const signal = SIGNALS.get(how.signal) ?? `${how.signal}`;
      this.#end.resolve({ code: SIGNAL_CODE + how.signal, signal });
    } else {
      const refused = how.refused === undefined ? {} : { refused: how.refused };
      this.#end.resolve({ code: 127, signal: null, ...refused });
    }
    this.#onEnd();
  }

  /** What the last process that has the outputs does when it ends. */
  closeOutputs(): void {
    this.#outputs.stdout.close();
    this.#outputs.stderr.close();
  }

  /** As the kernel does when somebody signals it. */
  receive(signal: number): void {
    if (signal === 0 || !this.#isRunning) return;
    this.signals.push(signal);
    this.onSignal(signal);
    if (signal === 9 || !this.ignored.has(signal)) this.end({ signal });
  }
}
