// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { etcFileSpec } from "../runtime/resources/fs.ts";
import { apiFixture } from "../tests/fakes/api.ts";
import { KEEP_ALIVE_MS } from "./limits.ts";

const KIND = "/api/v1/resources/_/etcfilespec";

/** Reads a stream of text until it holds `count` times `mark`. */
class Reader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  readonly #decoder = new TextDecoder();
  text = "";

  constructor(response: Response) {
    if (response.body === null) throw new Error(`no body, status ${response.status}`);
    this.#reader = response.body.getReader();
  }

  async until(mark: string, count = 1): Promise<string> {
    while (this.text.split(mark).length <= count) {
      const { done, value } = await this.#reader.read();
      if (done) throw new Error(`ended before ${mark}: ${this.text}`);
      this.text += this.#decoder.decode(value);
    }
    return this.text;
  }

  /** Whether the stream has ended; reads on where it has not. */
  async ended(): Promise<boolean> {
    const { done, value } = await this.#reader.read();
    this.text += this.#decoder.decode(value);
    return done;
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }
}

function dataOf(text: string) {
  return text.split("\n").filter((line) => line.startsWith("data: "))
    .map((line) => JSON.parse(line.slice("data: ".length)));
}

Deno.test("?watch sends server-sent events with bookmarks that Last-Event-ID resumes", async () => {
  const { ask, state, api } = apiFixture();
  await state.create(etcFileSpec.newResource("a", {}));
  const response = await ask(`${KIND}?watch&bootstrap`);
  assertEquals(response.headers.get("content-type"), "text/event-stream");
  const stream = new Reader(response);
  await stream.until("event: noop");
  await state.create(etcFileSpec.newResource("b", { contents: "1" }));
  await state.update(etcFileSpec.withSpec(await state.get(name("b")), { contents: "2" }));
  const text = await stream.until("event: updated").then(() => stream.until("\n\n", 6));
  const events = dataOf(text);
  assertEquals(events.map(({ event }) => event), [
    "created",
    "bootstrapped",
    "noop",
    "created",
    "updated",
  ]);
  assertEquals(events[4].old.spec.contents, "1");
  assertEquals(events[4].resource.spec.contents, "2");
  assertEquals(api.watches, 1);
  await stream.cancel();
  assertEquals(api.watches, 0);

  const headers = { "last-event-id": events[3].bookmark };
  const resumed = new Reader(await ask(`${KIND}?watch&bootstrap&tail=5`, { headers }));
  const rest = dataOf(await resumed.until("event: updated").then(() => resumed.until("\n\n", 3)));
  assertEquals(rest.map(({ event }) => event), ["noop", "updated"]);
  await resumed.cancel();
});

Deno.test("?watch sends the same objects as ndjson when asked for", async () => {
  const { ask, state } = apiFixture();
  const headers = { accept: "application/x-ndjson" };
  const response = await ask(`${KIND}?watch&label=on`, { headers });
  assertEquals(response.headers.get("content-type"), "application/x-ndjson");
  const stream = new Reader(response);
  await stream.until("\n");
  await state.create(etcFileSpec.newResource("dark", {}));
  await state.create(etcFileSpec.newResource("lit", {}, { labels: { on: "" } }));
  const lines = (await stream.until("\n", 2)).trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.map(({ event }) => event), ["noop", "created"]);
  assertEquals(lines[1].resource.metadata.id, "lit");
  await stream.cancel();
});

Deno.test("?watch of one resource begins with its state, missing or not", async () => {
  const { ask, state } = apiFixture();
  const stream = new Reader(await ask(`${KIND}/a?watch`));
  const [first] = dataOf(
    await stream.until("event: destroyed").then(() => stream.until("\n\n", 2)),
  );
  assertEquals([first.resource.metadata.version, first.resource.spec], ["undefined", {}]);
  await state.create(etcFileSpec.newResource("a", {}));
  await stream.until("event: created");
  await stream.cancel();
  const refused = await ask(`${KIND}/a?watch&bootstrap`);
  assertEquals([refused.status, (await refused.json()).code], [501, "unsupported"]);
});

Deno.test("?watch of one resource goes on from a bookmark", async () => {
  const { ask, state } = apiFixture();
  await state.create(etcFileSpec.newResource("a", {}));
  const stream = new Reader(await ask(`${KIND}/a?watch`));
  await stream.until("event: created").then(() => stream.until("\n\n", 2));
  await state.update(etcFileSpec.withSpec(await state.get(name("a")), { contents: "1" }));
  await stream.until("event: updated").then(() => stream.until("\n\n", 3));
  await stream.cancel();
  await state.update(etcFileSpec.withSpec(await state.get(name("a")), { contents: "2" }));
  const bookmark = dataOf(stream.text)[1].bookmark;
  const headers = { "last-event-id": bookmark };
  const resumed = new Reader(await ask(`${KIND}/a?watch&tail=1`, { headers }));
  const [first] = dataOf(await resumed.until("event: ").then(() => resumed.until("\n\n", 2)));
  assertEquals([first.event, first.resource.spec.contents], ["updated", "2"]);
  await resumed.cancel();
});

Deno.test("?watch that is overtaken says so in one event, and ends", async () => {
  const { ask, state, api } = apiFixture();
  const headers = { accept: "application/x-ndjson" };
  const stream = new Reader(await ask(`${KIND}?watch`, { headers }));
  await stream.until("noop");
  for (let index = 0; index < 1000; index++) {
    await state.create(etcFileSpec.newResource(`${index}`, {}));
  }
  while (!(await stream.ended()));
  assertEquals(api.watches, 0);
  const last = JSON.parse(stream.text.trimEnd().split("\n").at(-1) ?? "");
  assertEquals([last.event, last.error.code], ["errored", "overrun"]);
  assertStringIncludes(last.error.detail, "buffer overrun");
});

Deno.test("?watch answers 410 to a dead bookmark", async () => {
  const { ask, api } = apiFixture();
  for (const id of ["AAAA", "!!"]) {
    const response = await ask(`${KIND}?watch`, { headers: { "last-event-id": id } });
    assertEquals([response.status, (await response.json()).code], [410, "invalid-bookmark"], id);
  }
  assertEquals(api.watches, 0);
});

Deno.test("?watch is kept alive by comments while nothing happens", async () => {
  const { ask, clock } = apiFixture();
  const stream = new Reader(await ask(`${KIND}/a?watch`));
  await stream.until("event: destroyed");
  const quiet = stream.until(": alive");
  await clock.sleeping();
  await clock.advance(KEEP_ALIVE_MS);
  assertStringIncludes(await quiet, ": alive\n\n");
  await stream.cancel();
  assertEquals(clock.pendingMs, []);
});

Deno.test("?watch ends when the agent stops", async () => {
  const { ask, stop, api } = apiFixture();
  const stream = new Reader(await ask(`${KIND}?watch`));
  await stream.until("event: noop");
  stop.abort();
  assertEquals(await stream.ended(), true);
  assertEquals(api.watches, 0);
});

Deno.test("HEAD of a watch leaves none behind", async () => {
  const { ask, api } = apiFixture();
  assertEquals((await ask(`${KIND}?watch`, { method: "HEAD" })).status, 200);
  assertEquals(api.watches, 0);
});

function name(id: string) {
  return { namespace: "fs", type: etcFileSpec.type, id };
}
