/** The sockets between the machine and its network face. */

/** The user and the group that the network face runs as. */
export const APID_UID = 50;

/** Where the sockets are. */
export const APID_DIRECTORY = "/system/run/apid";

/** Permission bits of the directory: its sockets are reached by name, and nobody but the machine puts anything there. */
export const APID_DIRECTORY_MODE = 0o711;

/** All calls, of callers whose roles the network face passes on. */
export const MACHINE_SOCKET = `${APID_DIRECTORY}/machine.sock`;

/** What the network face is to know, read-only. */
export const STATE_SOCKET = `${APID_DIRECTORY}/state.sock`;

/** Permission bits of both. */
export const APID_SOCKET_MODE = 0o600;
