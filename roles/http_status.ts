/**
 * The status of a plain HTTP answer, by a connection of its own. `fetch` would do, but its first use reads every certificate
 * there is, which costs a boot half a second under emulation and the agent three megabytes for good.
 */

/** Bytes of an answer that are read: its first line is shorter. */
const ANSWER_BYTES_MAX = 4_096;

const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})(?: |\r\n)/;

/**
 * Asks for `url`, which begins with `http:`.
 *
 * @returns The status of the answer, which is read no further.
 * @throws {Error} No connection; no answer of HTTP/1; the signal's reason.
 */
export async function httpStatus(url: URL, signal: AbortSignal): Promise<number> {
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? 80 : Number(url.port);
  using connection = await Deno.connect({ hostname, port, signal });
  const { promise: given, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => reject(signal.reason);
  signal.addEventListener("abort", giveUp, { once: true });
  if (signal.aborted) giveUp();
  try {
    return await Promise.race([given, asked(connection, url)]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

async function asked(connection: Deno.TcpConn, url: URL): Promise<number> {
  await connection.write(requestOf(url));
  return await statusOf(connection);
}

/** Fits into the buffer of any socket: it is written at once. */
function requestOf({ pathname, search, host }: URL): Uint8Array<ArrayBuffer> {
  const lines = [`GET ${pathname}${search} HTTP/1.1`, `host: ${host}`, "connection: close"];
  return new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
}

async function statusOf(connection: Deno.TcpConn): Promise<number> {
  const answer = new Uint8Array(ANSWER_BYTES_MAX);
  let length = 0;
  while (length < answer.length) {
    const count = await connection.read(answer.subarray(length));
    if (count === null) break;
    length += count;
    const [, status] = STATUS_LINE.exec(new TextDecoder().decode(answer.subarray(0, length))) ?? [];
    if (status !== undefined) return Number(status);
  }
  throw new Error(length === 0 ? "it closed the connection" : "what it answers is no HTTP");
}
