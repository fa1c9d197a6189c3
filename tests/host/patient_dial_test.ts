// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { dialUnix, patientDial } from "../../api/client/dial.ts";

Deno.test("patientDial() gets through to a unix socket that is made later", async () => {
  const folder = await Deno.makeTempDir({ prefix: "strata-dial-" });
  const path = `${folder}/late.sock`;
  let sleeps = 0;
  let listener: Deno.UnixListener | undefined;
  const clock = {
    sleep: () => {
      sleeps += 1;
      listener ??= Deno.listen({ transport: "unix", path });
      return Promise.resolve();
    },
  };
  try {
    const duplex = await patientDial(dialUnix(path), clock)(new AbortController().signal);
    const accepted = await listener?.accept();
    accepted?.close();
    duplex.close();
    assertEquals(sleeps, 1);
  } finally {
    listener?.close();
    await Deno.remove(folder, { recursive: true });
  }
});
