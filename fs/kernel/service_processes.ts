/** Processes that are kept: begun by the launcher of the image, so that the first instruction is in its place. */
import { MFD, NR } from "./constants.ts";
import { type Descriptor, descriptor, writeOn } from "./descriptor.ts";
import { ERRNO } from "./errno.ts";
import type { FileCalls } from "./kernel.ts";
import type { ProcessCalls, ProcessEnd, ServiceCalls } from "./process_calls.ts";
import type { BindSource } from "./launch_root.ts";
import { launchScript } from "./launch_script.ts";
import { encodeScript, LAUNCH, launchRefusal, type LaunchStep } from "./launch_steps.ts";
import { cstr, type Libc } from "./libc.ts";
import { SyscallError } from "./syscall_error.ts";
import { spawn } from "./tools.ts";

/** What the calls are made of. */
export interface ServiceProcessParts {
  readonly files: Pick<FileCalls, "openInRoot">;
  /** Told of every child as soon as there is one, so that nobody else takes its exit status. */
  readonly ownChild: ProcessCalls["ownChild"];
  readonly launcher: string;
}

/** What the script is called where descriptors are listed. */
const SCRIPT_NAME = "launch";
/** Exit code of a process whose own was lost. */
const LOST = 255;

/**
 * The calls about services' processes.
 *
 * The script of a launch is a file without a name: the launcher gets at it by a descriptor of this process, which only
 * somebody with all rights of this process may look at, and it is gone with that descriptor.
 */
export function serviceCalls(libc: Libc, parts: ServiceProcessParts): ServiceCalls {
  const handles = new Map<number, Descriptor>();
  return {
    startProcess(request) {
      const steps = launchScript(request, (path) => bindSource(parts.files, path));
      using undo = new DisposableStack();
      const script = undo.use(memoryFile(libc, encodeScript(steps)));
      const child = spawn(parts.launcher, [`/proc/${Deno.pid}/fd/${script.fd}`]);
      const { pid, stdout, stderr } = child;
      undo.use(parts.ownChild(pid));
      handles.set(pid, undo.use(openHandle(libc, child)));
      undo.defer(() => handles.delete(pid));
      const launch: Launch = {
        ...parts,
        script,
        // The arguments are in the script.
        steps: steps.map(({ call, subject }) => ({ call, subject })),
      };
      return { pid, stdout, stderr, ended: endOf(child, { libc, launch, kept: undo.move() }) };
    },

    signalProcess(pid, signal) {
      const handle = handles.get(pid);
      if (handle === undefined) {
        throw new SyscallError({ call: "kill", errno: ERRNO.ESRCH, subject: `${pid}` });
      }
      const { pidfd_send_signal: send } = libc.call;
      if (send(NR.pidfd_send_signal, handle.fd, signal, null, 0) !== 0) {
        throw libc.refused("kill", `${pid}`);
      }
    },
  };
}

/** What tells what a launcher stumbled over. */
interface Launch {
  readonly launcher: string;
  readonly script: Descriptor;
  readonly steps: readonly Pick<LaunchStep, "call" | "subject">[];
}

/** Waits for the end, then lets go of what was kept until then. */
async function endOf(
  child: Deno.ChildProcess,
  facts: { readonly libc: Libc; readonly launch: Launch; readonly kept: DisposableStack },
): Promise<ProcessEnd> {
  const { libc, launch } = facts;
  using _kept = facts.kept;
  try {
    const { code, signal } = await child.status;
    const refused = signal === null ? refusalOf(libc, launch, code) : undefined;
    return { code, signal, ...(refused === undefined ? {} : { refused }) };
  } catch (cause) {
    // Only when somebody else took its exit status, who does not own it.
    const facts = { call: "waitid", errno: ERRNO.ECHILD, subject: `${child.pid}` };
    return { code: LOST, signal: null, refused: new SyscallError(facts, { cause }) };
  }
}

function refusalOf(libc: Libc, launch: Launch, code: number): SyscallError | undefined {
  const { script, steps, launcher } = launch;
  const header = new Uint8Array(LAUNCH.HEADER_BYTES);
  if (libc.call.pread(script.fd, header, BigInt(header.length), 0n) !== BigInt(header.length)) {
    throw libc.refused("pread", script.subject);
  }
  const refused = launchRefusal(steps, header);
  // It ends with the errno when it cannot get at its script.
  if (refused === "unread") {
    return new SyscallError({ call: "mmap", errno: code, subject: launcher });
  }
  return refused;
}

/** A file that has no name. */
function memoryFile(libc: Libc, bytes: Uint8Array<ArrayBuffer>): Descriptor {
  const fd = libc.call.memfd_create(cstr(SCRIPT_NAME), MFD.CLOEXEC);
  if (fd < 0) throw libc.refused("memfd_create", SCRIPT_NAME);
  using undo = new DisposableStack();
  const file = undo.use(descriptor(libc, fd, SCRIPT_NAME));
  writeOn(libc, file, bytes);
  undo.move();
  return file;
}

/** A process that nobody can signal or wait for is of no use: it does not outlive a refusal. */
function openHandle(libc: Libc, child: Deno.ChildProcess): Descriptor {
  const fd = libc.call.pidfd_open(NR.pidfd_open, child.pid, 0);
  if (fd >= 0) return descriptor(libc, fd, `${child.pid}`);
  const error = libc.refused("pidfd_open", `${child.pid}`);
  child.kill("SIGKILL");
  for (const output of [child.stdout, child.stderr]) void output.cancel();
  throw error;
}

/** What is at the source of a bind, links followed; what cannot be opened is told by the launcher's own step. */
function bindSource(files: ServiceProcessParts["files"], path: string): BindSource {
  try {
    using file = files.openInRoot("/", path);
    const { type } = file.status;
    if (type === "block" || type === "character") return "device";
    return type === "directory" ? "directory" : "file";
  } catch (error) {
    if (error instanceof SyscallError) return "directory";
    throw error;
  }
}
