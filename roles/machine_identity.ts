/** Who this machine is, from one boot to the next. */
import type { Kernel } from "../fs/kernel/kernel.ts";
import type { Random } from "../runtime/core/ports.ts";
import type { State } from "../runtime/core/state.ts";
import { machineIdentity } from "../runtime/resources/identity.ts";

/** Where it is kept; /var/system is the agent's own. */
const MACHINE_ID = "/var/system/machine-id";

/** Bytes of the file that are read. It has 33. */
const MACHINE_ID_BYTES_MAX = 64;

/** What is known of it. */
export interface MachineIdentity {
  /** 32 lower-case hexadecimal digits. */
  readonly machineId: string;
  /** Whether the next boot will find the same. */
  readonly persistent: boolean;
}

/**
 * The identity that is kept on /var, made where there is none yet. What is no identity is replaced.
 *
 * @param options Without `persistent` (/var is not there) it is made for this boot alone.
 * @throws {SyscallError} /var cannot be read or written.
 */
export function readMachineIdentity(
  kernel: Kernel,
  options: { readonly persistent: boolean; readonly random: Random },
): MachineIdentity {
  const { persistent, random } = options;
  if (!persistent) return { machineId: newMachineId(random), persistent };
  const known = kernel.lstat(MACHINE_ID) === undefined
    ? ""
    : kernel.readText(MACHINE_ID, { maxBytes: MACHINE_ID_BYTES_MAX }).trim();
  if (/^[0-9a-f]{32}$/.test(known)) return { machineId: known, persistent };
  const machineId = newMachineId(random);
  kernel.writeFile(MACHINE_ID, `${machineId}\n`, { mode: 0o600, sync: true });
  return { machineId, persistent };
}

/**
 * Creates the MachineIdentity. Where it was to be kept and cannot be, there is one for this boot all the same.
 *
 * @throws {SyscallError} /var cannot be read or written.
 */
export async function tellMachineIdentity(
  kernel: Kernel,
  { state, random }: { readonly state: State; readonly random: Random },
  life: "kept" | "for this boot",
): Promise<void> {
  const tell = async (persistent: boolean): Promise<void> => {
    const identity = readMachineIdentity(kernel, { persistent, random });
    const resource = machineIdentity.newResource("machine", identity);
    await state.create(resource, { cause: { actor: "boot" } });
  };
  try {
    await tell(life === "kept");
  } catch (error) {
    await tell(false);
    throw error;
  }
}

/** A random UUID without its dashes, as machine-id(5) recommends. */
function newMachineId(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toHex();
}
