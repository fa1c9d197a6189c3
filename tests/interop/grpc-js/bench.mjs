/** grpc-js under Node as a benchmark of clients runs it: `bench.mjs PROTO_FOLDER LOAD_MODULE SOCKET CALLS`. */
import process from "node:process";
import { credentials, loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const [protoFolder, loadModule, socket, calls] = process.argv.slice(2);
const { measureCalls } = await import(loadModule);
const definition = loadSync("cosi/resource/state.proto", { includeDirs: [protoFolder] });
const { State } = loadPackageDefinition(definition).cosi.resource;
const client = new State(`unix:${socket}`, credentials.createInsecure());
const request = { namespace: "bench", type: "Items.bench.strata.dev", id: "item-000000" };
const call = () =>
  new Promise((resolve, reject) => {
    client.Get(request, (error, answer) => error ? reject(error) : resolve(answer));
  });
process.stdout.write(JSON.stringify(await measureCalls(call, Number(calls))));
client.close();
