/**
 * Where the machine keeps what V8 made of the agent's code, so that a process need not compile it again.
 *
 * The runtime of `deno compile` looks for `deno-compile-NAME.cache`, NAME being the program's own, in the directory for
 * temporary files. It takes a file only that was made by the very same program, and does without any that is damaged.
 */

/** Where the agent looks for it, in the initramfs as PID 1 and in each root of its own. */
export const CODE_CACHE = "/tmp/deno-compile-strata.cache";

/** The network face's, in the image. */
export const APID_CODE_CACHE = "/usr/lib/strata/apid.cache";
