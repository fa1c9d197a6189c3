/**
 * grpc-js as a client of the state, run by Node: does each call that tests/judges/clients_test.ts compares and prints
 * what came of them as one JSON object: `client.mjs PROTO_FOLDER SOCKET NAMESPACE`.
 */
import process from "node:process";
import { credentials, loadPackageDefinition, status } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const TYPE = "Items.judges.strata.dev";
const ID = "first";
/** All calls together; each takes milliseconds. */
const DEADLINE_MS = 20_000;
/** What a watch that begins with the contents says first: that it stands, the one resource, that this was all. */
const FIRST_MESSAGES = 3;

const [protoFolder, socket, namespace] = process.argv.slice(2);
const definition = loadSync("cosi/resource/state.proto", {
  includeDirs: [protoFolder],
  keepCase: true,
  enums: String,
  defaults: true,
});
const { State } = loadPackageDefinition(definition).cosi.resource;
const client = new State(`unix:${socket}`, credentials.createInsecure());
const options = { deadline: Date.now() + DEADLINE_MS };

function unary(method, request) {
  return new Promise((resolve, reject) => {
    client[method](request, options, (error, answer) => error ? reject(error) : resolve(answer));
  });
}

/** The first `count` messages of a stream, which is then left. */
function first(method, request, count) {
  return new Promise((resolve, reject) => {
    const messages = [];
    const stream = client[method](request, options);
    stream.on("data", (message) => {
      if (messages.push(message) < count) return;
      resolve(messages);
      stream.cancel();
    });
    stream.on("error", reject);
    stream.on("end", () => reject(new Error(`ended after ${messages.length} messages`)));
  });
}

function item(version, content) {
  return {
    metadata: { namespace, type: TYPE, id: ID, version, phase: "running" },
    spec: { yaml_spec: content },
  };
}

const kind = { namespace, type: TYPE };

const CALLS = {
  "Create": async () => {
    const request = { resource: item("undefined", "before"), options: {} };
    return `version ${(await unary("Create", request)).resource.metadata.version}`;
  },
  "Get": async () => (await unary("Get", { ...kind, id: ID })).resource.spec.yaml_spec,
  "Get refused": async () => (await unary("Get", { ...kind, id: "absent" })).resource.metadata.id,
  "List": async () => (await first("List", kind, 1))[0].resource.metadata.id,
  "Watch": async () => {
    const request = { ...kind, options: { bootstrap_contents: true }, api_version: 1 };
    const messages = await first("Watch", request, FIRST_MESSAGES);
    return messages.map(({ event }) => event[0]?.event_type ?? "ready").join(" ");
  },
  "Update": async () => {
    const request = { new_resource: item("1", "after"), options: {} };
    return `version ${(await unary("Update", request)).resource.metadata.version}`;
  },
};

/** As other languages write them: `NotFound`. */
function codeName(code) {
  const words = (status[code] ?? "no code").toLowerCase().split("_");
  return words.map((word) => word[0].toUpperCase() + word.slice(1)).join("");
}

const results = {};
for (const [name, call] of Object.entries(CALLS)) {
  try {
    results[name] = await call();
  } catch (error) {
    results[name] = error.code === undefined ? String(error) : codeName(error.code);
  }
}
client.close();
process.stdout.write(`${JSON.stringify(results)}\n`);
