/** What those do at the doors of a machine whom nobody lets in: without a certificate, without a token. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { CertificatePair } from "../../api/certificates/certificate_pair.ts";
import { FrameType, PREFACE } from "../../api/http2/frame_types.ts";
import { CONNECTIONS_MAX, OWN_CONNECTIONS_MAX, TLS_HANDSHAKES_MAX } from "../../api/limits.ts";
import { frame } from "../fakes/http2_client.ts";
import { RawPeer, type RawPlace, type RawStream } from "./raw_peer.ts";

/** The doors of a machine. */
export interface Doors {
  readonly hostname: string;
  readonly tlsPort: number;
  readonly httpPort: number;
  /** The machine's authority. */
  readonly ca: string;
}

/** An attack on them, which throws where it was answered otherwise than it must be. */
export type StrangersAttack = (doors: Doors) => Promise<void>;

/** How much of each there is. */
export interface Counts {
  /** Connections that begin and do not go on. */
  readonly silent: number;
  /** Handshakes that are to be refused. */
  readonly handshakes: number;
  /** Requests without a token. */
  readonly requests: number;
}

/** More connections than either listener has room for. */
const MANY: Counts = { silent: 1500, handshakes: 400, requests: 2000 };
/** Handshakes at once, and requests. */
const AT_ONCE = 8;
const REQUESTS_AT_ONCE = 64;
/** Frames behind a handshake that is refused. */
const FRAMES = 1000;

const encoder = new TextEncoder();

/** The first bytes of a handshake: a record of 512 bytes, of which no more come. */
const HALF_HELLO = Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3);
/** A request whose headers do not end. */
const HALF_REQUEST = encoder.encode("GET /livez HTTP/1.1\r\nhost: localhost\r\nx-");
const PINGS = Array.from(
  { length: FRAMES },
  () => frame(FrameType.PING, 0, 0, new Uint8Array(8)),
);

function tcpTo({ hostname }: Doors, port: number): RawPlace {
  return () => Deno.connect({ hostname, port });
}

/** A stream of TLS as a client, by a certificate or without. */
export async function tlsStream(
  { hostname, tlsPort: port, ca }: Pick<Doors, "hostname" | "tlsPort" | "ca">,
  pair?: CertificatePair,
): Promise<RawStream> {
  const options = { hostname, port, caCerts: [ca], alpnProtocols: ["h2"] };
  const stream = await Deno.connectTls({ ...options, ...pair });
  try {
    await stream.handshake();
  } catch (error) {
    stream.close();
    throw error;
  }
  return stream;
}

/** Connections that the listener in clear takes, where all come from the machine itself. */
const HTTP_MAX = CONNECTIONS_MAX + OWN_CONNECTIONS_MAX;

/** Connections that say `words` and no more: the oldest give way, the youngest has its place. */
function silent(
  words: Uint8Array,
  { portOf, most, count: all }: {
    readonly portOf: (doors: Doors) => number;
    readonly most: number;
    readonly count: number;
  },
): StrangersAttack {
  return async (doors) => {
    const peers: RawPeer[] = [];
    try {
      for (let count = 0; count < all; count++) {
        const peer = await RawPeer.silent(tcpTo(doors, portOf(doors)));
        peers.push(peer);
        if (words.length > 0) await peer.send(words);
      }
      for (const each of peers.slice(0, all - most)) await each.closed();
      assert(peers.at(-1)?.isClosed === false, "the youngest is dropped");
    } finally {
      for (const peer of peers) await peer[Symbol.asyncDispose]();
    }
  };
}

/** Handshakes that are refused, each with a flood of frames behind it that nobody reads. */
function refusedHandshakes(count: number, pair?: CertificatePair): StrangersAttack {
  return async (doors) => {
    await atOnce(AT_ONCE, count, async () => {
      let peer: RawPeer;
      try {
        peer = await RawPeer.silent(() => tlsStream(doors, pair));
      } catch {
        return; // Refused while it lasted.
      }
      // By TLS 1.3 its client thinks that it is done before the server has judged.
      await peer.send(PREFACE.slice(), frame(FrameType.SETTINGS, 0, 0), ...PINGS);
      await peer.closed();
      assertEquals([peer.streams.size, peer.farewell], [0, undefined]);
      await peer[Symbol.asyncDispose]();
    });
  };
}

/** What is no TLS at the door of TLS. */
function clearWords(count: number): StrangersAttack {
  return async (doors) => {
    const noise = crypto.getRandomValues(new Uint8Array(4096));
    const words = [PREFACE.slice(), encoder.encode("GET / HTTP/1.1\r\n\r\n"), noise];
    await atOnce(AT_ONCE, count, async (index) => {
      await using peer = await RawPeer.silent(tcpTo(doors, doors.tlsPort));
      await peer.send(words[index % words.length] ?? noise, ...PINGS);
      await peer.closed();
      assertEquals(peer.farewell, undefined);
    });
  };
}

/** Requests in clear that show no token, or another. */
function withoutToken(count: number): StrangersAttack {
  return async (doors) => {
    const url = `http://${doors.hostname}:${doors.httpPort}/api/v1/types`;
    const headers = [{}, { authorization: "Bearer wrong" }];
    await atOnce(REQUESTS_AT_ONCE, count, async (index) => {
      const answer = await fetch(url, { headers: headers[index % headers.length] ?? {} });
      assertEquals([answer.status, (await answer.json()).code], [401, "unauthenticated"]);
    });
  };
}

/** Connections that asked once what anybody may ask, and stay: the oldest give way. */
function stayers(count: number): StrangersAttack {
  return async (doors) => {
    const ask = encoder.encode("GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n");
    const streams: Deno.TcpConn[] = [];
    try {
      for (let index = 0; index < count; index++) {
        const stream = await Deno.connect({ hostname: doors.hostname, port: doors.httpPort });
        streams.push(stream);
        await stream.write(ask);
        const answer = new Uint8Array(1024);
        const length = await stream.read(answer) ?? 0;
        const said = new TextDecoder().decode(answer.subarray(0, length));
        assert(said.startsWith("HTTP/1.1 200 OK\r\n"), `stayer ${index}: ${said}`);
      }
    } finally {
      for (const stream of streams) stream.close();
    }
  };
}

/** Acts `count` times, `most` at once. */
async function atOnce(
  most: number,
  count: number,
  act: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: most }, async () => {
    while (next < count) await act(next++);
  }));
}

/**
 * Attacks by name.
 *
 * @param foreign A pair by the word of an authority that the machine does not believe.
 */
export function strangersAttacks(
  foreign: CertificatePair,
  { silent: count, handshakes, requests }: Counts = MANY,
): Readonly<Record<string, StrangersAttack>> {
  const tls = { portOf: ({ tlsPort }: Doors) => tlsPort, most: TLS_HANDSHAKES_MAX, count };
  const http = { portOf: ({ httpPort }: Doors) => httpPort, most: HTTP_MAX, count };
  return {
    "TLS: connections that say nothing": silent(new Uint8Array(0), tls),
    "TLS: handshakes that do not go on": silent(HALF_HELLO, tls),
    "TLS: handshakes without a certificate, and frames behind them": refusedHandshakes(handshakes),
    "TLS: handshakes by another's certificate": refusedHandshakes(handshakes, foreign),
    "TLS: what is no handshake": clearWords(handshakes),
    "HTTP: connections that say nothing": silent(new Uint8Array(0), http),
    "HTTP: requests that do not end": silent(HALF_REQUEST, http),
    "HTTP: connections that stay": stayers(count),
    "HTTP: requests without a token": withoutToken(requests),
  };
}
