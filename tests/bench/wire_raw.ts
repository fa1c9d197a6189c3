/**
 * `Deno.serve` and nothing else, until standard input ends: `wire_raw.ts FOLDER` answers on `http.sock` there and on a port
 * that it prints. The body of a request is read; the answer is as long as that of a resource.
 */
import { join } from "@std/path/posix";
import { HTTP_SOCKET, LISTENING } from "./wire_servers.ts";

/** Bytes of an answer: a resource of the bench in JSON takes 10 more or less. */
const ANSWER_BYTES = 330;

const [folder = ""] = Deno.args;
const text = "x".repeat(ANSWER_BYTES);
const headers = { "content-type": "application/json" };
const answer = async (request: Request): Promise<Response> => {
  if (request.body !== null) await request.arrayBuffer();
  return new Response(text, { headers });
};
const onListen = (): void => {};
const unix = Deno.serve({ path: join(folder, HTTP_SOCKET), onListen }, answer);
const tcp = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, answer);
await Deno.stdout.write(new TextEncoder().encode(`${LISTENING} ${tcp.addr.port}\n`));
for await (const _ of Deno.stdin.readable);
await Promise.all([unix.shutdown(), tcp.shutdown()]);
