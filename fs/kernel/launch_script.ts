/**
 * How a process becomes what its request says, as the steps of a launch script, in their order: nothing of it may run
 * outside its group, and a right is given up when no later step needs it.
 *
 * Descriptors but the standard three are closed first, so that the numbers of those that steps open are known. Were one
 * another, the step that uses it would be refused.
 */
import { CLONE, LINUX_CAPABILITY, O, PR, RLIMIT, SECBIT, SIGNAL } from "./constants.ts";
import type { ProcessRequest } from "./process_calls.ts";
import { type BindSource, rootSteps } from "./launch_root.ts";
import { LAUNCH, type LaunchStep } from "./launch_steps.ts";

/** Numbers that capabilities may have. Source: linux/capability.h: two words of 32 bits. */
const CAPABILITIES_MAX = 64;
/** Bytes of all texts of a request, NULs included: what the kernel takes of one text. */
const TEXT_BYTES_MAX = 128 * 1024;
/** Bytes of struct sigaction and of a set of signals, as the calls take them. Source: asm/signal.h. */
export const SIGACTION_BYTES = 32;
export const SIGSET_BYTES = 8;
/** Files of others are not written to by default. */
const UMASK = 0o022;

/**
 * Composes the script.
 *
 * @param sourceOf Tells what is at the source of a bind.
 * @throws {RangeError} A number, path or text that no call would take.
 */
export function launchScript(
  request: ProcessRequest,
  sourceOf: (path: string) => BindSource,
): readonly LaunchStep[] {
  checkRequest(request);
  const { command, environment, directory, root } = request;
  const [program = ""] = command;
  return [
    {
      call: "close_range",
      subject: `${LAUNCH.FIRST_FD}`,
      arguments: [LAUNCH.FIRST_FD, 0xffff_ffff, 0],
    },
    ...fileSteps(`${request.cgroup}/cgroup.procs`, "0"),
    ...holdSteps(request),
    ...signalSteps(),
    ...fileSteps("/proc/self/oom_score_adj", `${request.oomScoreAdjust}`),
    { call: "umask", subject: UMASK.toString(8), arguments: [UMASK] },
    ...(root === undefined ? [] : rootSteps(request, root, sourceOf)),
    // Not before: a root of many parts has as many descriptors.
    {
      call: "prlimit64",
      subject: `RLIMIT_NOFILE ${request.openFilesMax}`,
      arguments: [0, RLIMIT.NOFILE, bothLimits(request.openFilesMax), 0],
    },
    ...outputSteps(request),
    ...identitySteps(request),
    { call: "chdir", subject: directory, arguments: [directory] },
    { call: "execve", subject: program, arguments: [program, command, environment] },
  ];
}

/** Writes to a file that is there. */
function fileSteps(path: string, text: string): readonly LaunchStep[] {
  return [
    { call: "open", subject: path, arguments: [path, O.WRONLY | O.CLOEXEC, 0] },
    { call: "write", subject: path, arguments: [LAUNCH.FIRST_FD, text, text.length] },
    { call: "close", subject: path, arguments: [LAUNCH.FIRST_FD] },
  ];
}

/**
 * Who owns the files of groups, as root does, could go to another one: not out of a namespace that begins at its own,
 * where groups are mounted with `nsdelegate`. What has capabilities may be what makes groups itself.
 */
function holdSteps({ capabilities }: ProcessRequest): readonly LaunchStep[] {
  if (capabilities.length > 0) return [];
  return [{ call: "unshare", subject: "CLONE_NEWCGROUP", arguments: [CLONE.NEWCGROUP] }];
}

/** Its outputs are pipes of the agent: only their owner may open them by a name, such as /dev/stdout. */
function outputSteps({ uid, gid }: ProcessRequest): readonly LaunchStep[] {
  return [1, 2].map((fd) => ({ call: "fchown", subject: `${fd}`, arguments: [fd, uid, gid] }));
}

/** No signal is held back, and none is ignored: both go on through execve, and the runtime ignores SIGPIPE. */
function signalSteps(): readonly LaunchStep[] {
  const steps: LaunchStep[] = [{
    call: "rt_sigprocmask",
    subject: "SIG_SETMASK",
    arguments: [SIGNAL.SIG_SETMASK, new Uint8Array(SIGSET_BYTES), 0, SIGSET_BYTES],
  }];
  for (let signal = 1; signal <= 8 * SIGSET_BYTES; signal++) {
    if (signal === SIGNAL.SIGKILL || signal === SIGNAL.SIGSTOP) continue;
    steps.push({
      call: "rt_sigaction",
      subject: `${signal}`,
      // SIG_DFL is 0, as are no flags.
      arguments: [signal, new Uint8Array(SIGACTION_BYTES), 0, SIGSET_BYTES],
    });
  }
  return steps;
}

