/** Services' processes in {@linkcode FakeKernel}. */
import type {
  ProcessRequest,
  RunningProcess,
  ServiceCalls,
} from "../../fs/kernel/process_calls.ts";
import { encodeScript } from "../../fs/kernel/launch_steps.ts";
import { launchScript } from "../../fs/kernel/launch_script.ts";
import { SyscallError } from "../../fs/kernel/syscall_error.ts";
import { FakeCgroups } from "./kernel_cgroups.ts";
import { refusal } from "./kernel_tree.ts";
import { FakeProcess } from "./service_process.ts";

/** Runs in place of a program that is kept. It may go on after it returned: it ends when it says so. */
export type FakeProgram = (running: FakeProcess) => void | Promise<void>;

/** The highest signal. */
const SIGNALS_MAX = 64;

/** The part of the fake that starts services. */
export class FakeServiceProcesses extends FakeCgroups implements ServiceCalls {
  /** Every process that was started, in order. */
  readonly started: FakeProcess[] = [];
  readonly #programs = new Map<string, FakeProgram>();
  #pids = 1000;

  /** Has `program` run where the one at `path` would be started. */
  onProgram(path: string, program: FakeProgram): void {
    this.addFile(path, "#!");
    this.#programs.set(path, program);
  }

  startProcess(request: ProcessRequest): RunningProcess {
    const [path = ""] = request.command;
    // What no call would take is refused alike.
    encodeScript(launchScript(request, () => "directory"));
    this.enter("fork", path);
    this.#pids += 1;
    const running = new FakeProcess({
      pid: this.#pids,
      request,
      onEnd: () => {
        this.processes.delete(running.pid);
        this.leaveGroup(running);
        this.tellOfEnd();
      },
    });
    this.started.push(running);
    this.processes.set(running.pid, []);
    const refused = this.#refusedStep(running);
    if (refused === undefined) this.#run(running, path);
    else queueMicrotask(() => running.end({ refused }));
    return running;
  }

  signalProcess(pid: number, signal: number): void {
    this.enter("kill", `${pid}`);
    if (!(Number.isInteger(signal) && signal >= 0 && signal <= SIGNALS_MAX)) {
      throw refusal("kill", `${pid}`, "EINVAL");
    }
    const running = this.started.find((each) => each.pid === pid && each.isRunning);
    if (running === undefined) throw refusal("kill", `${pid}`, "ESRCH");
    running.receive(signal);
  }

  override signalAll(signal: number): boolean {
    const found = this.processes.size > 0;
    for (const each of this.started) each.receive(signal);
    return super.signalAll(signal) || found;
  }

  override endChild(pid: number): void {
    const running = this.started.find((each) => each.pid === pid && each.isRunning);
    if (running === undefined) super.endChild(pid);
  }

  #run(running: FakeProcess, path: string): void {
    const program = this.#programs.get(path);
    queueMicrotask(() => {
      if (running.isRunning) void program?.(running);
    });
  }

  /** What the launcher would stumble over, in its order. */
  #refusedStep(running: FakeProcess): SyscallError | undefined {
    const { request } = running;
    const [path = ""] = request.command;
    try {
      this.enter("open", `${request.cgroup}/cgroup.procs`);
      this.enterGroup(running, request.cgroup);
      for (const part of request.root ?? []) {
        if (part.kind !== "bind") continue;
        this.enter("open_tree", part.source);
        this.tree.walk("open_tree", part.source);
      }
      if (request.root === undefined) this.#findProgram(request);
      else if (!this.#programs.has(path)) throw refusal("execve", path, "ENOENT");
      return undefined;
    } catch (error) {
      if (error instanceof SyscallError) return error;
      throw error;
    }
  }

  #findProgram({ command: [path = ""], directory }: ProcessRequest): void {
    this.enter("chdir", directory);
    const { inode } = this.tree.walk("chdir", directory);
    if (inode.type !== "directory") throw refusal("chdir", directory, "ENOTDIR");
    this.enter("execve", path);
    this.tree.walk("execve", path);
    if (!this.#programs.has(path)) throw refusal("execve", path, "EACCES");
  }
}
