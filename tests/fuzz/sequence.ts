/** One sequence: a server, a client that says what its seed drew, and all that must hold. */
import { type Http2Connection, serveHttp2 } from "../../api/http2/connection.ts";
import { type Http2Limits, http2Limits } from "../../api/http2/connection_limits.ts";
import { BufferBudget } from "../../api/http2/output_budget.ts";
import { Actor, HandlerFault } from "./actor.ts";
import { AnswerJudge } from "./answer_judge.ts";
import { Draw } from "./draw.ts";
import { FuzzClock } from "./fuzz_clock.ts";
import { FuzzDuplex } from "./fuzz_duplex.ts";
import { RequestJudge } from "./request_judge.ts";
import { drawParts, type Part } from "./script.ts";
import { leftovers, settledFaults } from "./verdict.ts";

/** Milliseconds after which a client that says nothing is gone, whatever it has open. */
const SILENT_MS = 400_000;
/** Milliseconds of a step on the way there. */
const SILENT_STEP_MS = 10_000;
export const SILENT_STEPS = SILENT_MS / SILENT_STEP_MS;

const PEER = { transport: "tcp", client: "192.0.2.1" } as const;

type Ending = "end" | "cut" | "fail" | "drain" | "abort" | "silence";

export class Sequence {
  readonly seed: number;
  readonly limits: Http2Limits;
  /** Whether its limits are so tight that they are met at any time. */
  readonly isTight: boolean;
  readonly request: RequestJudge;
  readonly answer: AnswerJudge;
  readonly duplex: FuzzDuplex;
  readonly clock = new FuzzClock();
  readonly budget: BufferBudget;
  readonly connection: Http2Connection;
  readonly actors: Actor[] = [];
  readonly faults: string[] = [];
  readonly parts: Part[];
  readonly ending: Ending;
  elapsedMs = 0;
  /** Whether it was told to drain in the middle. */
  drained = false;
  finished = false;
  released = false;
  readonly #stop = new AbortController();
  readonly #acts: Draw;
  #listeners = 0;

  constructor(seed: number, { mayBeSilent }: { readonly mayBeSilent: boolean }) {
    const draw = new Draw(seed);
    this.seed = seed;
    this.#acts = new Draw(~seed);
    this.isTight = draw.once(5);
    this.limits = { ...http2Limits(PEER), ...this.isTight ? tight(draw) : ample(draw) };
    this.budget = new BufferBudget(this.isTight && draw.once(4) ? 10_000 : 1 << 30);
    this.parts = drawParts(draw);
    const endings: [Ending, ...Ending[]] = ["end", "end", "end", "cut", "fail", "drain", "abort"];
    this.ending = mayBeSilent && draw.once(4) ? "silence" : draw.pick(endings);
    this.request = new RequestJudge(this.limits);
    this.answer = new AnswerJudge(this.request);
    this.duplex = new FuzzDuplex({
      draw: new Draw(seed ^ 0x5555_5555),
      onRead: (bytes) => this.request.take(bytes),
      onWritten: (bytes) => this.answer.take(bytes),
      onMisuse: (text) => this.faults.push(text),
    });
    this.connection = this.#serve();
  }

  /** Says part `index`, if there is one. */
  say(index: number): void {
    this.duplex.release();
    if (index > 0) this.#proceed();
    const part = this.parts[index];
    if (part === undefined) return;
    if (index > 0 && this.#acts.once(40)) {
      this.drained = true;
      this.connection.drain();
    }
    this.duplex.push(part.bytes);
    this.#tick(part.tickMs);
  }

  /** Everything said has taken effect. */
  settle(): void {
    this.faults.push(...settledFaults(this));
  }

  /** Begins the end. */
  end(): void {
    switch (this.ending) {
      case "cut":
        return this.connection.cut();
      case "fail":
        return this.duplex.fail();
      case "drain":
        return this.connection.drain();
      case "abort":
        return this.#stop.abort();
      case "end":
        return this.duplex.end();
    }
  }

  /** A step of silence, for who ends by it. */
  wait(): void {
    if (this.ending !== "silence") return;
    this.duplex.release();
    this.#tick(SILENT_STEP_MS);
  }

  /** Ends for good, whatever the ending drawn has left. */
  close(): void {
    this.duplex.release();
    if (this.ending === "silence" && !this.finished) {
      this.faults.push(`open after ${SILENT_MS} ms of silence`);
    }
    this.duplex.end();
  }

  /** What must not be there any more. */
  check(): readonly string[] {
    this.faults.push(...leftovers(this));
    if (this.#listeners !== 0) this.faults.push(`${this.#listeners} listeners of the signal left`);
    return [...this.faults, ...this.answer.faults];
  }

  #proceed(): void {
    for (const actor of this.actors) actor.proceed();
  }

  #tick(milliseconds: number): void {
    if (milliseconds === 0) return;
    this.elapsedMs += milliseconds;
    this.clock.tick(milliseconds);
  }

  #serve(): Http2Connection {
    const connection = serveHttp2(this.duplex, {
      handler: (exchange) => {
        const actor = new Actor(exchange, this.#acts);
        this.actors.push(actor);
        actor.begin();
      },
      peer: PEER,
      clock: this.clock,
      limits: this.limits,
      budget: this.budget,
      onError: (error) => {
        if (!(error instanceof HandlerFault)) this.faults.push(`reported: ${error}`);
      },
      signal: this.#watched(),
    });
    connection.finished.then(() => this.finished = true);
    connection.released.then(() => this.released = true);
    return connection;
  }

  /** The signal, its listeners counted. */
  #watched(): AbortSignal {
    const { signal } = this.#stop;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...words: Parameters<typeof add>) => {
      this.#listeners++;
      add(...words);
    };
    signal.removeEventListener = (...words: Parameters<typeof remove>) => {
      this.#listeners--;
      remove(...words);
    };
    return signal;
  }
}

/** Limits that a few frames do not meet, windows aside. */
function ample(draw: Draw): Partial<Http2Limits> {
  return {
    streamWindowBytes: draw.pick([1 << 20, 65_535, 1000, 100]),
    connectionWindowBytes: draw.pick([1 << 23, 1 << 17, 65_536]),
    streamBufferedMark: draw.pick([1 << 17, 1000]),
  };
}

function tight(draw: Draw): Partial<Http2Limits> {
  return {
    ...ample(draw),
    streamsMax: 1 + draw.below(4),
    resetsMax: draw.below(4),
    refusalsMax: draw.below(3),
    settingsMax: 1 + draw.below(4),
    pingsMax: draw.below(3),
    windowUpdatesMax: draw.below(4),
    chatterMax: draw.below(4),
    emptyDataMax: draw.below(3),
    headerBytesMax: draw.pick([50, 200, 400]),
    continuationsMax: 1 + draw.below(3),
    connectionBufferedMax: draw.pick([5000, 50_000]),
    outputMark: draw.pick([20, 1000]),
  };
}
