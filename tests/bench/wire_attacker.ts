/**
 * Attacks a server again and again until standard input ends: `wire_attacker.ts SOCKET ATTACK`. Says `attacking` once it
 * does, and at its end how its attacks went, as JSON of {@linkcode Attacked}.
 */
import { type Attack, FLOODS } from "../judges/flood_attacks.ts";
import { Bystander } from "../judges/flood_calls.ts";
import { BOMBS } from "../judges/flood_messages.ts";
import { CROWDS } from "../judges/flood_sessions.ts";
import { RawPeer } from "../judges/raw_peer.ts";

/** How attacks went. */
export interface Attacked {
  /** Attacks that the server answered as the judges want it. */
  readonly stopped: number;
  /** Attacks that it answered otherwise. */
  readonly otherwise: number;
  /** Attacks that were not over at the end. */
  readonly open: number;
  /** What was otherwise, the last time. */
  readonly last: string;
}

/** What can be done to a server, by name. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  ...FLOODS,
  ...BOMBS,
  ...CROWDS,
};

/** Milliseconds after which another attack begins beside one that the server does not end. */
const ATTACK_MS_MAX = 200;

export const ATTACKING = "attacking\n";

async function write(text: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(text));
}

async function main([socket, name]: readonly string[]): Promise<void> {
  const attack = ATTACKS[name ?? ""];
  if (socket === undefined || attack === undefined) {
    throw new RangeError(`Cannot attack: name a socket and one of ${Object.keys(ATTACKS)}`);
  }
  {
    await using peer = await RawPeer.greeted(socket);
    await new Bystander(peer).settle(); // What is there already is refused, which is as good.
  }
  await write(ATTACKING);
  let isOver = false;
  const over = Deno.stdin.read(new Uint8Array(1)).then(() => isOver = true);
  const attacked = { stopped: 0, otherwise: 0, open: 0, last: "" };
  while (!isOver) {
    const limit = new AbortController();
    attacked.open++;
    const attacking = attack(socket, "told")
      .then(() => attacked.stopped++, (error: unknown) => {
        attacked.otherwise++;
        attacked.last = String(error);
      })
      .then(() => attacked.open--);
    await Promise.race([over, attacking, sleep(ATTACK_MS_MAX, limit.signal)]);
    limit.abort();
  }
  await write(`${JSON.stringify(attacked satisfies Attacked)}\n`);
}

/** Resolves then, or when `signal` is aborted. */
function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

if (import.meta.main) await main(Deno.args);
