/**
 * Control groups in {@linkcode FakeKernel}: who is in which, their files, and their killing. What is counted, a test
 * writes into the files itself.
 */
import type { FileCalls } from "../../fs/kernel/kernel.ts";
import { FakeChildren } from "./kernel_children.ts";
import { contentOf } from "./kernel_files.ts";
import { attach, type Inode, refusal } from "./kernel_tree.ts";
import type { FakeProcess } from "./service_process.ts";

/** SIGKILL. Source: asm/signal.h. */
const SIGKILL = 9;

/** What a controller adds to each group below one that enables it. */
const FILES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  memory: {
    "memory.current": "0\n",
    "memory.events": "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n",
    "memory.max": "max\n",
    "memory.min": "0\n",
    "memory.oom.group": "0\n",
    "memory.swap.max": "max\n",
    "memory.high": "max\n",
  },
  pids: { "pids.max": "max\n" },
  cpu: { "cpu.max": "max 100000\n", "cpu.weight": "100\n" },
  io: { "io.weight": "default 100\n" },
};

/** The part of the fake that groups processes. */
export class FakeCgroups extends FakeChildren {
  /** The group of this member. */
  #own: Inode;
  readonly #members = new Map<FakeProcess, Inode>();

  constructor() {
    super();
    const { root } = this.singleton("cgroup2");
    this.#own = root;
    this.#fill(root);
  }

  /** The processes of a group, as `cgroup.procs` has them. */
  cgroupProcesses(path: string): readonly FakeProcess[] {
    const { inode } = this.tree.walk("open", path);
    return [...this.#members].filter(([, group]) => group === inode).map(([each]) => each);
  }

  override mkdir(path: string, mode: number): void {
    super.mkdir(path, mode);
    const { inode } = this.tree.walk("mkdir", path);
    const isNew = inode.fileSystem.fstype === "cgroup2" && !inode.entries.has("cgroup.procs");
    if (!isNew) return;
    this.#fill(inode);
    this.#addControllers(inode);
  }

  override writeFile(
    path: string,
    content: Uint8Array<ArrayBuffer> | string,
    options: Parameters<FileCalls["writeFile"]>[2],
  ): void {
    if (options.direct === true) this.#checkBound(path, content);
    super.writeFile(path, content, options);
    if (options.direct !== true) return;
    const { inode } = this.tree.walk("open", path);
    const group = inode.parent;
    if (inode.fileSystem.fstype !== "cgroup2" || group === undefined) return;
    const text = new TextDecoder().decode(inode.content).trim();
    if (inode.name === "cgroup.procs") this.#move(path, text, group);
    if (inode.name === "cgroup.kill" && text === "1") this.#kill(group);
    if (inode.name !== "cgroup.subtree_control") return;
    for (const each of group.entries.values()) {
      if (each.type === "directory") this.#addControllers(each);
    }
  }

  override remove(path: string, options: { readonly recursive?: boolean } = {}): void {
    const { inode } = this.tree.walk("unlink", path, { follow: false });
    if (inode.fileSystem.fstype === "cgroup2" && inode.parent !== undefined) {
      this.enter("rmdir", path);
      if (inode.type !== "directory") throw refusal("unlink", path, "EPERM");
      const isUsed = this.#pids(inode).length > 0 ||
        [...inode.entries.values()].some((each) => each.type === "directory");
      if (isUsed) throw refusal("rmdir", path, "EBUSY");
      inode.entries.clear();
    }
    super.remove(path, options);
  }

  /** Puts a process into the group at `path`. @throws {SyscallError} `ENOENT`. */
  protected enterGroup(member: FakeProcess, path: string): void {
    const group = this.tree.walk("open", `${path}/cgroup.procs`).inode.parent;
    if (group === undefined) throw refusal("open", `${path}/cgroup.procs`, "ENOENT");
    this.#members.set(member, group);
    this.#tell(group);
  }

  protected leaveGroup(member: FakeProcess): void {
    const group = this.#members.get(member);
    this.#members.delete(member);
    if (group !== undefined) this.#tell(group);
  }

  #fill(group: Inode): void {
    const file = (name: string, generate?: () => string): void => {
      attach(group, name, group.fileSystem.inode("file", 0o644)).generate = generate;
    };
    file("cgroup.procs", () => this.#pids(group).map((pid) => `${pid}\n`).join(""));
    file("cgroup.controllers", () => `${Object.keys(FILES).join(" ")}\n`);
    file("cgroup.subtree_control");
    file("cpu.stat");
    setText(group, "cpu.stat", "usage_usec 0\nuser_usec 0\nsystem_usec 0\n");
    if (group.parent === undefined) return;
    file("cgroup.kill");
    file("cgroup.events", () => `populated ${this.#isPopulated(group) ? 1 : 0}\nfrozen 0\n`);
    file("pids.current", () => `${this.#pids(group).length}\n`);
  }

  /** Adds files of what the group above enables. */
  #addControllers(group: Inode): void {
    const control = group.parent?.entries.get("cgroup.subtree_control");
    const words = control === undefined ? "" : new TextDecoder().decode(contentOf(control));
    for (const [name, files] of Object.entries(FILES)) {
      if (!words.includes(`+${name}`)) continue;
      for (const [file, text] of Object.entries(files)) {
        if (group.entries.has(file)) continue;
        attach(group, file, group.fileSystem.inode("file", 0o644));
        setText(group, file, text);
      }
    }
  }

  /** As the kernel bounds processors: 1 ms a period and more, in periods of 1 ms to 1 s. */
  #checkBound(path: string, content: Uint8Array<ArrayBuffer> | string): void {
    if (!path.endsWith("/cpu.max")) return;
    if (this.tree.walk("open", path).inode.fileSystem.fstype !== "cgroup2") return;
    const text = typeof content === "string" ? content : new TextDecoder().decode(content);
    const [quota = "", period = "100000"] = text.trim().split(" ");
    const quotaUs = quota === "max" ? Infinity : Number(quota);
    const isTaken = quotaUs >= 1_000 && Number(period) >= 1_000 && Number(period) <= 1_000_000;
    if (!isTaken) throw refusal("write", path, "EINVAL");
  }

  #move(path: string, pid: string, group: Inode): void {
    if (pid === "0" || pid === "1") {
      this.#own = group;
      return;
    }
    const found = [...this.#members.keys()].find((each) => `${each.pid}` === pid);
    if (found === undefined) throw refusal("write", path, "ESRCH");
    this.leaveGroup(found);
    this.#members.set(found, group);
    this.#tell(group);
  }

  #kill(group: Inode): void {
    for (const [member, at] of [...this.#members]) {
      if (isBelow(at, group)) member.receive(SIGKILL);
    }
  }

  #pids(group: Inode): readonly number[] {
    const pids = [...this.#members].filter(([, at]) => at === group).map(([each]) => each.pid);
    return this.#own === group ? [1, ...pids] : pids;
  }

  #isPopulated(group: Inode): boolean {
    return isBelow(this.#own, group) ||
      [...this.#members.values()].some((at) => isBelow(at, group));
  }

  #tell(group: Inode): void {
    for (let at: Inode | undefined = group; at !== undefined; at = at.parent) {
      for (const wake of [...at.entries.get("cgroup.events")?.watchers ?? []]) wake();
    }
  }
}

function setText(group: Inode, name: string, text: string): void {
  const file = group.entries.get(name);
  if (file !== undefined) file.content = new TextEncoder().encode(text);
}

function isBelow(inode: Inode, group: Inode): boolean {
  for (let at: Inode | undefined = inode; at !== undefined; at = at.parent) {
    if (at === group) return true;
  }
  return false;
}
