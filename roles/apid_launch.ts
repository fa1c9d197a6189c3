/**
 * How the network face is begun: what it may, and all that it sees. Plain values, since a machine begins it before anything
 * of the runtime is read; its ServiceSpec (apid_service.ts) is made of the same.
 */
import { APID_CODE_CACHE, CODE_CACHE } from "../fs/code_cache_paths.ts";
import type { ProcessRequest, RootPart } from "../fs/kernel/process_calls.ts";
import type { CgroupLimits } from "../runtime/controllers/services/service_world.ts";
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

/** How readily it is killed where memory is short: rather than the agent, and it is started again. */
const OOM_SCORE_ADJUST = 100;

/** Bytes of its /tmp, to which the runtime writes nothing that matters. */
const TMP_BYTES = 1024n * 1024n;

/** Its own root: without devices, programs but its own, or anything of the machine that can be written to. */
const ROOT: readonly RootPart[] = [
  bind(PROGRAM),
  // Shared libraries and the loader, by the names that programs know them by.
  bind("/usr/lib"),
  bind("/usr/lib64"),
  { kind: "link", target: "/lib", source: "usr/lib" },
  { kind: "link", target: "/lib64", source: "usr/lib64" },
  // Read-only: it connects to the sockets, and cannot put others in their place.
  bind(APID_DIRECTORY),
  bind("/dev/null"),
  bind("/dev/urandom"),
  { kind: "proc", target: "/proc" },
  { kind: "tmpfs", target: "/tmp", sizeBytes: TMP_BYTES },
  { kind: "bind", source: APID_CODE_CACHE, target: CODE_CACHE, writable: false },
];

/** All of its process but the cgroup's place. */
export const APID_LAUNCH: Omit<ProcessRequest, "cgroup"> = {
  command: [PROGRAM, "apid", "--machine-socket", MACHINE_SOCKET, "--state-socket", STATE_SOCKET],
  // The runtime looks for a home; what it would write there goes with it.
  environment: ["HOME=/tmp", "NO_COLOR=1"],
  directory: "/",
  uid: APID_UID,
  gid: APID_UID,
  groups: [],
  capabilities: [],
  mayGainPrivileges: false,
  openFilesMax: OPEN_FILES_MAX,
  oomScoreAdjust: OOM_SCORE_ADJUST,
  root: ROOT,
};

/** What all of its processes may take together. */
export const APID_LIMITS: CgroupLimits = {
  memoryMax: MEMORY_MAX,
  memoryMin: 0n,
  processesMax: PROCESSES_MAX,
  cpuWeight: 100,
  cpuMax: 0,
};

function bind(path: string): RootPart {
  return { kind: "bind", source: path, target: path, writable: false };
}
