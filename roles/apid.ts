/**
 * The network face of the machine as a process of its own: it judges callers and passes on what they may ask, and has
 * nothing of the machine but two sockets. Its death costs connections; nothing that comes from the network runs in PID 1.
 */
import { dialUnix, patientDial } from "../api/client/dial.ts";
import { http2Client } from "../api/http2/http2_client.ts";
import { apiProxy } from "../api/proxy/api_proxy.ts";
import { certificateWish, listenerWish } from "../api/proxy/wishes.ts";
import { Upstreams } from "../api/proxy/upstreams.ts";
import { followContent } from "../api/state_client/followed_content.ts";
import type { Clock, Log, Random } from "../runtime/core/ports.ts";
import {
  API_CERTIFICATE_KIND,
  API_ID,
  API_LISTENER_KIND,
} from "../runtime/resources/apid_kinds.ts";
import { Doors } from "./apid_doors.ts";

/** Milliseconds that calls in flight get at the end; watches never end by themselves. */
const END_GRACE_MS = 1_000;

/** Where the machine is found. */
export interface ApidOptions {
  /** Serves all calls to whoever this process says is asking. */
  readonly machineSocket: string;
  /** Serves what this process is to know. */
  readonly stateSocket: string;
}

/** What it needs of its process. */
export interface ApidWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Ends it in order. */
  readonly signal: AbortSignal;
}

/** Serves until the signal aborts, then closes its listeners and ends what is still asked. Never rejects. */
export async function serveApid(options: ApidOptions, world: ApidWorld): Promise<void> {
  const { clock, random, log, signal } = world;
  using upstreams = new Upstreams({ dial: dialUnix(options.machineSocket), clock, random });
  const proxy = apiProxy({ upstreams, access: () => doors.access, clock, log });
  const doors = new Doors({ proxy, clock, log: log.named("listener"), signal });
  const dial = patientDial(dialUnix(options.stateSocket), clock);
  using client = http2Client({ dial, clock, random });
  const parts = { client, clock, log, signal };
  const following = [
    followContent({
      ...parts,
      pointer: { ...API_LISTENER_KIND, id: API_ID },
      changed: (content) => doors.wanted(content && listenerWish(content)),
    }),
    followContent({
      ...parts,
      pointer: { ...API_CERTIFICATE_KIND, id: API_ID },
      changed: (content) => doors.certified(content && certificateWish(content)),
    }),
  ];
  const open = doors.run();
  await Promise.all(following);
  const over = new AbortController();
  const late = clock.sleep(END_GRACE_MS, { signal: over.signal })
    .then(() => upstreams.close(), () => {});
  await open;
  over.abort();
  await late;
}
