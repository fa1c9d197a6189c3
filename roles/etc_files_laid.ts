/** When the files that a machine cannot do without lie over those of the image. */
import { linkedAbort } from "../runtime/core/linked_abort.ts";
import type { Clock } from "../runtime/core/ports.ts";
import type { Resource } from "../runtime/core/resource.ts";
import type { State } from "../runtime/core/state.ts";
import { etcFileStatus } from "../runtime/resources/fs.ts";

/** Each has a controller that always writes it. */
const NAMES = ["hosts", "hostname", "machine-id", "resolv.conf"];

/** Milliseconds that controllers are given, a failed attempt and its repetition included. */
export const ETC_FILES_MS_MAX = 10_000;

/**
 * Resolves when each of them is mounted, or `signal` aborts.
 *
 * @throws {Error} Some are not after {@linkcode ETC_FILES_MS_MAX}: it names each with what its status says.
 */
export async function etcFilesLaid(
  { state, clock }: { readonly state: State; readonly clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  using late = linkedAbort(signal);
  clock.sleep(ETC_FILES_MS_MAX, late).then(() => late.abort(), () => {});
  const waits = NAMES.map((name) => etcFileLaid(state, name, late.signal));
  const missing = (await Promise.all(waits)).filter((problem) => problem !== "");
  late.abort();
  if (missing.length === 0 || signal.aborted) return;
  throw new Error(`Cannot go on with the image's own files: ${missing.join("; ")}`);
}

/** @returns Why not, once `signal` aborted; "" when it is. */
async function etcFileLaid(state: State, name: string, signal: AbortSignal): Promise<string> {
  const { namespace, type } = etcFileStatus;
  let error = "nobody said what it shall be";
  const predicate = (status: Resource): boolean => {
    if (!etcFileStatus.is(status)) return false;
    ({ error } = status.spec);
    return status.spec.mounted;
  };
  try {
    await state.watchFor({ namespace, type, id: name }, { predicate, signal });
    return "";
  } catch (failure) {
    if (signal.aborted) return `/etc/${name}: ${error}`;
    throw failure;
  }
}
