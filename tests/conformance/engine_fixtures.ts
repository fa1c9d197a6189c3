/** The world of the engine's cases: an engine on a state of its own, and time that passes when everybody sleeps. */
import type { Kind, Phase, Pointer, Resource } from "../../runtime/core/resource.ts";
import type { Clock } from "../../runtime/core/ports.ts";
import type { State } from "../../runtime/core/state.ts";
import { isNotFound } from "../../runtime/core/errors.ts";
import { createEngine, type Engine, type EngineOptions } from "../../runtime/engine/engine.ts";
import type { HistoryOptions } from "../../runtime/state/event_ring.ts";
import { memoryState } from "../../runtime/state/memory.ts";
import { FakeClock } from "../fakes/clock.ts";
import { INTS, item, STRS, valueOf } from "../fakes/engine_house.ts";
import { FakeLog } from "../fakes/log.ts";
import { FakeRandom } from "../fakes/random.ts";

export const SENTENCES: Kind = { namespace: "default", type: "test/sentence" };
export const EXTRAS: Kind = { namespace: "default", type: "test/extra" };

/** Every kind of the cases: what an engine that caches caches. */
export const ALL_KINDS: readonly Kind[] = [
  INTS,
  STRS,
  SENTENCES,
  EXTRAS,
  ...["source", "middle", "target"].map((namespace) => ({ namespace, type: INTS.type })),
];

/** Lets time pass in a world, and those who wait go on. */
export interface WorldDriver {
  readonly clock: Clock & {
    /** Moves time on; whoever is woken on the way has run as far as it can. */
    advance(milliseconds: number): Promise<void>;
    /** Resolves once somebody sleeps. */
    sleeping(): Promise<void>;
  };
  /** Turns after which what a case waits for does not come any more. */
  readonly turnsMax: number;
  /** The state as the engine is given it. */
  far(state: State): State;
  /** Lets those who wait go on, a little; where everybody sleeps, time passes. */
  turn(): Promise<void>;
  /** Lets everybody run as far as they can without time passing, except for writers who wait for the rate limit. */
  quiet(): Promise<void>;
}

/** How the engine of a run of the suite is made. */
export interface EngineSubject {
  readonly name: string;
  readonly options: Pick<EngineOptions, "cachedKinds" | "rateLimit">;
  /** Runs a case in one world, or in many; in one as it comes unless given. */
  readonly run?: (
    act: (driver: WorldDriver, options?: EngineSubject["options"]) => Promise<void>,
  ) => Promise<void>;
}

/** What a case may ask for. */
export interface WorldOptions {
  readonly history?: HistoryOptions;
  /** What the engine is given for its state. */
  readonly wrap?: (state: State) => State;
  /** Over those of the subject. */
  readonly engine?: Partial<EngineOptions>;
}

/** Events in a history of the cases, where a case does not want another. */
const HISTORY: HistoryOptions = { initial: 8, maximum: 1024, gap: 4 };

/** Turns of the event loop after which what a case waits for does not come any more. */
const TURNS_MAX = 2_000;

/** As it comes: everybody goes on at once, and time passes when everybody sleeps. */
function eventLoopDriver(): WorldDriver {
  const clock = new FakeClock();
  return {
    clock,
    turnsMax: TURNS_MAX,
    far: (state) => state,
    async turn() {
      await clock.advance(0);
      const [nextMs] = clock.pendingMs;
      if (nextMs !== undefined) await clock.advance(nextMs);
    },
    async quiet() {
      for (let turns = 0; turns < 12; turns++) await clock.advance(0);
    },
  };
}

export class EngineWorld implements AsyncDisposable {
  readonly clock: WorldDriver["clock"];
  readonly log = new FakeLog();
  readonly stop = new AbortController();
  readonly state: State;
  readonly engine: Engine;
  readonly isCached: boolean;
  readonly #driver: WorldDriver;
  #running: Promise<void> | undefined;

