// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { FakeClock } from "../tests/fakes/clock.ts";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { FakeLog } from "../tests/fakes/log.ts";
import { keepSocket, type Listener } from "./kept_socket.ts";

const PATH = "/run/strata/api.sock";

/** A socket whose file the listener makes, and takes away at its end. */
class Bench {
  readonly kernel = new FakeKernel();
  readonly clock = new FakeClock();
  readonly log = new FakeLog();
  readonly stop = new AbortController();
  /** Attempts to listen. */
  attempts = 0;
  /** Listeners that are open. */
  open = 0;
  /** Attempts that are refused, by number. */
  readonly refused = new Set<number>();
  #woken: () => void = () => {};

  readonly listen = (signal: AbortSignal): Promise<Listener> => {
    this.attempts += 1;
    this.#woken();
    if (this.refused.has(this.attempts)) return Promise.reject(new Error("the place is taken"));
    this.kernel.addNode(PATH, "socket");
    this.open += 1;
    const closed = new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => {
        if (this.kernel.lstat(PATH) !== undefined) this.kernel.remove(PATH);
        this.open -= 1;
        resolve();
      }, { once: true });
    });
    return Promise.resolve({ closed });
  };

  keep(): Promise<Listener> {
    const { clock, log, listen } = this;
    return keepSocket(this.kernel, { path: PATH, clock, log, listen, signal: this.stop.signal });
  }

  /** Waits until it was tried so often to listen. */
  async attempted(times: number): Promise<void> {
    while (this.attempts < times) {
      await new Promise<void>((resolve) => {
        this.#woken = resolve;
      });
    }
  }
}

Deno.test("keepSocket() listens again when the file is gone, and when its directories are", async () => {
  const bench = new Bench();
  const { closed } = await bench.keep();
  for (const [times, wiped] of [[2, PATH], [3, "/run/strata"], [4, PATH]] as const) {
    await new Promise((resolve) => setTimeout(resolve, 0)); // It looks on.
    bench.kernel.remove(wiped, { recursive: true });
    await bench.attempted(times);
    assertEquals([bench.kernel.lstat(PATH)?.type, bench.open], ["socket", 1]);
  }
  bench.stop.abort();
  await closed;
  assertEquals([bench.kernel.lstat(PATH), bench.open, bench.attempts], [undefined, 0, 4]);
});

Deno.test("keepSocket() is not moved by other files that come and go", async () => {
  const bench = new Bench();
  const { closed } = await bench.keep();
  for (let turn = 0; turn < 3; turn++) {
    bench.kernel.writeFile("/run/strata/other", "", { mode: 0o600 });
    bench.kernel.remove("/run/strata/other");
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assertEquals(bench.attempts, 1);
  bench.stop.abort();
  await closed;
});

Deno.test("keepSocket() tries again after a while when it cannot listen again", async () => {
  const bench = new Bench();
  bench.refused.add(2).add(3);
  const { closed } = await bench.keep();
  await new Promise((resolve) => setTimeout(resolve, 0));
  bench.kernel.remove(PATH);
  for (const times of [2, 3]) {
    await bench.attempted(times);
    await bench.clock.sleeping();
    await bench.clock.advance(1_000);
  }
  await bench.attempted(4);
  assertEquals(bench.open, 1);
  bench.stop.abort();
  await closed;
});

Deno.test("keepSocket() throws when it cannot listen at first, and ends while it waits to try again", async () => {
  const bench = new Bench();
  bench.refused.add(1).add(3);
  await assertRejects(() => bench.keep(), Error, "the place is taken");
  const { closed } = await bench.keep();
  await new Promise((resolve) => setTimeout(resolve, 0));
  bench.kernel.remove(PATH);
  await bench.clock.sleeping();
  bench.stop.abort();
  await closed;
  assertEquals(bench.open, 0);
});
