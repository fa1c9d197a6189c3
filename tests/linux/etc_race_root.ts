/**
 * Program: at its first argument makes a root in which a directory of /etc and a link out of /etc take turns at one name,
 * lays contents over a file below that name meanwhile, and says what came of it.
 */
import { placeEtcFile, removeEtcFile } from "../../fs/etc_file.ts";
import { openLinux } from "../../fs/kernel/linux.ts";
import { SyscallError } from "../../fs/kernel/syscall_error.ts";
import { readMounts } from "../../fs/mountinfo.ts";
import type { SwapOrder } from "./link_swapper.ts";
import { answer, makeSmallRoot } from "./small_root.ts";

/** What the program says. */
export interface RaceReport {
  /** How often each outcome was met: `placed`, or why not. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Mounts of ours outside of /etc, at any time. */
  readonly escaped: readonly string[];
  /** What was read of the files that nobody may lay anything over. */
  readonly outside: readonly string[];
  /** Mounts over the file after one more content, and after its removal. */
  readonly mounts: readonly number[];
  readonly last: string;
}

const [root = "", swaps = ""] = Deno.args;
const kernel = openLinux({ bind: "at once" });
makeSmallRoot(kernel, root, { "/etc/dir/file": "image", "/run/outside/file": "outside" });
kernel.symlink("/run/outside", `${root}/etc/link`);
const worker = new Worker(new URL("./link_swapper.ts", import.meta.url), { type: "module" });
await swapping(0); // So that the worker's code is there before the root changes.
kernel.changeRoot(root);

const outcomes: Record<string, number> = {};
const escaped = new Set<string>();
const outside = new Set<string>();
let isDone = false;
const done = swapping(Number(swaps)).then(() => isDone = true);
for (let update = 0; !isDone; update++) {
  const outcome = await place(`${update}`);
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  for (const { target } of ours()) if (!target.startsWith("/etc/")) escaped.add(target);
  outside.add(kernel.readText("/run/outside/file"));
  if (update % 50 === 0) removed();
}
await done;
worker.terminate();
const last = await place("last");
if (last !== "placed") throw new Error(last);
const [content, before] = [kernel.readText("/etc/dir/file"), ours().length];
removeEtcFile(kernel, "dir/file");
answer(
  {
    outcomes,
    escaped: [...escaped],
    outside: [...outside],
    mounts: [before, ours().length],
    last: content,
  } satisfies RaceReport,
);

async function place(contents: string): Promise<string> {
  try {
    await placeEtcFile(kernel, { name: "dir/file", contents, mode: 0o644 });
    return "placed";
  } catch (error) {
    if (error instanceof SyscallError) return error.code;
    if (error instanceof RangeError) return error.message.replace(/^.*: /, "");
    throw error;
  }
}

function removed(): void {
  try {
    removeEtcFile(kernel, "dir/file");
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
  }
}

/** Mounts of a content of ours, wherever they are. */
function ours() {
  return readMounts(kernel).filter((mount) => mount.root.startsWith("/etc/"));
}

/** Has the directory and the link swap that often, there and back. */
async function swapping(times: number): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const { promise, resolve } = Promise.withResolvers<void>();
  port1.onmessage = ({ data }) => data === "done" && resolve();
  const names = { name: "/etc/dir", directory: "/etc/kept", link: "/etc/link" };
  const order: SwapOrder = { ...names, swaps: times, answers: port2 };
  worker.postMessage(order, [port2]);
  await promise;
  port1.close();
}