  constructor(
    { options }: EngineSubject,
    world: WorldOptions = {},
    driver: WorldDriver = eventLoopDriver(),
  ) {
    const { clock } = driver;
    const { log } = this;
    this.#driver = driver;
    this.clock = clock;
    const random = new FakeRandom();
    this.state = memoryState({ clock, random, history: world.history ?? HISTORY });
    const state = driver.far(world.wrap?.(this.state) ?? this.state);
    this.isCached = options.cachedKinds !== undefined;
    this.engine = createEngine({ ...options, state, clock, random, log, ...world.engine });
  }

  /** Runs the engine; resolves when it ended. */
  start(): Promise<void> {
    return this.#running = this.engine.run(this.stop.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop.abort();
    if (this.#running !== undefined) await this.passing(this.#running);
  }

  /** Waits for `awaited`; whenever everybody sleeps, time goes on to the next one who is due. */
  async passing<T>(awaited: Promise<T>): Promise<T> {
    let settled = false;
    awaited.catch(() => {}).finally(() => settled = true);
    for (let turns = 0; !settled; turns++) {
      if (turns > this.#driver.turnsMax) {
        throw new Error("Cannot wait any longer: it does not come");
      }
      await this.#driver.turn();
    }
    return await awaited;
  }

  /** Waits, as {@linkcode EngineWorld.passing}, until `wanted` gives true. */
  async until(wanted: () => boolean | Promise<boolean>): Promise<void> {
    for (let turns = 0; !await wanted(); turns++) {
      if (turns > this.#driver.turnsMax) throw new Error(`Cannot wait any longer for ${wanted}`);
      await this.#driver.turn();
    }
  }

  /** Lets everybody run as far as they can without time passing, except for writers who wait for the rate limit. */
  async quiet(): Promise<void> {
    await this.#driver.quiet();
  }

  /** Waits until a resource of the kind has that content, and is in that phase. */
  async becomes(
    kind: Kind,
    id: string,
    value: string,
    phase: Phase = "running",
  ): Promise<Resource> {
    let found: Resource | undefined;
    await this.until(async () => {
      found = await this.find({ ...kind, id });
      return found !== undefined && valueOf(found) === value && found.metadata.phase === phase;
    });
    if (found === undefined) throw new Error("unreachable: it was found");
    return found;
  }

  /** Waits until the resource is gone. */
  async gone(kind: Kind, id: string): Promise<void> {
    await this.until(async () => await this.find({ ...kind, id }) === undefined);
  }

  /** Waits until the resource is torn down. */
  async torn(kind: Kind, id: string): Promise<void> {
    await this.until(async () =>
      (await this.find({ ...kind, id }))?.metadata.phase === "tearingDown"
    );
  }

  /** Waits until the finalizers of a resource are these. */
  async heldBy(kind: Kind, id: string, ...finalizers: readonly string[]): Promise<void> {
    await this.until(async () =>
      (await this.find({ ...kind, id }))?.metadata.finalizers.join() === finalizers.join()
    );
  }

  async find(pointer: Pointer): Promise<Resource | undefined> {
    try {
      return await this.state.get(pointer);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return undefined;
    }
  }

  /** Creates a resource, or gives it another content. */
  async put(
    kind: Kind,
    id: string,
    value: string,
    labels: Readonly<Record<string, string>> = {},
  ): Promise<Resource> {
    const wanted = item(kind, id, value, labels);
    return await this.state.modify(wanted, ({ metadata }) => ({ ...wanted, metadata }));
  }

  /** The value of a metric; 0 where nobody counted. */
  metric(name: string, subject: string): number {
    const family = this.engine.metrics().find((each) => each.name === name);
    return family?.samples.find((sample) => sample.subject === subject)?.value ?? 0;
  }
}

/** Declares a case of the suite. */
export function engineCase(
  subject: EngineSubject,
  sentence: string,
  act: (world: EngineWorld) => Promise<void>,
  options: WorldOptions = {},
): void {
  const { run = (one) => one(eventLoopDriver()) } = subject;
  Deno.test(`${subject.name} ${sentence}`, async () => {
    await run(async (driver, engine = subject.options) => {
      await using world = new EngineWorld({ ...subject, options: engine }, options, driver);
      await act(world);
    });
  });
}

/** The resource with another content. */
export function withValue(resource: Resource, value: string): Resource {
  const { spec } = item(resource.metadata, resource.metadata.id, value);
  return { ...resource, spec };
}
