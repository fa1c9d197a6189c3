/**
 * Prints after how many turns of a busy event loop bytes are read that were there before the first of them: what busy polling
 * builds on.
 */
import { join } from "@std/path/posix";
import { setImmediate } from "node:timers";

const folder = await Deno.makeTempDir({ prefix: "strata-test-" });
try {
  const path = join(folder, "turns.sock");
  using listener = Deno.listen({ transport: "unix", path });
  using client = await Deno.connect({ transport: "unix", path });
  using server = await listener.accept();
  let isRead = false;
  const read = server.read(new Uint8Array(1)).then(() => isRead = true);
  // The loop has seen that nothing is there, and is about to sleep on it.
  await new Promise((resolve) => setTimeout(resolve, 10));
  const turns = turnsUntil(() => isRead);
  await client.write(new Uint8Array(1));
  await Deno.stdout.write(new TextEncoder().encode(`${await turns}`));
  await read;
} finally {
  await Deno.remove(folder, { recursive: true });
}

function turnsUntil(isOver: () => boolean): Promise<number> {
  let turns = 0;
  return new Promise((resolve) => {
    const turn = (): void => {
      if (isOver()) return resolve(turns);
      turns++;
      setImmediate(turn);
    };
    setImmediate(turn);
  });
}
