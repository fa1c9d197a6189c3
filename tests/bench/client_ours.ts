/**
 * Our client of the state as a benchmark of clients runs it: `client_ours.ts PROTOCOL SOCKET CALLS`, of which PROTOCOL is
 * grpc or connect. Prints one line of JSON: calls a second with many in flight, and each latency's median one by one.
 */
import { createClient } from "@connectrpc/connect";
import { dialUnix } from "../../api/client/dial.ts";
import { http2Transport } from "../../api/client/http2_transport.ts";
import { http2Client } from "../../api/http2/http2_client.ts";
import { State } from "../../proto/gen/cosi/resource/state_pb.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { systemRandom } from "../../runtime/system/random.ts";
import { measureCalls } from "./client_load.mjs";

const [protocol, socket = "", calls] = Deno.args;
if (protocol !== "grpc" && protocol !== "connect") {
  throw new RangeError(`Cannot speak "${protocol}": may be grpc or connect`);
}
const clock = systemClock();
using client = http2Client({ clock, random: systemRandom(), dial: dialUnix(socket) });
const state = createClient(State, http2Transport({ client, protocol, clock }));
const request = { namespace: "bench", type: "Items.bench.strata.dev", id: "item-000000" };
const figures = await measureCalls(() => state.get(request), Number(calls));
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(figures)));
