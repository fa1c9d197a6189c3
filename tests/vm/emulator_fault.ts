/**
 * A kernel that QEMU's translator killed. Linux changes its own code while it runs (static branches: an `int3` first, then
 * the rest, then the first byte), and of two processors the other one may go on executing the translation made of the middle of it,
 * when the `int3` is long gone from memory. Rare, and more often on a busy host; no machine has it.
 */
// @ts-types="types/std_assert.d.ts"
import { AssertionError } from "@std/assert";

/** The agent's first line: only what comes behind it can be the agent's doing. */
export const AGENT_STARTS = /^strata: +[\d.]+ agent starts$/m;

const PANIC = "Kernel panic - not syncing: Fatal exception";

/** What the kernel shows of its code where it died: the byte before, and the one that would have come next. */
const TRAPPED = /Oops: int3: [^]{0,2000}? Code: (?:[0-9a-f]{2} ){0,64}?([0-9a-f]{2}) <[0-9a-f]{2}>/;

const INT3 = "cc";

/**
 * Whether the kernel died of its emulator: before the agent had begun, or, at any time, of an `int3`
 * that is in no memory, since the trap leaves the kernel one byte behind it.
 */
export function isEmulatorFault(console: string): boolean {
  if (!console.includes(PANIC)) return false;
  if (!AGENT_STARTS.test(console)) return true;
  const before = TRAPPED.exec(console)?.[1];
  return before !== undefined && before !== INT3;
}

/**
 * Waits for `living`, in a machine whose console is `console`.
 *
 * @returns Whether its emulator killed the kernel, for which `living` then failed.
 * @throws What `living` failed for otherwise; what it found wrong is its own, however the machine ended.
 */
export async function endedByEmulator(
  living: Promise<void>,
  console: () => Promise<string>,
): Promise<boolean> {
  try {
    await living;
    return false;
  } catch (error) {
    if (error instanceof AssertionError || !isEmulatorFault(await console())) throw error;
    return true;
  }
}
