/** The network face as a service: what it may, and all that it sees. */
import {
  ServiceRootPart_Kind as Kind,
  ServiceSpec_Restart as Restart,
} from "../proto/gen/strata/runtime/v1/service_pb.ts";
import type { Resource } from "../runtime/core/resource.ts";
import { serviceSpec } from "../runtime/resources/service.ts";
import { APID_DIRECTORY, APID_UID, MACHINE_SOCKET, STATE_SOCKET } from "./apid_sockets.ts";

/** The service's name. */
export const APID_SERVICE = "apid";

/** The agent's file, which is bound there from the first root file system. */
const PROGRAM = "/usr/bin/strata";

/** Bytes: some 60 MB idle, 300 MB after a storm of calls, and 64 MiB of answers that nobody reads. */
const MEMORY_MAX = 512n * 1024n * 1024n;

/** Threads: the runtime has some thirty, and more where there are many processors. */
const PROCESSES_MAX = 512;

/** Descriptors: one for each of two listeners' callers, and one for each connection to the machine. */
const OPEN_FILES_MAX = 8_192;

/** Milliseconds: answers in flight get five seconds, and then connections are cut. */
const STOP_TIMEOUT_MS = 8_000;

/** How readily it is killed where memory is short: rather than the agent, and it is started again. */
const OOM_SCORE_ADJUST = 100;

/**
 * How it is seen that it answers: three times in a row without is a process that stands still. An answer may take as long
 * as it does on a machine whose processors are all busy.
 */
const HEALTH = { initialDelayMs: 1, periodMs: 2_000, timeoutMs: 10_000, restartAfter: 3 };

/**
 * The wish for it.
 *
 * @param httpAddress Where it listens in clear: it is asked there whether it is well. Nowhere where it is empty.
 */
export function apidService(httpAddress: string): Resource {
  const bind = (path: string) => ({ kind: Kind.BIND, source: path, target: path });
  const link = (target: string, source: string) => ({ kind: Kind.LINK, source, target });
  return serviceSpec.newResource(APID_SERVICE, {
    command: [PROGRAM, "apid", "--machine-socket", MACHINE_SOCKET, "--state-socket", STATE_SOCKET],
    // The runtime looks for a home; what it would write there goes with it.
    environment: ["HOME=/tmp", "NO_COLOR=1"],
    workingDirectory: "/",
    uid: APID_UID,
    gid: APID_UID,
    capabilities: [],
    allowNewPrivileges: false,
    limits: {
      memoryMax: MEMORY_MAX,
      processesMax: PROCESSES_MAX,
      openFilesMax: OPEN_FILES_MAX,
      oomScoreAdjust: OOM_SCORE_ADJUST,
    },
    restart: Restart.ALWAYS,
    ...(httpAddress === "" ? {} : { health: { http: `http://${httpAddress}/livez`, ...HEALTH } }),
    stopTimeoutMs: STOP_TIMEOUT_MS,
    root: {
      parts: [
        bind(PROGRAM),
        // Shared libraries and the loader, by the names that programs know them by.
        bind("/usr/lib"),
        bind("/usr/lib64"),
        link("/lib", "usr/lib"),
        link("/lib64", "usr/lib64"),
        // Read-only: it connects to the sockets, and cannot put others in their place.
        bind(APID_DIRECTORY),
        ...["/dev/null", "/dev/urandom"].map(bind),
        { kind: Kind.PROC, target: "/proc" },
        { kind: Kind.TMPFS, target: "/tmp", writable: true },
      ],
    },
  });
}
