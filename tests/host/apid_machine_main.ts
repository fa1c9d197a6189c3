/**
 * The machine's side of apid, out of the checkout it is told, until standard input ends: `apid_machine_main.ts CHECKOUT FOLDER`.
 * Its sockets are in the folder, and `seeds.json` there is what apid is told. Says `listening` once it does; each piece of
 * standard input has it collect its garbage.
 */
import type { ApidSeeds } from "./apid_machine_process.ts";

const [checkout, folder] = Deno.args;
if (checkout === undefined || folder === undefined) {
  throw new RangeError("Cannot serve: name a checkout and a folder");
}
// By path, since the checkout need not be the one that this file is in.
const { ApidMachine } = await import(
  `${checkout}tests/fakes/apid_machine.ts`
) as typeof import("../fakes/apid_machine.ts");
const { seedApid } = await import(
  `${checkout}roles/apid_faces.ts`
) as typeof import("../../roles/apid_faces.ts");

const { token, certificates } = JSON.parse(
  await Deno.readTextFile(`${folder}/seeds.json`),
) as ApidSeeds;
await using machine = await ApidMachine.make(folder);
const anywhere = { hostname: "127.0.0.1", port: 0 };
await seedApid(machine.state, {
  settings: { http: anywhere, tls: anywhere },
  token,
  certificates,
});
await machine.start();
await Deno.stdout.write(new TextEncoder().encode("listening\n"));
for await (const _ of Deno.stdin.readable) (globalThis as { gc?: () => void }).gc?.();
