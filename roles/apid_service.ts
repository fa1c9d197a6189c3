/** The network face as a service: begun as {@linkcode APID_LAUNCH} says, kept, and asked whether it is well. */
import type { RootPart } from "../fs/kernel/process_calls.ts";
import {
  ServiceRootPart_Kind as Kind,
  ServiceSpec_Restart as Restart,
} from "../proto/gen/strata/runtime/v1/service_pb.ts";
import type { Resource } from "../runtime/core/resource.ts";
import { serviceSpec } from "../runtime/resources/service.ts";
import { APID_LAUNCH, APID_LIMITS, APID_SERVICE } from "./apid_launch.ts";
import { parseHttp } from "./listen_address.ts";

/** Milliseconds: answers in flight get five seconds, and then connections are cut. */
const STOP_TIMEOUT_MS = 8_000;

/**
 * How it is seen that it answers: three times in a row without is a process that stands still, which is found out within 21
 * seconds. An answer may take as long as it does on a machine whose processors are all busy.
 */
const HEALTH = { initialDelayMs: 1, periodMs: 2_000, timeoutMs: 5_000, restartAfter: 3 };

/**
 * The wish for it.
 *
 * @param httpAddress Where it listens in clear: it is asked there whether it is well. Nowhere where it is empty,
 *   or is no address that can be listened on and asked: a slip there must not take the process, and TLS with it, away.
 */
export function apidService(httpAddress: string): Resource {
  const { command, environment, directory, uid, gid, openFilesMax, oomScoreAdjust, root = [] } =
    APID_LAUNCH;
  const { memoryMax, processesMax } = APID_LIMITS;
  return serviceSpec.newResource(APID_SERVICE, {
    command: [...command],
    environment: [...environment],
    workingDirectory: directory,
    uid,
    gid,
    capabilities: [],
    allowNewPrivileges: false,
    limits: { memoryMax, processesMax, openFilesMax, oomScoreAdjust },
    restart: Restart.ALWAYS,
    ...(canBeAsked(httpAddress) ? { health: { http: urlAt(httpAddress), ...HEALTH } } : {}),
    stopTimeoutMs: STOP_TIMEOUT_MS,
    root: { parts: root.map(wishedPart) },
  });
}

function urlAt(httpAddress: string): string {
  return `http://${httpAddress}/livez`;
}

/** Nobody knows in advance which port 0 becomes. */
function canBeAsked(httpAddress: string): boolean {
  try {
    return parseHttp(httpAddress).port !== 0 && URL.canParse(urlAt(httpAddress));
  } catch {
    return false; // Listened on nowhere, as the process itself tells.
  }
}

function wishedPart(part: RootPart) {
  const { target } = part;
  switch (part.kind) {
    case "bind":
      return { kind: Kind.BIND, source: part.source, target, writable: part.writable };
    case "link":
      return { kind: Kind.LINK, source: part.source, target };
    case "tmpfs":
      return { kind: Kind.TMPFS, target, size: part.sizeBytes, writable: true };
    case "proc":
      return { kind: Kind.PROC, target };
  }
}
