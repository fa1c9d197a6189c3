import { assertEquals, assertRejects } from "@std/assert";
import { shortBodies } from "./short_bodies.ts";

/** A request whose body comes when told. */
function slowRequest(): { readonly request: Request; end(text: string): void; fail(): void } {
  let piped: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      piped = controller;
    },
  });
  return {
    request: new Request("http://localhost/", { method: "POST", body }),
    end(text) {
      piped?.enqueue(new TextEncoder().encode(text));
      piped?.close();
    },
    fail: () => piped?.error(new TypeError("gone")),
  };
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

Deno.test("shortBodies() gives each request its own body, in whatever order they come", async () => {
  const bodies = shortBodies(new AbortController().signal);
  const requests = ["a", "b", "c", "d"].map((name) => ({ name, ...slowRequest() }));
  const reads = requests.map(({ request }) => bodies.read(request));
  for (const { name, end } of requests.toReversed()) end(name);
  assertEquals((await Promise.all(reads)).map(text), ["a", "b", "c", "d"]);
});

Deno.test("shortBodies() waits for none any more when the agent stops, whatever came and went before", async () => {
  const stop = new AbortController();
  const bodies = shortBodies(stop.signal);
  const [first, broken, second, third] = [
    slowRequest(),
    slowRequest(),
    slowRequest(),
    slowRequest(),
  ];
  const done = bodies.read(first.request);
  const failed = assertRejects(() => bodies.read(broken.request), TypeError, "gone");
  const waiting = [bodies.read(second.request)];
  first.end("x");
  broken.fail();
  assertEquals(text(await done), "x");
  await failed;
  waiting.push(bodies.read(third.request)); // In the place of one that left.
  const refused = waiting.map((read) => assertRejects(() => read, RangeError, "stopping"));
  stop.abort(new RangeError("stopping"));
  await Promise.all(refused);
});

Deno.test("shortBodies() begins no wait once the agent stopped", async () => {
  const bodies = shortBodies(AbortSignal.abort(new RangeError("stopping")));
  await assertRejects(() => bodies.read(slowRequest().request), RangeError, "stopping");
});
