/** Inside a machine: puts items into its etcd one after the other, each acknowledged on the console once etcd has it. */
import {
  ETCD_LANES,
  etcdAcknowledgement,
  KEY_PREFIX,
  keyOf,
  lostPuts,
  newestKey,
  type Place,
  valueOf,
} from "./etcd_keys.ts";
import { hastenWriteback } from "./keeper.ts";
import type { KeptRun } from "./kept_files.ts";

/** Etcd's own gateway, in JSON. */
const GATEWAY = "http://127.0.0.1:2379/v3/kv";

/** Milliseconds an answer may take: an emulated disk on a busy host. */
const ANSWER_MS_MAX = 60_000;

/** Keys of one answer: some megabytes. */
const PAGE_KEYS = 500;

/** Puts the first `items` items of each lane of `run`. */
export async function putItems(run: number, items: number): Promise<void> {
  await hastenWriteback();
  await Promise.all(Array.from({ length: ETCD_LANES }, async (_, lane) => {
    for (let item = 0; item < items; item++) {
      const place = { run, lane, item };
      await put(place);
      // Level 1 passes a quiet console; the kernel writes it out before it answers.
      await Deno.writeTextFile("/dev/kmsg", `<1>${etcdAcknowledgement(place)}\n`, {
        create: false,
      });
    }
  }));
}

/** What is lost of `runs` in the etcd of this machine. */
export async function lostItemsOfEtcd(runs: readonly KeptRun[]): Promise<readonly string[]> {
  return lostPuts(runs, await allKeys());
}

async function put(place: Place): Promise<void> {
  const request = (key: string, value: string) => ({
    requestPut: { key: encoded(key), value: encoded(value) },
  });
  const { succeeded } = await ask("txn", {
    success: [
      request(keyOf(place), valueOf(place)),
      request(newestKey(place.lane), keyOf(place)),
    ],
  });
  if (succeeded !== true) throw new Error(`Cannot put "${keyOf(place)}": not succeeded`);
}

/** Everything of ours in etcd, read past its caches of clients: as of its newest revision. */
async function allKeys(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  // The first key that does not begin so, since `/` is before `0`.
  const end = encoded(`${KEY_PREFIX.slice(0, -1)}0`);
  for (let from = KEY_PREFIX;;) {
    const page = await ask("range", { key: encoded(from), range_end: end, limit: PAGE_KEYS });
    const keys = (page["kvs"] ?? []) as readonly { readonly key: string; readonly value: string }[];
    for (const { key, value } of keys) found.set(decoded(key), decoded(value));
    const last = keys.at(-1);
    if (page["more"] !== true || last === undefined) return found;
    from = `${decoded(last.key)}\0`;
  }
}

async function ask(method: string, request: unknown): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(`${GATEWAY}/${method}`, {
    method: "POST",
    body: JSON.stringify(request),
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`Cannot ask etcd to ${method}: ${response.status} ${text}`);
  return JSON.parse(text);
}

function encoded(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

function decoded(text: string): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(text));
}
