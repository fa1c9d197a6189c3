// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { fileModeText } from "./file_mode_text.ts";

Deno.test("fileModeText() reads the bits of Go's fs.FileMode", () => {
  const cases = [
    [0o644, "-rw-r--r--"],
    [2 ** 31 + 0o755, "drwxr-xr-x"],
    [2 ** 27 + 0o777, "lrwxrwxrwx"],
    [2 ** 31 + 2 ** 20 + 0o777, "drwxrwxrwt"],
    [2 ** 23 + 0o755, "-rwsr-xr-x"],
    [2 ** 22 + 0o640, "-rw-r-S---"],
    [2 ** 26 + 2 ** 21 + 0o600, "crw-------"],
    [2 ** 26 + 0o600, "brw-------"],
    [2 ** 19, "?---------"],
  ] as const;
  for (const [mode, text] of cases) assertEquals(fileModeText(mode), text);
});
