/** A root in memory for programs that change to it: with /proc, and a /system of its own. */
// @ts-types="types/std_path_posix.d.ts"
import { dirname } from "@std/path/posix";
import { MS } from "../../fs/kernel/constants.ts";
import type { Kernel } from "../../fs/kernel/kernel.ts";

const DIRECTORIES = ["etc", "proc", "run", "system", "var"];

/** Mounts it at `root`, with these files (contents by path). */
export function makeSmallRoot(
  kernel: Kernel,
  root: string,
  files: Readonly<Record<string, string>>,
): void {
  const flags = MS.NOSUID | MS.NODEV | MS.NOEXEC;
  const tmpfs = { source: "tmpfs", fstype: "tmpfs", flags, data: "size=16m,mode=0755" };
  kernel.mount({ ...tmpfs, target: root });
  for (const name of DIRECTORIES) kernel.mkdir(`${root}/${name}`, 0o755);
  for (const [path, content] of Object.entries(files)) {
    kernel.mkdir(dirname(`${root}${path}`), 0o755);
    kernel.writeFile(`${root}${path}`, content, { mode: 0o644 });
  }
  kernel.mount({ ...tmpfs, target: `${root}/system` });
  kernel.mount({ ...tmpfs, source: "proc", fstype: "proc", data: "", target: `${root}/proc` });
}

/** Runs a program of this folder in a mount namespace of its own, with a new directory as its first argument. */
export async function runRootProgram<Report>(
  program: string,
  ...args: readonly string[]
): Promise<Report> {
  const root = await Deno.makeTempDir({ prefix: "strata-root-" });
  try {
    const path = new URL(program, import.meta.url).pathname;
    const deno = [Deno.execPath(), "run", "--allow-all", "--no-check", path, root, ...args];
    const { code, stdout, stderr } = await new Deno.Command("unshare", {
      args: ["--mount", "--propagation", "private", ...deno],
      cwd: new URL("../..", import.meta.url),
    }).output();
    const [said, complaints] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    if (code !== 0) throw new Error(`Cannot run ${program}: it ended with ${code}: ${complaints}`);
    return JSON.parse(said ?? "");
  } finally {
    await Deno.remove(root);
  }
}

/** What such a program says. */
export function answer(report: unknown): void {
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(report)));
}