/** User, groups and capabilities. */
function identitySteps(request: ProcessRequest): readonly LaunchStep[] {
  const { uid, gid, groups, mayGainPrivileges } = request;
  const kept = [...new Set(request.capabilities)];
  const isUser = uid !== 0;
  const prctl = (subject: string, ...given: readonly number[]): LaunchStep => ({
    call: "prctl",
    subject,
    arguments: given,
  });
  const dropped = Array.from({ length: CAPABILITIES_MAX }, (_, number) => number)
    .filter((number) => !kept.includes(number));
  return [
    // No program that it executes can bring one back. A number that the kernel does not know is EINVAL.
    ...dropped.map((each): LaunchStep => ({
      ...prctl(`PR_CAPBSET_DROP ${each}`, PR.CAPBSET_DROP, each),
      tolerated: "EINVAL",
    })),
    // Root gets what is left of the bounding set at each execve: nothing here, and nothing from outside of it either.
    // Root with capabilities stays what other programs, such as those that make containers, take root for.
    ...(isUser || kept.length > 0
      ? []
      : [prctl("PR_SET_SECUREBITS", PR.SET_SECUREBITS, SECBIT.NOROOT | SECBIT.NOROOT_LOCKED)]),
    ...(isUser ? [prctl("PR_SET_KEEPCAPS", PR.SET_KEEPCAPS, 1)] : []),
    { call: "setgroups", subject: groups.join(), arguments: [groups.length, words(groups)] },
    { call: "setresgid", subject: `${gid}`, arguments: [gid, gid, gid] },
    { call: "setresuid", subject: `${uid}`, arguments: [uid, uid, uid] },
    {
      call: "capset",
      subject: kept.join(),
      arguments: [words([LINUX_CAPABILITY.VERSION_3, 0]), capabilitySets(kept, isUser)],
    },
    // A user keeps none through execve but these.
    ...(isUser ? kept : []).map((each) =>
      prctl(`PR_CAP_AMBIENT_RAISE ${each}`, PR.CAP_AMBIENT, PR.CAP_AMBIENT_RAISE, each)
    ),
    ...(mayGainPrivileges ? [] : [prctl("PR_SET_NO_NEW_PRIVS", PR.SET_NO_NEW_PRIVS, 1)]),
  ];
}

/** Two of struct __user_cap_data_struct: effective, permitted and inheritable, low words and high ones. */
function capabilitySets(kept: readonly number[], isInherited: boolean): Uint8Array<ArrayBuffer> {
  const mask = kept.reduce((sum, each) => sum | (1n << BigInt(each)), 0n);
  const halves = [Number(mask & 0xffff_ffffn), Number(mask >> 32n)];
  return words(halves.flatMap((half) => [half, half, isInherited ? half : 0]));
}

/** struct rlimit64: two u64. */
function bothLimits(limit: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new BigUint64Array([BigInt(limit), BigInt(limit)]).buffer);
}

function words(numbers: readonly number[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Uint32Array(numbers).buffer);
}

function checkRequest(request: ProcessRequest): void {
  const { uid, gid, groups, capabilities, openFilesMax, oomScoreAdjust } = request;
  if (request.command.length === 0) throw new RangeError("Cannot start a process: no command");
  for (const id of [uid, gid, ...groups]) {
    checkNumber(id, { what: "user or group", max: 0xffff_fffe });
  }
  for (const each of capabilities) {
    checkNumber(each, { what: "capability", max: CAPABILITIES_MAX - 1 });
  }
  checkNumber(openFilesMax, { what: "number of open files", max: 0xffff_ffff });
  checkNumber(oomScoreAdjust + 1000, { what: "OOM score from -1000", max: 2000 });
  const texts = [...request.command, ...request.environment, request.directory, request.cgroup];
  for (const part of request.root ?? []) {
    texts.push(part.target, "source" in part ? part.source : "");
  }
  const bytes = texts.reduce((sum, text) => sum + new TextEncoder().encode(text).length + 1, 0);
  if (bytes <= TEXT_BYTES_MAX) return;
  throw new RangeError(
    `Cannot start a process with ${bytes} bytes of texts: ${TEXT_BYTES_MAX} at most`,
  );
}

function checkNumber(value: number, { what, max }: { what: string; max: number }): void {
  if (Number.isInteger(value) && value >= 0 && value <= max) return;
  throw new RangeError(`Cannot start a process with ${what} ${value}: 0 to ${max}`);
}
