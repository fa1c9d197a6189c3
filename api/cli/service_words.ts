/** Services for people. */
import { agoText } from "./ago.ts";
import type { ServiceHealth, ServiceInfo } from "../../proto/gen/machine/machine_pb.ts";
import type { Timestamp } from "../../runtime/core/resource.ts";

/** `OK`, `Fail`, or `?` where nothing is known. */
export function healthWord(health: ServiceHealth | undefined): string {
  if (health === undefined || health.unknown) return "?";
  return health.healthy ? "OK" : "Fail";
}

/** A row of the table of services. */
export function serviceRow(
  { id, state, health, events }: ServiceInfo,
  now: Timestamp,
): readonly string[] {
  const last = events?.events.at(-1);
  return [id, state, healthWord(health), agoText(last?.ts, now), last?.msg ?? ""];
}

/** Everything known of a service, in lines. */
export function serviceText(
  { id, state, health, events }: ServiceInfo,
  { now, escape }: { readonly now: Timestamp; readonly escape: (text: string) => string },
): string {
  const rows = [
    ["ID", id],
    ["STATE", state],
    ["HEALTH", healthWord(health)],
    ...(health?.lastMessage ? [["LAST HEALTH MESSAGE", health.lastMessage]] : []),
    ...(health?.lastChange ? [["HEALTH SINCE", agoText(health.lastChange, now)]] : []),
    ...(events?.events ?? []).toReversed().map(({ state, msg, ts }, at) => [
      at === 0 ? "EVENTS" : "",
      `[${state}]: ${msg} (${agoText(ts, now)})`,
    ]),
  ];
  const width = Math.max(...rows.map(([name = ""]) => name.length));
  return rows.map(([name = "", value = ""]) => `${name.padEnd(width)}   ${escape(value)}\n`).join(
    "",
  );
}
