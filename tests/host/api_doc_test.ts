/** Every line of curl in docs/api.md, run by sh against `strata serve`, on each of its listeners, TLS among them. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { SERVICES } from "../../api/grpc/served_methods.ts";
import { httpClient } from "../../api/http_client.ts";
import { routeEntries } from "../../api/http_routes.ts";
import { envelopesOf, type StreamEnd } from "../wire/openapi_answer.ts";
import { object, OpenApiReader, type Operation } from "../wire/openapi_reader.ts";
import { type Bench, hostBench, type Serving } from "./host_process.ts";

const DOC = new URL("../../docs/api.md", import.meta.url);

/** What an ordinary process of a host does not do. */
const UNIMPLEMENTED = ["machine.MachineService.Reboot", "machine.MachineService.Shutdown"];

/** What asks for a service by name, of which a host has none. */
const NOT_FOUND = [
  "machine.MachineService.Logs",
  "machine.MachineService.ServiceRestart",
  "machine.MachineService.ServiceStart",
  "machine.MachineService.ServiceStop",
];

/** Streams that last as long as the agent. */
const ENDLESS = [
  "cosi.resource.State.Watch",
  "grpc.health.v1.Health.Watch",
  "machine.MachineService.Events",
];

/** What curl exits with when the other side hangs up: in the handshake, without an answer, while it sends or receives. */
const CUT = [35, 52, 55, 56];

/** A line, and the operation that it stands below. */
interface Line {
  readonly operation: Operation;
  readonly command: string;
}

function linesOf(text: string, reader: OpenApiReader): readonly Line[] {
  const operations = reader.operations();
  return text.split(/^### /m).slice(1).flatMap((section) => {
    const [heading = ""] = section.split("\n");
    const block = /^```sh\n([^]*?)^```/m.exec(section)?.[1] ?? "";
    const commands = block.split(/\n(?=\S)/).filter((line) => line.trim() !== "");
    return commands.map((command) => {
      const method = command.includes(" -sSG ") ? "GET" : heading.includes(" ") ? "" : "POST";
      const named = method === "" ? heading : `${method} /${heading}`;
      const operation = operations.find((each) => `${each.method} ${shapeOf(each.path)}` === named);
      assert(operation !== undefined, `${named} is in docs/api.md, and not in /openapi.json`);
      return { operation, command: command.trim() };
    });
  });
}

function shapeOf(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase());
}

/** Makes the certificates that the document names, an administrator's among them. @returns Where they are. */
async function certificates(bench: Bench): Promise<string> {
  const folder = `${bench.folder}/certs`;
  const { code, stderr } = await bench.strata("gen", "certs", "--out", folder);
  assertEquals([code, stderr], [0, ""]);
  return folder;
}

function tlsWords(folder: string): readonly string[] {
  const [cert, key, ca] = [`${folder}/server.crt`, `${folder}/server.key`, `${folder}/ca.crt`];
  return ["--tls", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key, "--tls-ca", ca];
}

/** Where `$STRATA` may be: what the document sets it to, with the places that are this test's. */
function listeners(
  text: string,
  bench: Bench,
  { ready, origin, token }: Serving,
): Readonly<Record<string, string>> {
  const shown = [...text.matchAll(/^STRATA="(.+)"$/gm)].map(([, words = ""]) => words);
  const named = (part: string): string => {
    const found = shown.filter((words) => words.includes(part));
    assertEquals(found.length, 1, `docs/api.md sets STRATA to ${part}`);
    return found[0] ?? "";
  };
  const [secure = ""] = /https:\/\/127\.0\.0\.1:\d+$/.exec(ready) ?? [];
  const run = "/system/run/strata";
  return {
    "the HTTP/1.1 socket": named("http.sock").replace(`${run}/http.sock`, bench.socket),
    "the HTTP/2 socket": named("strata.sock").replace(`${run}/strata.sock`, bench.grpcSocket),
    "TCP": named("$TOKEN").replace("$TOKEN", token).replace("http://127.0.0.1:50080", origin),
    "TLS": named("--cert ").replace("https://HOST:50000", secure),
  };
}

