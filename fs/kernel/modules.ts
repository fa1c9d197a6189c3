/** Kernel modules. */
import { NR, O } from "./constants.ts";
import { openFile } from "./descriptor.ts";
import { cstr, type Libc } from "./libc.ts";

/** Loads a module file on another thread, since its start may take long. One that is loaded already is fine. */
export async function loadModule(libc: Libc, path: string, parameters: string): Promise<void> {
  const text = cstr(parameters);
  using file = openFile(libc, path, { flags: O.RDONLY });
  if (await libc.call.finit_module_outside(NR.finit_module, file.fd, text, 0) === 0) return;
  // Why is known to the other thread only: ask again. A refused module is refused before it could take long.
  if (libc.call.finit_module(NR.finit_module, file.fd, text, 0) === 0) return;
  const error = libc.refused("finit_module", path);
  if (!error.is("EEXIST")) throw error;
}
