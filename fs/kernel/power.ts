/** The end of the machine. */
import { LINUX_REBOOT_CMD } from "./constants.ts";
import type { Ending, PowerCalls } from "./kernel.ts";
import type { Libc } from "./libc.ts";

const COMMANDS: Readonly<Record<Ending, number>> = {
  "restart": LINUX_REBOOT_CMD.RESTART,
  "power-off": LINUX_REBOOT_CMD.POWER_OFF,
};

/** The power calls of Linux. */
export function powerCalls(libc: Libc): PowerCalls {
  const reboot = (command: number, subject: string): void => {
    if (libc.call.reboot(command) !== 0) throw libc.refused("reboot", subject);
  };
  return {
    sync: () => libc.call.sync_outside(),
    catchCtrlAltDel: () => reboot(LINUX_REBOOT_CMD.CAD_OFF, "ctrl-alt-del"),
    reboot: (ending) => reboot(COMMANDS[ending], ending),
  };
}
