// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertNotStrictEquals, assertRejects } from "@std/assert";
import { tlsDuplex, type TlsSocket } from "./tls_duplex.ts";

type Event = "readable" | "end" | "close" | "error";

/** A socket that does what a test says. */
class FakeSocket implements TlsSocket {
  /** What can be read, in the pieces that read() gives. */
  readonly chunks: Uint8Array[] = [];
  readonly written: { readonly bytes: Uint8Array; done(error?: Error | null): void }[] = [];
  destroyed = 0;
  readonly #listeners = new Map<Event, () => void>();

  read(): Uint8Array | null {
    return this.chunks.shift() ?? null;
  }

  write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean {
    this.written.push({ bytes, done });
    return true;
  }

  destroy(): void {
    this.destroyed++;
  }

  on(event: Event, listener: (error: Error) => void): void {
    this.#listeners.set(event, () => listener(new Error("no TLS")));
  }

  tell(event: Event): void {
    this.#listeners.get(event)?.();
  }

  /** Bytes come. */
  come(...bytes: number[]): void {
    this.chunks.push(Uint8Array.from(bytes));
    this.tell("readable");
  }
}

Deno.test("tlsDuplex() reads what is there, and waits for what is not", async () => {
  const socket = new FakeSocket();
  const duplex = tlsDuplex(socket);
  const into = new Uint8Array(4);
  const first = duplex.read(into);
  socket.tell("readable");
  socket.come(1, 2, 3);
  assertEquals([await first, [...into]], [3, [1, 2, 3, 0]]);
  socket.come(4);
  assertEquals([await duplex.read(into), into[0]], [1, 4]);
});

Deno.test("tlsDuplex() gives a piece that is greater than the room for it in parts", async () => {
  const socket = new FakeSocket();
  const duplex = tlsDuplex(socket);
  socket.come(1, 2, 3, 4, 5);
  socket.come(6);
  const parts: number[][] = [];
  for (let count = 0; count < 4; count++) {
    const into = new Uint8Array(2);
    const length = await duplex.read(into);
    parts.push([...into.subarray(0, length ?? 0)]);
  }
  assertEquals(parts, [[1, 2], [3, 4], [5], [6]]);
});

for (const event of ["end", "close", "error"] as const) {
  Deno.test(`tlsDuplex() is at its end with "${event}", behind what has come`, async () => {
    const socket = new FakeSocket();
    const duplex = tlsDuplex(socket);
    const into = new Uint8Array(4);
    socket.come(1, 2);
    socket.tell(event);
    assertEquals(await duplex.read(into), 2);
    assertEquals([await duplex.read(into), await duplex.read(into)], [null, null]);
    const waiting = tlsDuplex(socket);
    const read = waiting.read(into);
    socket.tell(event);
    assertEquals(await read, null);
  });
}

Deno.test("tlsDuplex() writes a copy, and has written it when the socket says so", async () => {
  const socket = new FakeSocket();
  const duplex = tlsDuplex(socket);
  const bytes = Uint8Array.of(1, 2, 3);
  const write = duplex.write(bytes);
  const [written] = socket.written;
  assertEquals(written?.bytes, bytes);
  assertNotStrictEquals(written?.bytes.buffer, bytes.buffer);
  written?.done();
  assertEquals(await write, 3);
  const failing = duplex.write(bytes);
  socket.written[1]?.done(new Error("broken pipe"));
  await assertRejects(() => failing, Error, "broken pipe");
  const fine = duplex.write(bytes);
  socket.written[2]?.done(null);
  // What was written stays so when the connection ends.
  socket.tell("end");
  assertEquals(await fine, 3);
});

Deno.test("tlsDuplex() rejects the write that is under way at its end, and each one behind it", async () => {
  const socket = new FakeSocket();
  const duplex = tlsDuplex(socket);
  const write = duplex.write(Uint8Array.of(1));
  socket.tell("close");
  await assertRejects(() => write, Error, "Cannot write: the connection has ended");
  await assertRejects(
    () => duplex.write(Uint8Array.of(1)),
    Error,
    "Cannot write: the connection has ended",
  );
  assertEquals(socket.written.length, 1);
});

Deno.test("tlsDuplex().close() destroys the socket, and ends who reads or writes", async () => {
  const socket = new FakeSocket();
  const duplex = tlsDuplex(socket);
  const [read, write] = [duplex.read(new Uint8Array(1)), duplex.write(Uint8Array.of(1))];
  write.catch(() => {});
  duplex.close();
  assertEquals([await read, socket.destroyed], [null, 1]);
  await assertRejects(() => write, Error, "the connection has ended");
});
