// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { eventLoopTurn } from "../runtime/system/turn.ts";
import { FakeClock } from "../tests/fakes/clock.ts";
import { UNREAD_BYTES_MAX, UNREAD_SHORT_WAIT_MS, UNREAD_WAIT_MS } from "./limits.ts";
import { answerOnce, FollowedBody } from "./unread_body.ts";

/** A request whose body the test sends. */
class Sent {
  readonly clock = new FakeClock();
  readonly request: Request;
  cancelled: unknown;
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;

  constructor(length?: number) {
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: (reason) => {
        this.cancelled = reason ?? "cancelled";
      },
    }, { highWaterMark: 0 });
    const headers = length === undefined ? {} : { "content-length": String(length) };
    this.request = new Request("http://localhost/", { method: "POST", body, headers });
  }

  send(bytes: number): void {
    this.#controller?.enqueue(new Uint8Array(bytes));
  }

  end(): void {
    this.#controller?.close();
  }

  /** The body as the library reads it. */
  followed(): FollowedBody {
    const { body, headers } = this.request;
    assert(body !== null);
    return new FollowedBody(body, { headers, clock: this.clock });
  }

  /** An answer of who does not look at it. */
  answered(): Promise<Response> {
    return answerOnce(this.request, { handle: ok, clock: this.clock });
  }
}

function isLast(response: Response): boolean {
  return response.headers.get("connection") === "close";
}

const ok = () => Promise.resolve(new Response("ok"));

Deno.test("answerOnce() leaves requests alone that have no body, or one that was read", async () => {
  const clock = new FakeClock();
  const bare = new Request("http://localhost/");
  assertEquals(isLast(await answerOnce(bare, { handle: ok, clock })), false);
  const sent = new Sent();
  sent.send(3);
  sent.end();
  const handle = async () => new Response(await sent.request.text());
  const response = await answerOnce(sent.request, { handle, clock });
  assertEquals([isLast(response), await response.text()], [false, "\0\0\0"]);
});

Deno.test("answerOnce() reads a short body away, so that the connection lasts", async () => {
  const sent = new Sent(5);
  const answering = sent.answered();
  sent.send(5);
  sent.end();
  assertEquals([isLast(await answering), sent.request.bodyUsed], [false, true]);
});

Deno.test("answerOnce() does not wait for ever for a short body that was only promised", async () => {
  const sent = new Sent(5);
  const answering = sent.answered();
  await sent.clock.sleeping();
  await sent.clock.advance(UNREAD_SHORT_WAIT_MS);
  assertEquals(isLast(await answering), true);
  sent.end();
});

Deno.test("answerOnce() waits a moment for a body of unknown length, and says that the connection ends where more may come", async () => {
  const quick = new Sent();
  quick.send(5);
  quick.end();
  assertEquals(isLast(await quick.answered()), false);
  const slow = new Sent();
  const answering = slow.answered();
  slow.send(5);
  await slow.clock.sleeping();
  await slow.clock.advance(UNREAD_WAIT_MS);
  assertEquals(isLast(await answering), true);
  slow.end();
});

Deno.test("answerOnce() does not wait for a body that is too long, and reads no more of it away than the bound", async () => {
  const sent = new Sent(UNREAD_BYTES_MAX + 1);
  assertEquals(isLast(await sent.answered()), true);
  sent.send(UNREAD_BYTES_MAX);
  await eventLoopTurn();
  assertEquals(sent.cancelled, undefined);
  sent.send(1);
  await eventLoopTurn();
  assert(sent.cancelled !== undefined);
});

Deno.test("FollowedBody announces an end at once while it is being read, and none once it was", async () => {
  const sent = new Sent(8);
  const body = sent.followed();
  const pieces = body[Symbol.asyncIterator]();
  sent.send(4);
  await pieces.next();
  assertEquals(isLast(await body.settled(new Response())), true);
  sent.send(4);
  await pieces.next();
  sent.end();
  assertEquals((await pieces.next()).done, true);
  assertEquals(isLast(await body.settled(new Response())), false);
});

Deno.test("FollowedBody reads the rest away when its reader gives it up", async () => {
  for (const give of ["throw", "return"] as const) {
    const sent = new Sent(8);
    const body = sent.followed();
    const pieces = body[Symbol.asyncIterator]();
    sent.send(4);
    await pieces.next();
    assertEquals(await pieces[give]?.(new Error("enough")), { done: true, value: undefined });
    const settled = body.settled(new Response());
    sent.send(4);
    sent.end();
    assertEquals(isLast(await settled), false);
  }
});

Deno.test("FollowedBody lives through a client that breaks off", async () => {
  const broken = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.reject(new Error("the client left")),
    }),
  };
  const headers = new Headers({ "content-length": "5" });
  const body = new FollowedBody(broken, { headers, clock: new FakeClock() });
  assertEquals(isLast(await body.settled(new Response())), true);
});
