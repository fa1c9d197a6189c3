/**
 * Program: at its first argument makes a root with an /etc and a /system of its own, lays contents over one file there
 * again and again while a reader looks on, and says what the reader saw and what is left.
 */
import { placeEtcFile, removeEtcFile } from "../../fs/etc_file.ts";
import { openLinux } from "../../fs/kernel/linux.ts";
import { mountsAt, readMounts } from "../../fs/mountinfo.ts";
import type { ReaderAnswer, ReaderOrder } from "./bind_reader.ts";
import { makeSmallRoot } from "./small_root.ts";

/** What the program says. */
export interface EtcReport {
  /** How often the reader saw each content. */
  readonly seen: Readonly<Record<string, number>>;
  readonly mounts: number;
  readonly sources: number;
  readonly last: string;
  readonly mode: number | undefined;
  /** After the removal. */
  readonly image: string;
  readonly mountsAfter: number;
}

const FILE = { name: "hosts", mode: 0o666 };
const TARGET = "/etc/hosts";

const [root = "", updates = ""] = Deno.args;
const kernel = openLinux({ bind: "at once" });
makeSmallRoot(kernel, root, { [TARGET]: "image" });

const worker = new Worker(new URL("./bind_reader.ts", import.meta.url), { type: "module" });
// One reading before the root changes, so that the worker's code is there.
await read(1).seen;
kernel.changeRoot(root);
await placeEtcFile(kernel, { ...FILE, contents: "0" });
const stop = new SharedArrayBuffer(4);
const reading = read(0, stop);
await reading.begun;
for (let update = 1; update <= Number(updates); update++) {
  await placeEtcFile(kernel, { ...FILE, contents: String(update) });
}
Atomics.store(new Int32Array(stop), 0, 1);
const facts = {
  seen: await reading.seen,
  mounts: mountsAt(readMounts(kernel), TARGET).length,
  sources: kernel.names("/system/etc").length,
  last: kernel.readText(TARGET),
  mode: kernel.lstat(TARGET)?.mode,
};
worker.terminate();
removeEtcFile(kernel, FILE.name);
const image = kernel.readText(TARGET);
const mountsAfter = mountsAt(readMounts(kernel), TARGET).length;
const report: EtcReport = { ...facts, image, mountsAfter };
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(report)));

/** Has the worker read until the word `stop` is not 0; `first` is what it is now. */
function read(first: number, stop = new SharedArrayBuffer(4)): {
  readonly begun: Promise<void>;
  readonly seen: Promise<Readonly<Record<string, number>>>;
} {
  Atomics.store(new Int32Array(stop), 0, first);
  const { port1, port2 } = new MessageChannel();
  const begun = Promise.withResolvers<void>();
  const seen = Promise.withResolvers<Readonly<Record<string, number>>>();
  port1.onmessage = ({ data }: MessageEvent<ReaderAnswer>) => {
    if (data === "reading") return begun.resolve();
    port1.close();
    seen.resolve(data);
  };
  worker.postMessage({ path: TARGET, stop, answers: port2 } satisfies ReaderOrder, [port2]);
  return { begun: begun.promise, seen: seen.promise };
}