/** Runs a line by sh. @param folder Where the files are that it names. */
function begin(
  command: string,
  { strata, folder }: { readonly strata: string; readonly folder: string },
): Deno.ChildProcess {
  return new Deno.Command("sh", {
    args: ["-c", `STRATA="${strata}"\n${command}`],
    cwd: folder,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Makes the files that the lines name, but what the line itself makes. */
async function prepare(serving: Serving, { id }: Operation): Promise<void> {
  const client = httpClient(serving.origin, { token: serving.token });
  const kind = client.api.v1.resources[":namespace"][":type"];
  const param = { namespace: "_", type: "etcfilespec" };
  for (const name of ["hosts", "motd"]) {
    const gone = await kind[":id"].$delete({ param: { ...param, id: name } });
    await gone.body?.cancel();
    if (id === "createResource" || id === "cosi.resource.State.Create") continue;
    const json = { metadata: { id: name }, spec: { contents: "x" } };
    const made = await kind.$post({ param, json });
    assertEquals(made.status, 201);
    await made.body?.cancel();
  }
}

/** What a call said that has ended. @throws {AssertionError} It is not what the document says. */
async function judge(
  reader: OpenApiReader,
  { operation, command }: Line,
  child: Deno.ChildProcess,
) {
  const { code, stdout, stderr } = await child.output();
  const said = new TextDecoder().decode(stdout);
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""], `${command}\n${said}`);
  const [mediaType = ""] = operation.accepts;
  if (mediaType === "application/connect+json") {
    const { messages, end } = envelopesOf(stdout);
    judgeMessages(reader, operation, messages);
    if (NOT_FOUND.includes(operation.id)) {
      assertEquals(object(end?.["error"] ?? {})["code"], "not_found", command);
    } else {
      assertEquals(end, {}, command);
      assert(messages.length > 0, command);
    }
  } else if (NOT_FOUND.includes(operation.id)) {
    assertEquals(JSON.parse(said).code, "not_found", command);
    judgeMessages(reader, operation, [JSON.parse(said)], 404);
  } else if (UNIMPLEMENTED.includes(operation.id)) {
    assertEquals(JSON.parse(said).code, "unimplemented", command);
    judgeMessages(reader, operation, [JSON.parse(said)], 501);
  } else if (mediaType === "application/json") {
    judgeMessages(reader, operation, operation.id === "deleteResource" ? [] : [JSON.parse(said)]);
    if (operation.id === "deleteResource") assertEquals(said, "");
  } else {
    assert(said !== "" && !said.includes('"code"'), `${command}\n${said}`);
  }
}

function judgeMessages(
  reader: OpenApiReader,
  operation: Operation,
  messages: readonly unknown[],
  status = Number(Object.keys(operation.responses).find((each) => /^2/.test(each))),
): void {
  const content = object(reader.response(operation, status)?.["content"] ?? {});
  const [body] = Object.values(content);
  for (const message of messages) {
    const fault = reader.fault(object(object(body)["schema"]), message);
    assertEquals(fault, undefined, operation.id);
  }
}

/** Begins an endless stream and waits for its first message; gives what waits for its end. */
async function watched(
  reader: OpenApiReader,
  { operation, command }: Line,
  child: Deno.ChildProcess,
): Promise<() => Promise<StreamEnd>> {
  const pieces: Uint8Array[] = [];
  const stdout = child.stdout.getReader();
  const whole = () => envelopesOf(new Uint8Array(pieces.flatMap((piece) => [...piece])));
  const stderr = new Response(child.stderr).text();
  while (whole().messages.length === 0) {
    const { done, value } = await stdout.read();
    if (done) throw new Error(`${command} ended: ${await stderr}`);
    pieces.push(value);
  }
  return async () => {
    for (let next = await stdout.read(); !next.done; next = await stdout.read()) {
      pieces.push(next.value);
    }
    assertEquals([(await child.status).code, await stderr], [0, ""], command);
    const end = whole();
    judgeMessages(reader, operation, end.messages);
    return end;
  };
}

Deno.test("docs/api.md shows a line of curl for every operation and RPC, and each does as it says on every listener", async () => {
  await using bench = await hostBench();
  const folder = await certificates(bench);
  const serving = await bench.serve(...tlsWords(folder));
  const client = httpClient(serving.origin, { token: serving.token });
  const document = await client["openapi.json"].$get();
  assert(document.status === 200);
  const reader = new OpenApiReader(object(await document.json()));
  const text = await Deno.readTextFile(DOC);
  const lines = linesOf(text, reader);
  const shown = new Set(lines.map(({ operation }) => operation.id));
  const calls = SERVICES.flatMap(({ methods }) =>
    methods.map((method) => `${method.parent.typeName}.${method.name}`)
  );
  const wanted = [...calls, ...routeEntries().map(([name]) => name)];
  assertEquals(wanted.filter((name) => !shown.has(name)), []);

  const ends: (() => Promise<StreamEnd>)[] = [];
  const places = listeners(text, bench, serving);
  for (const [name, strata] of Object.entries(places)) {
    for (const line of lines) {
      await prepare(serving, line.operation);
      const child = begin(line.command, { strata, folder });
      if (ENDLESS.includes(line.operation.id)) ends.push(await watched(reader, line, child));
      else {
        await judge(reader, line, child).catch((error) => {
          throw new Error(`over ${name}: ${error.message}`, { cause: error });
        });
      }
    }
  }
  // The certificate is what lets these callers in.
  const bare = (places["TLS"] ?? "").replace(/ --cert \S+ --key \S+/, "");
  const refused = await begin("curl -sS $STRATA/version", { strata: bare, folder }).output();
  assertEquals([CUT.includes(refused.code), refused.stdout.length], [true, 0], `${refused.code}`);

  const ended = serving.end("SIGTERM");
  for (const end of ends) assert((await end()).end !== undefined, "cut before its last envelope");
  assertEquals((await ended).code, 0);
});
