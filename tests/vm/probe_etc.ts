/** Contents laid over a file of /etc again and again, while a process of the machine reads it without a pause. */
import { placeEtcFile, removeEtcFile } from "../../fs/etc_file.ts";
import type { Kernel } from "../../fs/kernel/kernel.ts";
import { mountsAt, readMounts } from "../../fs/mountinfo.ts";

const READER = "/usr/lib/probe/etc_reader";

/** Milliseconds all of it may take: under emulation an update takes some. */
const READER_MS_MAX = 110_000;

/** Bytes between the two numbers of a content, so that a torn one would show. */
const FILLER = "x".repeat(3_000);

/** What came of it. */
export interface EtcUpdates {
  /** What the reader counted. */
  readonly seen: {
    readonly reads: number;
    readonly changes: number;
    readonly missing: number;
    readonly foreign: number;
    readonly torn: number;
    readonly back: number;
  };
  /** Mounts over the file after the last update, and after its removal. */
  readonly mounts: readonly [number, number];
}

/** @param name Path below /etc that no resource wishes for. */
export async function updateEtcFile(
  kernel: Kernel,
  { name, updates }: { readonly name: string; readonly updates: number },
): Promise<EtcUpdates> {
  const target = `/etc/${name}`;
  const place = (update: number) =>
    placeEtcFile(kernel, { name, contents: `ours ${update} ${FILLER} ${update}\n`, mode: 0o644 });
  const count = () => mountsAt(readMounts(kernel), target).length;
  await place(0);
  const reading = kernel.runTool(READER, [target, `${updates}`], { timeoutMs: READER_MS_MAX });
  for (let update = 1; update <= updates; update++) {
    await place(update);
    // The machine has more to do: its controllers look at each change of a mount, and callers wait for answers.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const { code, stdout, stderr } = await reading;
  if (code !== 0) throw new Error(`Cannot read "${target}": ended with ${code}: ${stderr}`);
  const before = count();
  removeEtcFile(kernel, name);
  return { seen: JSON.parse(stdout), mounts: [before, count()] };
}
